"""Decisions of machines that people contest: a human looks at them again."""

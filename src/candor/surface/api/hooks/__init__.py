"""Hooks: other systems call us when something changed there."""

"""Requests: what people are entitled to, by urgency, and one page for each."""

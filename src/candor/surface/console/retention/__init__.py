"""Retention: what goes when, what a sweep would take, what it took."""

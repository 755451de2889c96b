"""Possible duplicates that wait for a human answer."""

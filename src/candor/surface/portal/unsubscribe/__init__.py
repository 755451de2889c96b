"""Stopping messages by the link that a message carries, without signing in."""

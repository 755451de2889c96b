"""Whom requests come from and go to outside: agents, and systems that are told."""

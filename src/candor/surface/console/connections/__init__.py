"""Connections: the other systems that follow people's choices, how they do, and what they get."""

"""Connections: what came through the door and what was refused."""

"""The door: what came through it and what was refused."""

"""Holds: who may not be erased yet, why, and until when somebody looks again."""

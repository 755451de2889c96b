"""Security: backups, and the proof that they restore."""

"""The verbs of backups, one file each."""

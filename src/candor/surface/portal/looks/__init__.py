"""Who looked: every reading of the person's data, by day."""

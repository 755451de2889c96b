"""Your page: the letter."""

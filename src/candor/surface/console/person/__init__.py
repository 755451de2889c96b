"""One person, opened for a purpose."""

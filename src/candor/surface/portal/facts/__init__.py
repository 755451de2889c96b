"""What we know: every fact with where it came from."""

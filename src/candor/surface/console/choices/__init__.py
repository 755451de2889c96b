"""What everybody chose, counted: by purpose, by message, by time. Nobody in particular."""

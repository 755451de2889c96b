"""Plain functions that make one valid thing each."""

"""What connections are about, as values; pure."""

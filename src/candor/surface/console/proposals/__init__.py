"""Four eyes: what colleagues propose, and deciding on it."""

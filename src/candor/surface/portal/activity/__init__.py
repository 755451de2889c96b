"""Your purchases and other activity."""

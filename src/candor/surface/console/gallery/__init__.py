"""Every piece of the look, in every state."""

"""How we write to you: topics, channels, how often, pause and quiet hours."""

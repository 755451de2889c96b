"""The verbs of connections: setting up, following the feed, sending, hearing, comparing."""

"""Settings: the keys by which other systems use the API."""

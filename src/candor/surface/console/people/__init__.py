"""People: finding one person by an exact identifier, for a stated purpose."""

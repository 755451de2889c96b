"""The verbs of access: a module per subject."""

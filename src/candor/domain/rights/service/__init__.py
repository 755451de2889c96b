"""The verbs of rights, a module per subject."""

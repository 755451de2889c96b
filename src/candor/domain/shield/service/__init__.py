"""The verbs of the shield: a module per subject."""

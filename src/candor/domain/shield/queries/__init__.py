"""The statements of the shield: a pair of files per subject."""

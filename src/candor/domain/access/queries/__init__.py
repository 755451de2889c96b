"""The statements of access: a pair of files per subject."""

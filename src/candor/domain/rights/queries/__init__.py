"""The statements of rights, a pair of files per subject."""

"""The statements of the vault: a pair of files per subject."""

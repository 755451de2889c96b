"""The statements of the audit log: a pair of files per subject."""

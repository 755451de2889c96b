"""The statements of consent: one file of SQL and its typed functions per subject."""

"""The statements of connections, a pair of files for each subject."""

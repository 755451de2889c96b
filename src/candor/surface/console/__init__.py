"""The console: what the people of the company see and do."""

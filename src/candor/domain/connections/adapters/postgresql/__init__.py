"""PostgreSQL databases: a table of people, two-way."""

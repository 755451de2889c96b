"""MariaDB and MySQL databases: a table of people, two-way."""

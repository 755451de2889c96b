"""PostgreSQL: pool and transactions, named SQL, migrations, the embedded server.

One driver (psycopg 3), no ORM. Statements live in `queries.sql` of the slice that owns the
tables.
"""

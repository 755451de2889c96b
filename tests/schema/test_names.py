"""Constraints and indexes are named `<table>__<columns>__<kind>`: errors go by their name."""

import re
from typing import Any, Final

import psycopg

KINDS: Final = {"p": "pk", "f": "fk", "u": "uq", "c": "ck", "x": "ex"}
OURS: Final = (
    "n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'jobs')"
    " AND NOT t.relispartition"
)


def test_constraints_are_named_after_their_columns(schema: psycopg.Connection[Any]) -> None:
    rows = schema.execute(f"""
        SELECT c.conname, t.relname, c.contype::text,
            (SELECT string_agg(a.attname, '_' ORDER BY k.n)
             FROM unnest(c.conkey) WITH ORDINALITY AS k (attnum, n)
             JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = k.attnum)
        FROM pg_constraint AS c
        JOIN pg_class AS t ON t.oid = c.conrelid
        JOIN pg_namespace AS n ON n.oid = t.relnamespace
        WHERE c.contype IN ('p', 'f', 'u', 'c', 'x') AND {OURS}
    """).fetchall()
    assert len(rows) > 20
    wrong = [
        name
        for name, table, kind, columns in rows
        # A check is named after the column that it is chiefly about.
        if name != f"{table}__{columns}__{KINDS[kind]}"
        and not (kind == "c" and re.fullmatch(rf"{table}__[a-z_]+?__ck", name))
    ]
    assert not wrong


def test_indexes_are_named_after_their_table(schema: psycopg.Connection[Any]) -> None:
    rows = schema.execute(f"""
        SELECT i.relname, t.relname, x.indisunique
        FROM pg_index AS x
        JOIN pg_class AS i ON i.oid = x.indexrelid
        JOIN pg_class AS t ON t.oid = x.indrelid
        JOIN pg_namespace AS n ON n.oid = t.relnamespace
        WHERE {OURS}
    """).fetchall()
    wrong = [
        name
        for name, table, unique in rows
        if not re.fullmatch(rf"{table}__[a-z_]+?__({'pk|uq|ex' if unique else 'ix'})", name)
    ]
    assert not wrong


def test_profile_scoped_tables_have_the_profile_first_in_their_key(
    schema: psycopg.Connection[Any],
) -> None:
    """The distribution key of the day on which one database is too small."""
    rows = schema.execute(f"""
        SELECT t.oid::regclass::text, first.attname
        FROM pg_class AS t
        JOIN pg_namespace AS n ON n.oid = t.relnamespace
        JOIN pg_attribute AS p ON p.attrelid = t.oid AND p.attname = 'profile_id'
        LEFT JOIN pg_constraint AS c ON c.conrelid = t.oid AND c.contype = 'p'
        LEFT JOIN pg_attribute AS first ON first.attrelid = t.oid AND first.attnum = c.conkey[1]
        WHERE t.relkind IN ('r', 'p') AND {OURS}
    """).fetchall()
    assert rows
    wrong = {table for table, first in rows if first != "profile_id"}
    assert wrong == {
        "rights.request"
    }  # may be about nobody that we know, and has a name then too

"""P13: rows found for a subject across all tables: recall and precision of the scan.

A copy of every table that Candor has stands in a schema of its own, so no holder knows any of them,
with the same columns and without their constraints. In every column that can hold it a trace of one
person is planted (identifier, telling fact, blind index, mark, id, in the clear, in JSON, in
sentences), and beside each a near miss of the same form that is somebody else's. Whether a row was
found is compared with whether a trace was planted in it, row by row.
"""

import asyncio
import random
from collections.abc import Iterator
from typing import Any, Final, LiteralString
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.types.json import Json

from bench.leaving import begun
from bench.result import SEED, Figure, Goal
from bench.stage import Stage, stage
from candor.app import Candor, compose
from candor.domain.rights.service.erasure import needles
from candor.domain.rights.service.erasure.deep import finder_of
from candor.infra.db import survey
from candor.infra.holder import Needle, Sort
from candor.infra.settings import Settings
from candor.kernel.ids import new_id
from candor.kernel.pii import Pii

_SCHEMA: Final = "planted"
_COLUMNS: Final[LiteralString] = """
    SELECT n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod)
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
        AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'planted')
        AND format_type(a.atttypid, a.atttypmod) IN ('text', 'jsonb', 'uuid', 'bytea', 'text[]')
    ORDER BY 1, 2, a.attnum
"""


def measure(*, is_short: bool) -> list[Figure]:
    """Plant, look, compare; one run says all, there is no chance in it."""
    del is_short
    with stage() as here:
        settings = Settings.load(
            {"CANDOR_HOME": str(here.folder), "CANDOR_CONFIG": str(here.folder / "none")}
        )
        recall, precision, rows = asyncio.run(
            _measure(compose(settings, here.urls.app, pool=6), here)
        )
    goal = Goal(value_at_least=100)
    return [
        Figure(
            "P13",
            f"recall of the scan, {rows:,} rows planted in every table",
            "%",
            recall,
            goal,
        ),
        Figure("P13", "precision of the scan, a near miss beside each", "%", precision, goal),
    ]


async def _measure(candor: Candor, here: Stage) -> tuple[list[float], list[float], int]:
    async with candor.running():
        await candor.door.open()
        try:
            found = await _needles(candor)
        finally:
            await candor.door.close()
        planted = _plant(here, found)
        finder = finder_of([(new_id(), found)])
        right = wrong = missed = 0
        async with candor.database.read() as tx:
            tables = [one for one in await survey.tables(tx) if one.schema == _SCHEMA]
        for table in tables:
            async with survey.rows(candor.database, table) as rows:
                async for row in rows:
                    is_trace, is_found = row.startswith("t,"), bool(finder.found(row))
                    right += is_trace and is_found
                    missed += is_trace and not is_found
                    wrong += is_found and not is_trace
    if right + missed != planted:
        message = f"{right + missed} of {planted} planted rows were read"
        raise AssertionError(message)
    return [100 * right / (right + missed)], [100 * right / (right + wrong)], planted


async def _needles(candor: Candor) -> list[Needle]:
    """Return what somebody could be found by, as an erasure gathers it."""
    who = (await begun(candor, [1], random.Random(SEED)))[0].profile_id
    async with candor.database.tx() as tx:
        found = [
            needle
            for holder in candor.holders.values()
            for needle in await holder.needles(tx, [who])
        ]
    return [*found, Needle(Sort.PROFILE, Pii(str(who)))]


def _plant(here: Stage, found: list[Needle]) -> int:
    """Copy every table, and plant in each of its columns; return how many traces."""
    words = [(needle.sort, needles.plain([needle])[0]) for needle in found]
    planted = 0
    with here.connected() as connection:
        connection.execute(f"CREATE SCHEMA {_SCHEMA}".encode())
        columns = connection.execute(_COLUMNS).fetchall()
        for schema, table in sorted({(row[0], row[1]) for row in columns}):
            _copy(connection, schema, table)
        for schema, table, column, kind in columns:
            for is_trace, value in _values(kind, words):
                query = sql.SQL("INSERT INTO {} (is_trace, {}) VALUES (%s, %s)").format(
                    sql.Identifier(_SCHEMA, f"{schema}_{table}"), sql.Identifier(column)
                )
                connection.execute(query, (is_trace, value))
                planted += is_trace
        connection.execute(f"GRANT USAGE ON SCHEMA {_SCHEMA} TO candor_app".encode())
        connection.execute(
            f"GRANT SELECT ON ALL TABLES IN SCHEMA {_SCHEMA} TO candor_app".encode()
        )
    return planted


def _copy(connection: psycopg.Connection[Any], schema: str, table: str) -> None:
    """Make a table with the columns of another and nothing else of it."""
    connection.execute(
        sql.SQL("CREATE TABLE {} AS SELECT true AS is_trace, t.* FROM {} AS t LIMIT 0").format(
            sql.Identifier(_SCHEMA, f"{schema}_{table}"), sql.Identifier(schema, table)
        )
    )


def _values(kind: str, words: list[tuple[Sort, str]]) -> Iterator[tuple[bool, object]]:
    """Yield what a column of a type can hold of a person, and what only looks like it."""
    for sort, word in words:
        if kind == "text":
            yield True, word
            yield True, f"Write to {word}."
            yield True, f"line one\n{word}\tline two"
            yield False, f"x{word}"
            yield False, f"{word}x"
        elif kind == "text[]":
            yield True, ["other", word]
            yield False, ["other", f"{word}9"]
        elif kind == "jsonb":
            yield True, Json({"a": [f"see\n{word}"]})
            yield False, Json({"a": [f"see\nz{word}"]})
        elif kind == "bytea" and sort is not Sort.VALUE:
            raw = bytes.fromhex(word.replace("-", ""))
            yield True, raw
            yield False, raw + b"\x01"
        elif kind == "uuid" and sort is Sort.PROFILE:
            yield True, UUID(word)
            yield False, new_id()

"""What is in a database, by its own catalogue: to look for something that must not be there.

Knows no table of ours. Statements are put together from names that the catalogue itself gives, as
identifiers; what is looked for is a parameter.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, LiteralString
from uuid import UUID

from psycopg import sql
from psycopg.rows import tuple_row

from candor.infra.db.pool import Database, ReadTx

NAME: Final = "candor scan"  # as which a long look is known to the server
_PROBES: Final[LiteralString] = """
    SELECT DISTINCT
        space.nspname, class.relname, attribute.attname, type.typname,
        coalesce(obj_description(class.oid, 'pg_class'), '')
    FROM pg_index AS found
    JOIN pg_class AS class ON class.oid = found.indrelid
    JOIN pg_namespace AS space ON space.oid = class.relnamespace
    JOIN pg_attribute AS attribute
        ON attribute.attrelid = class.oid AND attribute.attnum = found.indkey[0]
    JOIN pg_type AS type ON type.oid = attribute.atttypid
    WHERE
        found.indisvalid AND found.indpred IS NULL AND NOT class.relispartition
        AND class.relkind IN ('r', 'p', 'm') AND type.typname IN ('uuid', 'bytea', 'text')
        AND space.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
        AND has_schema_privilege(space.oid, 'USAGE')
        AND has_table_privilege(class.oid, 'SELECT')
    ORDER BY 1, 2, 3
"""
_TABLES: Final[LiteralString] = """
    SELECT
        space.nspname, class.relname, root.relname,
        coalesce(obj_description(root.oid, 'pg_class'), '')
    FROM pg_class AS class
    JOIN pg_namespace AS space ON space.oid = class.relnamespace
    JOIN pg_class AS root ON root.oid = coalesce(pg_partition_root(class.oid), class.oid)
    WHERE
        class.relkind IN ('r', 'm')
        AND space.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
        AND has_schema_privilege(space.oid, 'USAGE')
        AND has_table_privilege(class.oid, 'SELECT')
    ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Probe:
    """A column by which rows are found quickly, however many there are."""

    schema: str
    relation: str
    column: str
    type: str  # uuid, bytea or text
    about: str  # the comment on the table

    @property
    def table(self) -> str:
        """Return the name of its table, with the schema."""
        return f"{self.schema}.{self.relation}"


@dataclass(frozen=True, slots=True)
class Table:
    """A table, or a partition of one, that can be read from end to end."""

    schema: str
    relation: str
    whole: str  # the table that it is a part of, or itself
    about: str  # the comment on that

    @property
    def table(self) -> str:
        """Return the name of the table that it is part of, with the schema."""
        return f"{self.schema}.{self.whole}"


async def probes(tx: ReadTx) -> list[Probe]:
    """Return every column that leads an index over all rows of a table."""
    async with tx.connection.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_PROBES)
        return [Probe(*row) for row in await cursor.fetchall()]


async def matching(tx: ReadTx, probe: Probe, words: Sequence[str]) -> dict[str, int]:
    """Return how many rows have each of these words in a column, by index; hex for bytea."""
    wanted = _fitting(probe.type, words)
    if not wanted:
        return {}
    column = sql.Identifier(probe.column)
    query = sql.SQL("SELECT {}, count(*) FROM {} WHERE {} = ANY({}) GROUP BY 1").format(
        column,
        sql.Identifier(probe.schema, probe.relation),
        column,
        sql.SQL("%s::") + sql.Identifier(probe.type) + sql.SQL("[]"),
    )
    async with tx.connection.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(query, (list(wanted),))
        return {_spelt(value): count for value, count in await cursor.fetchall()}


async def tables(tx: ReadTx) -> list[Table]:
    """Return every table that this role may read, partitions one by one."""
    async with tx.connection.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_TABLES)
        return [Table(*row) for row in await cursor.fetchall()]


@asynccontextmanager
async def rows(database: Database, table: Table) -> AsyncGenerator[AsyncGenerator[str, None]]:
    """Give every row of a table as text, in a transaction of its own that says what it is."""
    async with database.read("scan") as tx, tx.connection.cursor() as cursor:
        await cursor.execute("SELECT set_config('application_name', %s, true)", (NAME,))
        source = sql.Identifier(table.schema, table.relation)
        query = sql.SQL("COPY (SELECT * FROM {}) TO STDOUT (FORMAT csv)").format(source)
        async with cursor.copy(query) as copy:

            async def each() -> AsyncGenerator[str, None]:
                async for block in copy:
                    yield bytes(block).decode("utf-8", "replace")

            yield each()


def _fitting(kind: str, words: Sequence[str]) -> Sequence[str | UUID | bytes]:
    """Return those words that a column of a type can hold, as it holds them."""
    if kind == "text":
        return words
    if kind == "uuid":
        return [found for word in words if (found := _uuid(word)) is not None]
    return [found for word in words if (found := _bytes(word)) is not None]


def _uuid(word: str) -> UUID | None:
    try:
        return UUID(word)
    except ValueError:
        return None


def _bytes(word: str) -> bytes | None:
    try:
        return bytes.fromhex(word.replace("-", ""))
    except ValueError:
        return None


def _spelt(value: str | UUID | bytes | memoryview) -> str:
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    return str(value)

"""What a backup must know of a server: who it is, what is in it, how it can be copied."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from secrets import randbelow
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg import sql

from candor.infra.backup.manifest import EpochShare
from candor.kernel.ids import ProfileId

Draw = Callable[[int], int]  # a number below another, by lot
Connection = psycopg.Connection[Any]
_FACTS: Final = """
SELECT
    current_setting('server_version'), system_identifier::text, current_database(), current_user,
    current_setting('data_directory', true), rolsuper, rolsuper OR rolreplication,
    pg_database_size(current_database()),
    (SELECT sum(pg_database_size(oid)) FROM pg_database)::bigint,
    coalesce(current_setting('summarize_wal', true), 'off') = 'on'
FROM pg_control_system(), pg_roles WHERE rolname = current_user
"""
# Every table that holds something; partitions, not the tables above them. A trigger that refuses
# rewriting says that rows only come.
_TABLES: Final = """
SELECT
    namespace.nspname, class.relname,
    EXISTS (
        SELECT FROM pg_trigger AS guard
        WHERE guard.tgrelid = class.oid AND guard.tgname LIKE '%\\_\\_append\\_only'
    )
FROM pg_class AS class JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
WHERE
    class.relkind = 'r'
    AND namespace.nspname NOT IN ('pg_catalog', 'information_schema', 'jobs', 'candor')
    AND namespace.nspname NOT LIKE 'pg\\_%'
ORDER BY 1, 2
"""
_EPOCHS: Final = "SELECT epoch_id, count(*) FROM vault.subject_key GROUP BY 1 ORDER BY 1"
_SAMPLE: Final = """
(
    SELECT profile_id FROM vault.subject_key
    WHERE epoch_id = ANY(%(open)s) AND profile_id >= %(pivot)s
    ORDER BY profile_id LIMIT 50
)
UNION
(
    SELECT profile_id FROM vault.subject_key WHERE epoch_id = ANY(%(open)s)
    ORDER BY profile_id LIMIT 50
)
UNION
(
    SELECT profile_id FROM vault.subject_key WHERE epoch_id = ANY(%(open)s)
    ORDER BY profile_id DESC LIMIT 50
)
"""
_ENDS: Final = """
SELECT
    (SELECT profile_id FROM vault.subject_key ORDER BY profile_id LIMIT 1),
    (SELECT profile_id FROM vault.subject_key ORDER BY profile_id DESC LIMIT 1)
"""
_KEYS: Final = "COPY (SELECT profile_id, epoch_id, wrapped FROM vault.subject_key) TO STDOUT"


@dataclass(frozen=True, slots=True)
class Facts:
    """A server and the database in it."""

    version: str
    system_identifier: str
    database: str
    owner: str
    data_folder: Path | None  # none when we may not know
    is_superuser: bool
    may_replicate: bool
    database_bytes: int
    server_bytes: int
    has_summaries: bool  # of what changed, for incremental backups

    @property
    def major(self) -> int:
        """Return the major version."""
        return int(self.version.split(".", 1)[0].split("beta", 1)[0].split("rc", 1)[0])


@dataclass(frozen=True, slots=True)
class Table:
    """A table, the number of its rows, and whether they only become more."""

    name: str
    rows: int
    grows_only: bool


def facts(connection: Connection) -> Facts:
    """Return what a server says of itself."""
    row = connection.execute(_FACTS).fetchone()
    if row is None:
        message = "a server that knows who asks always answers"
        raise LookupError(message)
    return Facts(
        version=row[0],
        system_identifier=row[1],
        database=row[2],
        owner=row[3],
        data_folder=Path(row[4]) if row[4] else None,
        is_superuser=row[5],
        may_replicate=row[6],
        database_bytes=row[7],
        server_bytes=row[8],
        has_summaries=row[9],
    )


def tables(connection: Connection) -> list[Table]:
    """Count the rows of every table of ours."""
    found: list[Table] = []
    for schema, name, grows_only in connection.execute(_TABLES).fetchall():
        statement = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(schema, name))
        row = connection.execute(statement).fetchone()
        found.append(Table(f"{schema}.{name}", row[0] if row else 0, grows_only))
    return found


def migrations(connection: Connection) -> tuple[str, ...]:
    """Return the names of the migrations that were applied, in order."""
    rows = connection.execute("SELECT name FROM candor.migration ORDER BY name").fetchall()
    return tuple(row[0] for row in rows)


def epochs(connection: Connection) -> tuple[EpochShare, ...]:
    """Return which epochs wrap how many subject keys."""
    rows = connection.execute(_EPOCHS).fetchall()
    return tuple(EpochShare(epoch_id=row[0], keys=row[1]) for row in rows)


def wrapped_keys(connection: Connection) -> Generator[bytes]:
    """Return all subject keys, wrapped as they are, as text of COPY."""
    with connection.cursor() as cursor, cursor.copy(_KEYS) as copy:
        for block in copy:
            yield bytes(block)


def sample(
    url: str, has_epoch: Callable[[int], bool], draw: Draw = randbelow
) -> list[ProfileId]:
    """Return profiles whose keys an epoch wraps that is still there.

    The oldest, the newest, and some from a place between that the lot decides.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        there = [e.epoch_id for e in epochs(connection) if has_epoch(e.epoch_id)]
        ends = connection.execute(_ENDS).fetchone()
        if ends is None or ends[0] is None:
            return []
        first, last = (one.int for one in ends)
        pivot = UUID(int=first + draw(last - first + 1))
        rows = connection.execute(_SAMPLE, {"open": there, "pivot": pivot}).fetchall()
    return [ProfileId(row[0]) for row in rows]


def tables_at(url: str) -> list[Table]:
    """Count the rows of every table of ours, at an address."""
    with psycopg.connect(url, autocommit=True) as connection:
        return tables(connection)


def facts_at(url: str) -> Facts:
    """Return what the server at an address says of itself."""
    with psycopg.connect(url, autocommit=True) as connection:
        return facts(connection)

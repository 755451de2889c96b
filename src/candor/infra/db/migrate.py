"""Migrations: plain SQL files, applied in order, each in one transaction, never changed after.

`NNNN_pre_slug.sql` works with the release that is running, `NNNN_post_slug.sql` needs the new
one. An advisory lock lets only one runner in; a table remembers name and checksum of what was
applied. The job queue brings a schema of its own, applied first into the schema `jobs`.
"""

import hashlib
import re
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, ClassVar, Final, LiteralString, cast

import psycopg
from procrastinate.schema import SchemaManager
from typing_extensions import override

from candor.kernel.errors import Bug, CandorError, Refused

_LOCK: Final = 0x43414E44  # "CAND"
_FILE: Final = re.compile(r"(?P<number>\d{4})_(?P<phase>pre|post)_[a-z0-9_]+\.sql")

_PREPARE: Final = """
CREATE SCHEMA IF NOT EXISTS candor;
CREATE TABLE IF NOT EXISTS candor.migration (
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT migration__name__pk PRIMARY KEY (name)
);
COMMENT ON TABLE candor.migration IS 'which migrations were applied';
COMMENT ON COLUMN candor.migration.name IS 'class: key; file name';
COMMENT ON COLUMN candor.migration.checksum IS 'class: config; SHA-256 of the file';
COMMENT ON COLUMN candor.migration.applied_at IS 'class: time; when';
"""

_JOBS_GRANTS: Final = """
GRANT USAGE ON SCHEMA jobs TO candor_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA jobs TO candor_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA jobs TO candor_app;
GRANT USAGE ON SCHEMA candor TO candor_app;
GRANT SELECT ON candor.migration TO candor_app;
"""


class ChangedMigration(CandorError):
    """A migration that was applied has been changed since."""

    code: ClassVar[str] = "db.changed_migration"


class Behind(Refused):
    """The database is older than this program."""

    code: ClassVar[str] = "db.behind"
    default_hint: ClassVar[str] = "Run: candor db migrate"


@dataclass(frozen=True, slots=True)
class Migration:
    """One file."""

    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """Return the SHA-256 of the file."""
        return hashlib.sha256(self.sql.encode()).hexdigest()

    @override
    def __str__(self) -> str:
        return self.name


def shipped() -> list[Migration]:
    """Return the migrations that ship with this program, in order.

    Raises:
        Bug: a name is not of the form, or a number stands twice.
    """
    found: dict[str, Migration] = {}
    for file in sorted(files("candor.schema.migrations").iterdir(), key=lambda f: f.name):
        if not file.name.endswith(".sql"):
            continue
        match = _FILE.fullmatch(file.name)
        if match is None or match["number"] in found:
            message = f"{file.name} is not a well-named migration"
            raise Bug(message)
        found[match["number"]] = Migration(file.name, file.read_text(encoding="utf-8"))
    return list(found.values())


def migrate(owner_url: str) -> list[Migration]:
    """Apply what is missing, as the owner of the database; return what was applied.

    Takes an advisory lock for the whole run, so that runners wait for one another.

    Raises:
        ChangedMigration: an applied file differs from the shipped one.
    """
    applied_now: list[Migration] = []
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
        connection.execute(_PREPARE)
        done = _applied(connection)
        for migration in shipped():
            if migration.name in done:
                if done[migration.name] != migration.checksum:
                    message = f"{migration.name} was changed after it was applied."
                    raise ChangedMigration(
                        message, hint="Restore the file; write a new migration."
                    )
                continue
            with connection.transaction():
                # Files of ours that ship with the code: literal by construction.
                connection.execute(cast("LiteralString", migration.sql))
                connection.execute(
                    "INSERT INTO candor.migration (name, checksum) VALUES (%s, %s)",
                    (migration.name, migration.checksum),
                )
            applied_now.append(migration)
        _prepare_jobs(connection)
    return applied_now


def check(owner_or_app_url: str) -> None:
    """Refuse to start on a database that misses a migration.

    Raises:
        Behind: something is missing.
    """
    with psycopg.connect(owner_or_app_url) as connection:
        known = connection.execute(
            "SELECT to_regclass('candor.migration') IS NOT NULL"
        ).fetchone()
        done = _applied(connection) if known and known[0] else {}
    missing = [m.name for m in shipped() if m.name not in done]
    if missing:
        message = f"The database misses {len(missing)} migration(s), first {missing[0]}."
        raise Behind(message)


def _applied(connection: psycopg.Connection[Any]) -> dict[str, str]:
    rows = connection.execute("SELECT name, checksum FROM candor.migration").fetchall()
    return dict(rows)


def _prepare_jobs(connection: psycopg.Connection[Any]) -> None:
    """Bring the job queue's own tables, once."""
    there = connection.execute(
        "SELECT to_regclass('jobs.procrastinate_jobs') IS NOT NULL"
    ).fetchone()
    if there and there[0]:
        return
    with connection.transaction():
        connection.execute("CREATE SCHEMA IF NOT EXISTS jobs")
        connection.execute("SET LOCAL search_path = jobs, public")
        connection.execute(SchemaManager.get_schema())
        connection.execute(_JOBS_GRANTS)

"""Migrations: in order, never changed after, harmless to run twice, and equal to schema.sql."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest

from candor.infra.db.embedded import EmbeddedPostgres, Urls
from candor.infra.db.migrate import ChangedMigration, Migration, migrate, shipped
from tools.snapshot import take

ROOT: Final = Path(__file__).resolve().parents[2]
SCHEMA: Final = ROOT / "src/candor/schema/schema.sql"
CHECKSUMS: Final = Path(__file__).with_name("checksums.txt")


def test_migrations_are_numbered_without_a_gap() -> None:
    assert [m.name[:4] for m in shipped()] == [f"{n:04}" for n in range(1, len(shipped()) + 1)]


def test_no_migration_was_changed_after_it_was_written_down() -> None:
    """A change to a migration that somebody applied leaves them with another schema than ours.

    `python -m tools.snapshot` writes the list anew, for the day on which that is meant.
    """
    assert CHECKSUMS.read_text().splitlines() == [f"{m.checksum}  {m.name}" for m in shipped()]


@pytest.mark.parametrize("migration", shipped(), ids=str)
def test_migration_waits_for_no_lock_for_long(migration: Migration) -> None:
    assert re.search(r"^SET LOCAL lock_timeout = '\d+s';$", migration.sql, re.MULTILINE)
    assert re.search(r"^SET LOCAL statement_timeout = '\d+s';$", migration.sql, re.MULTILINE)


@pytest.mark.parametrize("migration", shipped(), ids=str)
def test_migration_is_safe_on_a_running_system(migration: Migration, tmp_path: Path) -> None:
    file = tmp_path / migration.name
    file.write_text(migration.sql)
    done = subprocess.run(
        [Path(sys.executable).with_name("squawk"), "--config", ROOT / ".squawk.toml", file],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_migrating_again_changes_nothing(database_urls: Urls) -> None:
    assert migrate(database_urls.owner) == []


def test_a_changed_migration_is_refused(
    database_urls: Urls, owner: psycopg.Connection[Any]
) -> None:
    owner.execute("UPDATE candor.migration SET checksum = 'other' WHERE name LIKE '0001%'")
    with pytest.raises(ChangedMigration, match="0001"):
        migrate(database_urls.owner)


def test_schema_file_equals_migrating_from_zero(
    server: EmbeddedPostgres, schema_urls: Urls
) -> None:
    found = take(server.bin_path, schema_urls.owner)
    assert SCHEMA.read_text() == found, "write it again: python -m tools.snapshot"

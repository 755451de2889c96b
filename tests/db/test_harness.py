"""What tests rely on: a database of their own, a clock that stands still, no network."""

import socket
from pathlib import Path

import psycopg
import pytest
from pytest_socket import SocketConnectBlockedError

from candor.infra.db.embedded import EmbeddedPostgres, Urls
from candor.infra.db.pool import Database
from candor.infra.db.sql import Statement
from candor.infra.keyring import LocalKeyring
from candor.kernel.clock import FixedClock
from tests.conftest import NOON, cloned

COUNT = Statement("tests", "count", "SELECT count(*) FROM feed.change", int)
INSERT: Statement[None] = Statement(
    "tests",
    "insert",
    "INSERT INTO feed.change (profile_id, kind, changed_at)"
    " VALUES ('00000000-0000-7000-8000-000000000001', 'tests.looked', now())",
    None,
)


@pytest.mark.parametrize("turn", [1, 2])
async def test_each_test_begins_with_an_empty_database(db: Database, turn: int) -> None:
    async with db.read() as tx:
        assert await tx.value(COUNT) == 0, turn
    async with db.tx() as tx:
        await tx.run(INSERT)
    async with db.read() as tx:
        assert await tx.value(COUNT) == 1


async def test_reading_transaction_cannot_write(db: Database) -> None:
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        async with db.read() as tx:
            await tx.connection.execute(INSERT.sql)


def test_two_databases_know_nothing_of_each_other(server: EmbeddedPostgres) -> None:
    with cloned(server) as one, cloned(server) as other:
        with psycopg.connect(one.owner, autocommit=True) as connection:
            connection.execute(INSERT.sql)
        with psycopg.connect(other.owner) as connection:
            assert connection.execute(COUNT.sql).fetchone() == (0,)


def test_application_is_not_the_owner(database_urls: Urls) -> None:
    with psycopg.connect(database_urls.app) as connection:
        row = connection.execute(
            "SELECT current_user, current_setting('is_superuser')"
        ).fetchone()
    assert row == ("candor_app", "off")


def test_network_is_off() -> None:
    with pytest.raises((SocketConnectBlockedError, UserWarning)), socket.socket() as line:
        line.connect(("192.0.2.1", 80))  # an address for documentation, RFC 5737


def test_clock_stands_still(clock: FixedClock) -> None:
    assert clock.now() == clock.now() == NOON


def test_keyring_is_readable_by_its_owner_only(keyring: LocalKeyring, tmp_path: Path) -> None:
    assert len(keyring.epoch_key(1)) == 32
    assert (tmp_path / "keys" / "keyring.json").stat().st_mode & 0o077 == 0

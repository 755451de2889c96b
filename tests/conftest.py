"""What all tests share: a real PostgreSQL, a clock that stands still, a keyring, no network.

One server per run, started by whoever needs it first; one template database, made by migrating
once; one clone of it for each test (about 25 ms in memory, ten times that on a disk: it is 700
files), so that no test sees another, and transactions, NOTIFY, triggers and jobs behave as they do
in production.
"""

import fcntl
import gc
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import psycopg
import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from psycopg import sql

from candor.app import Candor
from candor.infra import log
from candor.infra.db.embedded import EmbeddedPostgres, Urls
from candor.infra.db.migrate import migrate
from candor.infra.db.pool import Database
from candor.infra.keyring import LocalKeyring
from candor.kernel.clock import FixedClock
from tests.factories import signatures
from tests.factories.house import apply_company, running

FOLDER: Final = "TESTS_OF_CANDOR"  # not CANDOR_…: settings refuse names that they do not know
TEMPLATE: Final = "candor_template"
MEMORY: Final = Path("/dev/shm")  # noqa: S108 - a folder of this run alone is made in it
MEMORY_AT_LEAST: Final = 4 << 30  # bytes: the server with its clones, and files of four workers
WHOLE: Final = frozenset({"e2e", "faults", "sdk"})
NOON: Final = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)  # a Monday


# How quickly examples are drawn says how busy the machine is, nothing about the code.
hypothesis_settings.register_profile(
    "candor", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("candor")
# For `make test`: the same examples each time. Other orders and examples: `make explore`.
hypothesis_settings.register_profile(
    "gate", hypothesis_settings.get_profile("candor"), derandomize=True
)
signatures.remember()


def pytest_configure(config: pytest.Config) -> None:
    """Log as a process does; name the folder of this run and the width of the terminal.

    Workers inherit the latter two. Without the former each error that is logged is painted with all
    its local variables, which takes seconds.
    """
    log.configure("warning")
    if not hasattr(config, "workerinput"):
        os.environ["COLUMNS"] = "160"
        os.environ[FOLDER] = tempfile.mkdtemp(prefix="candor-", dir=_place())
        # A folder of our own: another run would close a shared one to the server of this one.
        files = Path(os.environ[FOLDER]) / "files"
        files.mkdir()
        os.environ["PYTEST_DEBUG_TEMPROOT"] = str(files)


def _place() -> Path | None:
    """Return where the server and the tests keep their files: in memory, where it is wide."""
    is_wide = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= MEMORY_AT_LEAST
    return MEMORY if is_wide and os.access(MEMORY, os.W_OK) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Repeat once what fails among the tests of whole installations, and say so in the report.

    A browser, PostgreSQL, a web server and a worker share the machine there with other tests. No
    other test is repeated.
    """
    for item in items:
        if item.path.relative_to(item.config.rootpath).parts[1] in WHOLE:
            item.add_marker(pytest.mark.flaky(reruns=1))


def pytest_collection_finish() -> None:
    """Let the collector of garbage leave alone what stays for the whole run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server and leave nothing behind."""
    if hasattr(config, "workerinput") or FOLDER not in os.environ:
        return
    folder = Path(os.environ.pop(FOLDER))
    if (folder / "pg").exists():
        EmbeddedPostgres(folder / "pg").stop()
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _locked(folder: Path) -> Generator[None, None, None]:
    """Let one worker in at a time."""
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run asynchronous tests on asyncio. Not on uvloop: it walks round the network guard."""
    return "asyncio"


@pytest.fixture(scope="session")
def server() -> EmbeddedPostgres:
    """Return the running server, with a migrated template database."""
    folder = Path(os.environ[FOLDER])
    server = EmbeddedPostgres(folder / "pg")
    with _locked(folder):
        server.start()
        if not (folder / "ready").exists():
            with psycopg.connect(server.urls("postgres").owner, autocommit=True) as connection:
                # Nobody acknowledges anything here: do not wait for the disk.
                connection.execute("ALTER SYSTEM SET fsync = off")
                connection.execute("ALTER SYSTEM SET synchronous_commit = off")
                connection.execute("ALTER SYSTEM SET full_page_writes = off")
                connection.execute("SELECT pg_reload_conf()")
            migrate(server.urls(TEMPLATE).owner)
            (folder / "ready").touch()
    return server


@contextmanager
def cloned(server: EmbeddedPostgres) -> Generator[Urls, None, None]:
    """Give a fresh, migrated, empty database; drop it afterwards."""
    name = f"test_{uuid4().hex}"
    with psycopg.connect(server.urls("postgres").owner, autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(
                sql.Identifier(name), sql.Identifier(TEMPLATE)
            )
        )
        try:
            yield server.urls(name)
        finally:
            connection.execute(
                sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            )


@pytest.fixture
def database_urls(server: EmbeddedPostgres) -> Iterator[Urls]:
    """Return the addresses of a database that only this test has."""
    with cloned(server) as urls:
        yield urls


@pytest.fixture
async def db(database_urls: Urls) -> AsyncIterator[Database]:
    """Return a pool as the application role, on a database that only this test has."""
    database = Database(database_urls.app, max_size=6)
    await database.open()
    try:
        yield database
    finally:
        await database.close()


@pytest.fixture
def committed_db(db: Database) -> Database:
    """Return `db`, saying that the test relies on commits: LISTEN/NOTIFY, jobs, concurrency."""
    return db


@pytest.fixture
def owner(database_urls: Urls) -> Iterator[psycopg.Connection[Any]]:
    """Return a connection as the owner, who may read everything that was written."""
    with psycopg.connect(database_urls.owner, autocommit=True) as connection:
        yield connection


@pytest.fixture
def clock() -> FixedClock:
    """Return a clock that stands at noon of a Monday in March until it is moved."""
    return FixedClock(NOON)


@pytest.fixture
async def candor(
    database_urls: Urls, tmp_path: Path, clock: FixedClock
) -> AsyncIterator[Candor]:
    """Return a process of Candor with an open door and the catalogue of a small company."""
    async with running(database_urls.app, tmp_path, clock) as process:
        await apply_company(process)
        yield process


@pytest.fixture
def keyring(tmp_path: Path) -> LocalKeyring:
    """Return a fresh keyring with the key of epoch 1."""
    ring = LocalKeyring(tmp_path / "keys" / "keyring.json")
    ring.create_epoch(1)
    return ring

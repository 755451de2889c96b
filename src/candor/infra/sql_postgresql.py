"""PostgreSQL databases of others, by psycopg.

`hostaddr` is the address that was checked, `host` the name that the certificate must bear
(`sslmode=verify-full`); libpq, documentation of 18, section 34.1.2, read 2026-11-22.
"""

import contextlib
import socket
import ssl
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, final

import psycopg

from candor.infra.sql import Row, SqlFailed, Target, Trouble

# SQLSTATE, or its first two signs for the whole class; PostgreSQL 18, appendix A.
_BY_STATE: Final[Mapping[str, Trouble]] = {
    "28": Trouble.NOT_LET_IN,
    "08": Trouble.UNREACHED,
    "53": Trouble.UNREACHED,
    "57": Trouble.UNREACHED,
    "58": Trouble.UNREACHED,
    "XX": Trouble.UNREACHED,
    "25006": Trouble.UNREACHED,  # a server that only reads: a standby
    "40": Trouble.LATER,
    "55P03": Trouble.LATER,
    "57014": Trouble.LATER,
    "3D000": Trouble.LACKING,
    "3F000": Trouble.LACKING,
    "42P01": Trouble.LACKING,
    "42703": Trouble.LACKING,
    "42883": Trouble.LACKING,
    "42501": Trouble.FORBIDDEN,
    "23505": Trouble.TAKEN,
    "23P01": Trouble.TAKEN,
    "23503": Trouble.IN_USE,
}
# What libpq says when it is not let in and the server's code is not passed on.
_NOT_LET_IN: Final = ("authentication", "pg_hba.conf", "role ", "password")


@final
class PostgreSQLSession:
    """A session with a PostgreSQL database."""

    def __init__(self, connection: psycopg.Connection[Row]) -> None:
        """Wrap an open connection in autocommit mode."""
        self._connection = connection

    @property
    def is_broken(self) -> bool:
        """Tell whether the connection is gone."""
        return self._connection.closed

    def rows(self, statement: str, values: Sequence[object] = ()) -> list[Row]:
        """Return the rows that a statement gives."""
        with _translated():
            return self._connection.execute(statement.encode(), values).fetchall()

    def change(self, statement: str, values: Sequence[object] = ()) -> int:
        """Do a statement; return how many rows it touched."""
        with _translated():
            return self._connection.execute(statement.encode(), values).rowcount

    @contextmanager
    def transaction(self) -> Generator[None]:
        """Open a transaction."""
        with _translated(), self._connection.transaction():
            yield

    def abort(self) -> None:
        """Shut the socket down under whoever waits."""
        with (
            contextlib.suppress(OSError, psycopg.Error),
            socket.fromfd(self._connection.fileno(), socket.AF_INET, 0) as wire,
        ):
            wire.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the connection."""
        with contextlib.suppress(psycopg.Error, OSError):
            self._connection.close()


def connect(target: Target) -> PostgreSQLSession:
    """Open a session.

    Raises:
        SqlFailed.
    """
    with _translated(), _certificates(target) as tls:
        connection: psycopg.Connection[Row] = psycopg.connect(
            autocommit=True,
            prepare_threshold=None,  # PgBouncer may stand between
            **_parameters(target, tls),
        )
    session = PostgreSQLSession(connection)
    milliseconds = int(target.call_seconds * 1000)
    try:
        # As statements, for a pooler does not let settings through at the start of a session.
        session.rows(
            "SELECT set_config('statement_timeout', %s, false),"
            " set_config('lock_timeout', %s, false),"
            " set_config('idle_in_transaction_session_timeout', %s, false),"
            " set_config('TimeZone', 'UTC', false), set_config('DateStyle', 'ISO', false),"
            " set_config('candor.origin', %s, false)",
            (str(milliseconds // 2), str(milliseconds // 4), str(milliseconds), target.origin),
        )
    except SqlFailed:
        session.close()
        raise
    return session


def _parameters(target: Target, tls: Mapping[str, str]) -> dict[str, Any]:
    where = {} if target.is_socket else {"hostaddr": target.address}
    return {
        "host": target.host,
        **where,
        "port": target.port,
        "dbname": target.database,
        "user": target.user,
        "password": target.password,
        "passfile": "/nonexistent",  # whom we are is in the connection, not in somebody's home
        "application_name": "candor",
        "connect_timeout": max(2, int(target.call_seconds / 2)),
        "tcp_user_timeout": int(target.call_seconds * 1000),
        "gssencmode": "disable",
        "client_encoding": "UTF8",
        **tls,
    }


@contextmanager
def _certificates(target: Target) -> Generator[dict[str, str]]:
    """Give the parameters of TLS; an authority of one's own is in a file while connecting."""
    if target.is_plain or target.is_socket:
        yield {"sslmode": "disable"}
        return
    usual = ssl.get_default_verify_paths().cafile or "system"
    parameters = {"sslmode": "verify-full", "sslrootcert": usual, "sslcert": "", "sslkey": ""}
    if not target.authority:
        yield parameters
        return
    with tempfile.TemporaryDirectory(prefix="candor-") as folder:
        file = Path(folder) / "authority.pem"
        file.write_text(target.authority, encoding="ascii", errors="replace")
        yield {**parameters, "sslrootcert": str(file)}


@contextmanager
def _translated() -> Generator[None]:
    """Say of psycopg's errors what to do about them, and nothing of what they quote."""
    try:
        yield
    except psycopg.Error as error:
        state = error.sqlstate
        trouble = _trouble(state) if state else _unnamed(error)
        raise SqlFailed(trouble, state or "") from None


def _trouble(state: str) -> Trouble:
    return _BY_STATE.get(state) or _BY_STATE.get(state[:2]) or Trouble.REFUSED


def _unnamed(error: psycopg.Error) -> Trouble:
    """Judge an error without SQLSTATE: of connecting, or of the driver itself."""
    if isinstance(error, psycopg.DataError | psycopg.ProgrammingError):
        return Trouble.REFUSED
    text = str(error)
    is_answer = "FATAL" in text and any(sign in text for sign in _NOT_LET_IN)
    if is_answer:
        return Trouble.NOT_LET_IN
    if "FATAL" in text and "database" in text and "exist" in text:
        return Trouble.LACKING
    return Trouble.UNREACHED

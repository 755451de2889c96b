"""MariaDB and MySQL databases of others, by PyMySQL.

The socket is opened here, to the address that was checked, and handed to the driver, which holds
the certificate against the name. MariaDB documentation, "MariaDB error code reference" and "LOCK IN
SHARE MODE", read 2026-11-22.
"""

import contextlib
import socket
import ssl
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, final

import pymysql
from pymysql.constants import CLIENT
from pymysql.err import MySQLError

from candor.infra.sql import Row, SqlFailed, Target, Trouble

_BY_NUMBER: Final[Mapping[int, Trouble]] = {
    **dict.fromkeys((1044, 1045, 1251, 1275, 1524, 1698, 1820, 4151), Trouble.NOT_LET_IN),
    **dict.fromkeys((1142, 1143, 1227, 1370), Trouble.FORBIDDEN),
    **dict.fromkeys((1049, 1054, 1146), Trouble.LACKING),
    **dict.fromkeys((1020, 1205, 1213, 1317, 1969, 3024, 3572), Trouble.LATER),
    **dict.fromkeys((1062, 1586), Trouble.TAKEN),
    **dict.fromkeys((1217, 1451), Trouble.IN_USE),
    # Too many sessions, out of memory or disk, being shut down, only reading, cluster not ready.
    **dict.fromkeys(
        (1021, 1037, 1038, 1040, 1041, 1047, 1053, 1114, 1158, 1159, 1160, 1161, 1203, 1226,
         1290, 1836, 1927),
        Trouble.UNREACHED,
    ),
}  # fmt: skip
_CLIENT_ERRORS: Final = 2000  # numbers from here on are of the driver: the wire broke
_SERVER_ERRORS: Final = 1000


@final
class MariaDBSession:
    """A session with a MariaDB or MySQL database."""

    def __init__(self, connection: "pymysql.Connection[Any]", wire: socket.socket) -> None:
        """Wrap an open connection in autocommit mode, and the socket below it."""
        self._connection = connection
        self._wire = wire

    @property
    def is_broken(self) -> bool:
        """Tell whether the connection is gone."""
        return not self._connection.open

    def rows(self, statement: str, values: Sequence[object] = ()) -> list[Row]:
        """Return the rows that a statement gives."""
        with self._translated(), self._connection.cursor() as cursor:
            cursor.execute(statement, tuple(values))
            return list(cursor.fetchall())

    def change(self, statement: str, values: Sequence[object] = ()) -> int:
        """Do a statement; return how many rows it touched."""
        with self._translated(), self._connection.cursor() as cursor:
            return cursor.execute(statement, tuple(values))

    def table(self, statement: str) -> tuple[list[str], list[Row]]:
        """Return what a statement of whoever sits there gives: names of columns, and rows."""
        with self._translated(), self._connection.cursor() as cursor:
            cursor.execute(statement)
            names = [str(column[0]) for column in cursor.description or ()]
            return names, list(cursor.fetchall())

    @contextmanager
    def transaction(self) -> Generator[None]:
        """Open a transaction."""
        with self._translated():
            self._connection.begin()
        try:
            yield
            with self._translated():
                self._connection.commit()
        except BaseException:
            with contextlib.suppress(SqlFailed), self._translated():
                self._connection.rollback()
            raise

    def abort(self) -> None:
        """Shut the socket down under whoever waits."""
        with contextlib.suppress(OSError):
            self._wire.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the connection."""
        with contextlib.suppress(MySQLError, OSError):
            if self._connection.open:
                self._connection.close()
        with contextlib.suppress(OSError):
            self._wire.close()

    @contextmanager
    def _translated(self) -> Generator[None]:
        """Say of errors what to do about them; one of the wire closes the connection."""
        try:
            with _translated():
                yield
        except SqlFailed as failed:
            if failed.trouble is Trouble.UNREACHED:
                self.close()
            raise


def connect(target: Target) -> MariaDBSession:
    """Open a session.

    Raises:
        SqlFailed.
    """
    with _translated():
        tls = None if target.is_plain or target.is_socket else _tls(target.authority)
        wire = _wire(target)
    try:
        with _translated():
            connection = pymysql.Connection(
                host=target.host,  # what the certificate must bear; nobody looks it up again
                user=target.user,
                password=target.password,
                database=target.database,
                charset="utf8mb4",
                autocommit=True,
                defer_connect=True,
                ssl=tls,
                ssl_disabled=tls is None,
                client_flag=CLIENT.FOUND_ROWS,  # rows that were met, changed or not
                program_name="candor",
                local_infile=False,
                read_timeout=target.call_seconds,
                write_timeout=target.call_seconds,
            )
            connection.connect(wire)
            session = MariaDBSession(connection, wire)
            _prepare(session, target)
    except BaseException:
        wire.close()
        raise
    return session


def _wire(target: Target) -> socket.socket:
    """Open a socket to the address that was checked."""
    seconds = target.call_seconds / 2
    if target.is_socket:
        wire = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        wire.settimeout(seconds)
        try:
            wire.connect(target.host)
        except OSError:
            wire.close()
            raise
        return wire
    wire = socket.create_connection((target.address, target.port), seconds)
    wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    return wire


def _tls(authority: str) -> ssl.SSLContext:
    """Return whom the certificate is held against, by name."""
    return ssl.create_default_context(cadata=authority or None)


def _prepare(session: MariaDBSession, target: Target) -> None:
    """Set what our statements count on.

    Strict, so that a text which is too long is refused and not cut off; no locks on gaps, so that
    reading holds nobody up; what we write is marked as ours.
    """
    ((version,),) = session.rows("SELECT VERSION()")
    is_mariadb = "mariadb" in str(version).lower()
    seconds = max(1, int(target.call_seconds / 2))
    # MySQL ends no transaction that idles: there the end of the session does.
    longest = (
        f"max_statement_time = {seconds}, SESSION idle_transaction_timeout = {seconds * 2}"
        if is_mariadb
        else f"max_execution_time = {seconds * 1000}"
    )
    session.change(
        "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION',"
        f" SESSION time_zone = '+00:00', SESSION {longest},"
        f" SESSION innodb_lock_wait_timeout = {max(1, seconds // 2)},"
        " @candor_origin = %s",
        (target.origin,),
    )
    session.change("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")


@contextmanager
def _translated() -> Generator[None]:
    """Say of PyMySQL's errors what to do about them, and nothing of what they quote."""
    try:
        yield
    except MySQLError as error:
        number = error.args[0] if error.args and isinstance(error.args[0], int) else 0
        raise SqlFailed(_trouble(number), str(number or "")) from None
    except ssl.SSLError:
        raise SqlFailed(Trouble.UNREACHED, "tls") from None
    except (OSError, EOFError):
        raise SqlFailed(Trouble.UNREACHED) from None
    except (ValueError, IndexError, TypeError, UnicodeError):
        # The driver stumbles so over what is no answer of a server.
        raise SqlFailed(Trouble.UNREACHED, "bad_answer") from None


def _trouble(number: int) -> Trouble:
    found = _BY_NUMBER.get(number)
    if found is not None:
        return found
    is_of_wire = number < _SERVER_ERRORS or number >= _CLIENT_ERRORS
    return Trouble.UNREACHED if is_of_wire and number < 3000 else Trouble.REFUSED

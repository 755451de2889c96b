"""Real databases as the other system: PostgreSQL and MariaDB, reached through a relay that fails.

`People` is the table of a CRM as its owner works it by hand, over a session of its own; the adapter
comes through the relay, on a port of this machine. Faults are of the wire, counted in flights from
the client: what a server says itself (deadlocks, refusals, passwords) the servers say themselves.
"""

import asyncio
import os
from collections import deque
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import uuid4

from candor.domain.connections.adapters.line import Line
from candor.domain.connections.adapters.mariadb import adapter as mariadb
from candor.domain.connections.adapters.postgresql import adapter as postgresql
from candor.domain.connections.adapters.sql.mirror import SqlMirror
from candor.domain.connections.model.connection import Direction, Field, What
from candor.domain.connections.model.talk import Value
from candor.infra.db.embedded import EmbeddedPostgres
from candor.infra.http import Outbound
from candor.infra.mariadb_server import OwnMariaDB
from candor.infra.sql import Session, Target
from candor.infra.sql_postgresql import connect as connect_postgresql
from tests.counterparts.contract import Held, line_of
from tests.counterparts.serving import Fault

PASSWORD: Final = "not-a-secret"
USER: Final = "candor_crm"
CALL_SECONDS: Final = 1.0
MAPPING: Final = (
    Field("email", What.IDENTIFIER, "email", is_key=True, direction=Direction.BOTH),
    Field("first_name", What.ATTRIBUTE, "first_name", direction=Direction.BOTH),
    Field("city", What.ATTRIBUTE, "city", direction=Direction.BOTH),
    Field("news", What.PURPOSE, "newsletter", direction=Direction.BOTH),
)
FACTS: Final = ("first_name", "city")
_FLIGHTS_PER_CALL: Final = 3
_COLUMNS: Final = """
    email varchar(200) NOT NULL UNIQUE,
    first_name varchar(40),
    city varchar(40),
    news {boolean} NOT NULL DEFAULT {no},
    news_at {instant},
    opted_out {boolean},
    score {number},
    version integer NOT NULL DEFAULT 0,
    changed_at {instant} NOT NULL DEFAULT CURRENT_TIMESTAMP{digits}
"""
POSTGRESQL: Final = {
    "boolean": "boolean", "no": "false", "instant": "timestamptz", "number": "numeric(10, 2)",
    "digits": "",
}  # fmt: skip
MARIADB: Final = {
    "boolean": "tinyint(1)", "no": "0", "instant": "datetime(6)", "number": "decimal(10, 2)",
    "digits": "(6)",
}  # fmt: skip


# ------------------------------------------------------------------ the wire
@dataclass(slots=True)
class _Planned:
    fault: Fault
    after: int
    times: int


class Relay:
    """Passes bytes between an adapter and a server's socket, until it is told to fail."""

    def __init__(self, socket: str) -> None:
        """Take the path of the server's socket."""
        self._socket = socket
        self._planned: deque[_Planned] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0
        self.opened = 0  # connections so far

    def fail(self, fault: Fault, *, after: int = 0, times: int = 1) -> None:
        """Fail so many flights, after so many groups of flights."""
        self.fail_at(fault, after * _FLIGHTS_PER_CALL, times=times)

    def fail_at(self, fault: Fault, flights: int, *, times: int = 1) -> None:
        """Fail so many flights, after so many."""
        self._planned.append(_Planned(fault, flights, times))

    def heal(self) -> bool:
        """Plan no fault any more; tell whether one was still to come."""
        is_left = bool(self._planned)
        self._planned.clear()
        return is_left

    @asynccontextmanager
    async def listening(self) -> AsyncGenerator[None]:
        """Listen on a free port of this machine until the block ends."""
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await asyncio.sleep(0.01)  # sockets are closed by the loop
            await server.wait_closed()

    def _due(self) -> Fault | None:
        if not self._planned:
            return None
        first = self._planned[0]
        if first.after > 0:
            first.after -= 1
            return None
        first.times -= 1
        if first.times <= 0:
            self._planned.popleft()
        return first.fault

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.opened += 1
        task = asyncio.get_running_loop().create_task(self._carry(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_unix_connection(self._socket)
        down = asyncio.create_task(_pump(there_reader, writer))
        try:
            with suppress(ConnectionError):
                await self._flights(reader, writer, there_writer, down)
        finally:
            down.cancel()
            for one in (writer, there_writer):
                one.transport.abort()

    async def _flights(
        self,
        reader: asyncio.StreamReader,
        here: asyncio.StreamWriter,
        there: asyncio.StreamWriter,
        down: "asyncio.Task[None]",
    ) -> None:
        while flight := await reader.read(1 << 20):
            fault = self._due()
            if fault is Fault.HANG:
                await reader.read()  # until whoever asked gives up
                return
            if not await self._pass(fault, flight, there, here, down):
                return

    async def _pass(
        self,
        fault: Fault | None,
        flight: bytes,
        there: asyncio.StreamWriter,
        here: asyncio.StreamWriter,
        down: "asyncio.Task[None]",
    ) -> bool:
        """Pass one flight on, or fail; tell whether the wire still holds."""
        match fault:
            case Fault.HALF_CLOSED:
                return False
            case Fault.LOST_ANSWER:
                down.cancel()
                await asyncio.gather(down, return_exceptions=True)
                there.write(flight)
                await there.drain()
                await asyncio.sleep(0.05)  # it is done there
                return False
            case Fault.GARBLED:
                down.cancel()
                here.write(b"HTTP/1.1 503 Service Unavailable\r\n\r\n<html>")
                await here.drain()
                return False
            case _:
                there.write(flight)
                await there.drain()
        return True


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while part := await reader.read(1 << 20):
            writer.write(part)
            await writer.drain()
        writer.close()


# ------------------------------------------------------------------ the table
class People(Relay):
    """A table of people in a database, with whoever owns it at the other end of the wire."""

    def __init__(
        self,
        adapter: SqlMirror,
        owner: Session,
        reached: Target,
        socket: str,
        *,
        engine: str,
    ) -> None:
        """Take the adapter, a session of the owner, how more are opened, the socket, the kind."""
        super().__init__(socket)
        self.adapter = adapter
        self.owner = owner
        self._reached = reached
        self.database = reached.database
        self.engine = engine

    @property
    def supported(self) -> frozenset[Fault]:
        """Return the faults of a wire."""
        return frozenset({Fault.HANG, Fault.HALF_CLOSED, Fault.LOST_ANSWER, Fault.GARBLED})

    @property
    def marker(self) -> str:
        """Return what a changed row gets, as the application there would do it."""
        now = "clock_timestamp()" if self.engine == "postgresql" else "UTC_TIMESTAMP(6)"
        return f"version = version + 1, changed_at = {now}"

    def owner_target(self) -> Target:
        """Return how to reach the database as its owner."""
        return self._reached

    def line(self, mapping: Sequence[Field] = MAPPING, **settings: str) -> Line:
        """Return a connection to it, through the relay."""
        given = {
            "host": "127.0.0.1",
            "port": str(self.port),
            "database": self.database,
            "user": USER,
            "tls": "off",
            "table": "contacts",
            "id_column": "contact_id",
            "version_column": "version",
            "reading": "change_table",
            **settings,
        }
        hosts = [f"{given['host']}:{given['port']}"]
        return line_of(
            settings=given,
            secrets={"password": PASSWORD},
            mapping=mapping,
            outbound=Outbound(allowed_private=hosts),
        )

    def set_up(self, line: Line) -> None:
        """Run what the adapter prints for whoever owns the database."""
        for statement in self.adapter.setup(line):
            self.owner.change(statement)

    def people(self) -> dict[str, Held]:
        """Return whom it holds."""
        rows = self.owner.rows("SELECT contact_id, first_name, city, news FROM contacts")
        return {
            str(row[0]): Held(
                facts={"first_name": row[1], "city": row[2]}, choices={"news": bool(row[3])}
            )
            for row in rows
        }

    def change(
        self,
        remote_id: str,
        *,
        facts: Mapping[str, Value] | None = None,
        choices: Mapping[str, bool] | None = None,
        at: datetime | None = None,
    ) -> None:
        """Let somebody there change a person."""
        values = {**(facts or {}), **(choices or {})}
        if at is not None and choices:
            values.update(
                {f"{name}_at": at.strftime("%Y-%m-%d %H:%M:%S.%f") for name in choices}
            )
        sets = ", ".join(f"{name} = %s" for name in values)
        self.owner.change(
            f"UPDATE contacts SET {sets}, {self.marker} WHERE contact_id = %s",
            (*values.values(), int(remote_id)),
        )

    def add(self, email: str, **values: Value) -> str:
        """Let somebody there add a person; return how they are called."""
        given = {"email": email, **values}
        places = ", ".join("%s" for _ in given)
        self.owner.change(
            f"INSERT INTO contacts ({', '.join(given)}) VALUES ({places})",
            tuple(given.values()),
        )
        ((row_id,),) = self.owner.rows(
            "SELECT contact_id FROM contacts WHERE email = %s", (email,)
        )
        return str(row_id)

    def delete(self, remote_id: str) -> None:
        """Let somebody there delete a person."""
        self.owner.change("DELETE FROM contacts WHERE contact_id = %s", (int(remote_id),))

    def traces(self) -> Sequence[str]:
        """Return what whoever looks at the server's sessions sees."""
        if self.engine == "postgresql":
            rows = self.owner.rows(
                "SELECT application_name || ' ' || usename FROM pg_stat_activity"
                " WHERE usename = %s",
                (USER,),
            )
        else:
            rows = self.owner.rows(
                "SELECT USER FROM information_schema.PROCESSLIST WHERE USER = %s", (USER,)
            )
        return [str(row[0]) for row in rows]


@contextmanager
def in_postgresql(server: EmbeddedPostgres, database: str) -> Generator[People]:
    """Give a table in a database of a PostgreSQL server, which the caller made."""
    url = server.urls(database).owner
    folder = url.split("host=", 1)[1]
    user = url.split("://", 1)[1].split("@", 1)[0].split(":", 1)[0]
    target = _target(folder, 5432, database, user)
    owner = connect_postgresql(target)
    try:
        owner.change(
            f"DO $$ BEGIN CREATE ROLE {USER} LOGIN PASSWORD '{PASSWORD}';"
            " EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
        )
        columns = _COLUMNS.format(**POSTGRESQL)
        owner.change(
            "CREATE TABLE contacts"
            f" (contact_id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, {columns})"
        )
        yield People(
            postgresql.adapter(CALL_SECONDS),
            owner,
            target,
            f"{folder}/.s.PGSQL.5432",
            engine="postgresql",
        )
    finally:
        owner.close()


@contextmanager
def in_mariadb(server: OwnMariaDB) -> Generator[People]:
    """Give a table in a database of its own of a MariaDB server."""
    database = f"crm_{uuid4().hex[:12]}"
    with server_session(server) as owner:
        owner.change(f"CREATE DATABASE {database}")
        owner.change(f"USE {database}")
        owner.change(f"CREATE USER IF NOT EXISTS {USER}@'%%' IDENTIFIED BY '{PASSWORD}'")
        owner.change(
            "CREATE TABLE contacts"
            f" (contact_id bigint AUTO_INCREMENT PRIMARY KEY, {_COLUMNS.format(**MARIADB)})"
        )
        try:
            yield People(
                mariadb.adapter(CALL_SECONDS),
                owner,
                server.target(database),
                str(server.socket),
                engine="mariadb",
            )
        finally:
            owner.change(f"DROP DATABASE {database}")


@contextmanager
def server_session(server: OwnMariaDB) -> Generator[Session]:
    """Give a session of whoever owns a server; others of theirs come the same way."""
    session = server.session()
    try:
        yield session
    finally:
        session.close()


@contextmanager
def own_mariadb(folder: Path) -> Generator[OwnMariaDB]:
    """Run a MariaDB in a folder; its durability is of no interest here."""
    server = OwnMariaDB(
        folder, options=("--innodb-flush-log-at-trx-commit=0", "--skip-innodb-doublewrite")
    )
    server.start()
    try:
        yield server
    finally:
        server.stop()


def _target(host: str, port: int, database: str, user: str) -> Target:
    return Target(
        host=host, port=port, database=database, user=user, password="", is_plain=True,
        call_seconds=30.0,
    )  # fmt: skip


def worker() -> str:
    """Return the name of this worker among those that run tests at the same time."""
    return os.environ.get("PYTEST_XDIST_WORKER", "only")

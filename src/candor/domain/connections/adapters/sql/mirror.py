"""The adapter of a SQL database: one table of people, two-way. What differs is in its dialect."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Final, TypeVar, final
from uuid import UUID
from weakref import WeakKeyDictionary

from candor.domain.connections.adapters.line import Line
from candor.domain.connections.adapters.sql import changes
from candor.domain.connections.adapters.sql.changes import Following
from candor.domain.connections.adapters.sql.cursor import Seal
from candor.domain.connections.adapters.sql.dialect import Dialect
from candor.domain.connections.adapters.sql.settings import Place, Reading, place
from candor.domain.connections.adapters.sql.table import Table, checked, described
from candor.domain.connections.adapters.sql.writing import write
from candor.domain.connections.errors import BadConnection, NotLetIn, Unreached
from candor.domain.connections.model.talk import Later, Page, Parcel, Reply, Spec
from candor.infra.sql import Pool, Session, SqlFailed, Target, Trouble

T = TypeVar("T")

_CALL_SECONDS: Final = 20.0
_AT_ONCE: Final = 100


@final
class SqlMirror:
    """A table of people in a database of somebody else."""

    def __init__(
        self,
        spec: Spec,
        dialect: Dialect,
        following: Following,
        *,
        call_seconds: float = _CALL_SECONDS,
    ) -> None:
        """Take what kind of database it is; opens nothing."""
        self._spec = spec
        self._dialect = dialect
        self._following = following
        self._call_seconds = call_seconds
        # Sockets belong to an event loop; commands and tests have one after the other.
        self._pools: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[UUID, Pool]] = (
            WeakKeyDictionary()
        )

    @property
    def spec(self) -> Spec:
        """Say what it is and what it wants to know."""
        return self._spec

    async def check(self, line: Line) -> None:
        """Find out whether the database lets us in and has what is counted on.

        Raises:
            Unreached, NotLetIn, OutboundRefused, BadConnection.
        """
        await self._with(line, checked, is_check=True)

    async def send(self, line: Line, parcels: Sequence[Parcel]) -> Sequence[Reply]:
        """Bring rows to what parcels say, each in a transaction of its own.

        Raises:
            Unreached, NotLetIn.
        """
        return await self._with(line, lambda session, table: self._all(session, table, parcels))

    def _all(self, session: Session, table: Table, parcels: Sequence[Parcel]) -> list[Reply]:
        """Write what half of the time allows; the others come later, none of the done is lost."""
        until = time.monotonic() + self._call_seconds / 2
        return [
            write(session, table, one) if time.monotonic() < until else Later("slow")
            for one in parcels
        ]

    async def poll(self, line: Line, cursor: str | None) -> Page:
        """Return what changed since a cursor.

        Raises:
            Unreached, NotLetIn.
        """
        if self._place(line).reading is Reading.NONE:
            return Page((), cursor)
        seal = Seal.of(line.connection_id, line.secrets)
        return await self._with(
            line,
            lambda session, table: changes.poll(
                session, table, self._following, seal, _origin(line), cursor
            ),
        )

    async def compare(self, line: Line, after: str | None) -> Page:
        """Return some of those it holds, with their choices.

        Raises:
            Unreached, NotLetIn.
        """
        seal = Seal.of(line.connection_id, line.secrets)
        return await self._with(
            line, lambda session, table: changes.compare(session, table, seal, after)
        )

    def setup_sql(self, line: Line) -> str:
        """Return what whoever owns the database runs there once: change table, triggers, grants.

        Raises:
            BadConnection: the settings make no sense.
        """
        return self._dialect.script(self.setup(line))

    def setup(self, line: Line) -> list[str]:
        """Return the same as single statements with `%%` for a percent.

        Raises:
            BadConnection: the settings make no sense.
        """
        return self._dialect.setup(self._place(line), line.settings.get("user", ""))

    async def close(self) -> None:
        """Close all sessions of this event loop."""
        for pool in self._pools.pop(asyncio.get_running_loop(), {}).values():
            await pool.close()

    async def _with(
        self, line: Line, work: Callable[[Session, Table], T], *, is_check: bool = False
    ) -> T:
        """Do work with the table, and say what went wrong in the words of connections."""
        where = self._place(line)

        def all_of_it(session: Session) -> T:
            return work(session, described(session, self._dialect, where, line.mapping))

        pool = await self._pool(line)
        try:
            return await pool.run(line.outbound, all_of_it)
        except SqlFailed as failed:
            if failed.trouble is Trouble.NOT_LET_IN:
                raise NotLetIn from None
            if is_check and failed.trouble in {Trouble.FORBIDDEN, Trouble.LACKING}:
                raise _lacking(failed) from None
            raise Unreached(failed.problem) from None
        except BadConnection:
            if is_check:
                raise
            raise Unreached("lacking") from None

    def _place(self, line: Line) -> Place:
        return place(line.settings, self._dialect.default_schema)

    async def _pool(self, line: Line) -> Pool:
        """Return the sessions of a connection; other settings have others."""
        target = self._target(line)
        pools = self._pools.setdefault(asyncio.get_running_loop(), {})
        pool = pools.get(line.connection_id)
        if pool is not None and pool.target != target:
            pools.pop(line.connection_id)
            await pool.close()
            pool = None
        if pool is None:
            pool = pools.setdefault(line.connection_id, Pool(self._dialect.connect, target))
        return pool

    def _target(self, line: Line) -> Target:
        settings = line.settings
        return Target(
            host=settings["host"],
            port=int(settings["port"]),
            database=settings["database"],
            user=settings["user"],
            password=line.secrets.get("password", ""),
            is_plain=settings.get("tls") == "off",
            authority=settings.get("authority", ""),
            origin=_origin(line),
            call_seconds=self._call_seconds,
        )


def _origin(line: Line) -> str:
    """Return what our own writes are marked with there: of this connection and no other."""
    return f"candor:{line.connection_id.hex}"


def _lacking(failed: SqlFailed) -> BadConnection:
    what = "may not read" if failed.trouble is Trouble.FORBIDDEN else "does not find"
    message = f"The user {what} something that is counted on ({failed.problem})."
    return BadConnection(message, hint="Run what `candor connection sql` prints.")

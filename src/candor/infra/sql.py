"""Databases of others: how they are reached, and what every driver of one must be able to do.

A driver (`sql_postgresql`, `sql_mariadb`) opens sessions; a `Pool` keeps some of them open for one
connection, runs work with one in a thread, and closes those that nobody used for a while. The host
is looked up and checked by the way out (`infra/http`), the session goes to the address that was
checked, and the certificate is held against the name. Work that takes too long is cut off at the
socket, whatever the other side does.

A driver's own error is never passed on: its text quotes rows. What is passed on is what to do about
it (`Trouble`) and the other side's code.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, ClassVar, Final, Protocol, TypeVar

from candor.infra.http import Outbound, OutboundFailed, OutboundRefused
from candor.kernel.errors import Unavailable

T = TypeVar("T")
Row = tuple[Any, ...]

_IDLE_SECONDS: Final = 30.0
_ABORT_SECONDS: Final = 2.0


class Trouble(StrEnum):
    """What went wrong, as far as it matters to whoever asked."""

    UNREACHED = "unreached"  # away, overloaded, out of order: all of it again later
    NOT_LET_IN = "not_let_in"
    FORBIDDEN = "forbidden"  # let in, but this may not be done
    LACKING = "lacking"  # no such database, table or column
    LATER = "later"  # a deadlock, a lock or a statement that took too long: the same again
    TAKEN = "taken"  # somebody else's row has this value
    IN_USE = "in_use"  # other rows hang on this one
    REFUSED = "refused"  # the value does not fit


class SqlFailed(Unavailable):
    """The other database did not do what it was asked."""

    code: ClassVar[str] = "infra.sql_failed"

    def __init__(self, trouble: Trouble, their_code: str = "") -> None:
        """Take what went wrong, and the SQLSTATE or number that the server has for it."""
        super().__init__()
        self.trouble = trouble
        self.their_code = their_code

    @property
    def problem(self) -> str:
        """Return a code of both that says nothing about anybody."""
        return f"{self.trouble}_{self.their_code}" if self.their_code else self.trouble.value


@dataclass(frozen=True, slots=True)
class Target:
    """Where a database is, and who we are there."""

    host: str  # a name, an address, or the folder (PostgreSQL) or path (MariaDB) of a socket
    port: int
    database: str
    user: str
    password: str = field(repr=False)
    is_plain: bool = False  # without TLS; only to a host that the operator named
    authority: str = field(
        default="", repr=False
    )  # PEM: who signs its certificate; "": as usual
    origin: str = "candor"  # what our own writes are marked with there
    call_seconds: float = 10.0
    address: str = ""  # the one that was checked; filled in by the pool

    @property
    def is_socket(self) -> bool:
        """Tell whether it is reached over a socket of this machine."""
        return self.host.startswith("/")


class Session(Protocol):
    """One open session with a database. Not for two threads at once, but for `abort`."""

    @property
    def is_broken(self) -> bool:
        """Tell whether nothing can be asked of it any more."""
        ...

    def rows(self, statement: str, values: Sequence[object] = ()) -> list[Row]:
        """Return the rows that a statement gives; `%s` stands for a value, `%%` for a percent.

        Raises:
            SqlFailed.
        """
        ...

    def change(self, statement: str, values: Sequence[object] = ()) -> int:
        """Do a statement; return how many rows it touched.

        Raises:
            SqlFailed.
        """
        ...

    def transaction(self) -> AbstractContextManager[None]:
        """Open a transaction: committed at the end of the block, rolled back at an exception.

        Raises:
            SqlFailed.
        """
        ...

    def abort(self) -> None:
        """Cut it off from another thread: whoever waits for an answer gets an error."""
        ...

    def close(self) -> None:
        """Close it; never raises."""
        ...


Connect = Callable[[Target], Session]


@dataclass(slots=True)
class _Idle:
    session: Session
    since: float


class Pool:
    """Sessions with one database; belongs to one event loop."""

    def __init__(
        self,
        connect: Connect,
        target: Target,
        *,
        size: int = 2,
        idle_seconds: float = _IDLE_SECONDS,
    ) -> None:
        """Take how to connect and where; opens nothing yet."""
        self.target = target
        self._connect = connect
        self._idle_seconds = idle_seconds
        self._idle: list[_Idle] = []
        self._places = asyncio.Semaphore(size)
        self._threads = ThreadPoolExecutor(size, thread_name_prefix="candor-sql")
        self._reaper: asyncio.TimerHandle | None = None

    async def run(self, outbound: Outbound, work: Callable[[Session], T]) -> T:
        """Run work with a session, in a thread. It must be harmless twice.

        Raises:
            OutboundRefused: the host may not be reached.
            SqlFailed.
        """
        async with self._places:
            used = self._idle.pop().session if self._idle else None
            if used is not None:
                try:
                    return await self._work(used, work)
                except SqlFailed:
                    if not used.is_broken:
                        raise
            # None was open, or the one that was open had been closed by the other side.
            return await self._work(await self._open(outbound), work)

    async def close(self) -> None:
        """Close what is open."""
        if self._reaper is not None:
            self._reaper.cancel()
        idle, self._idle = self._idle, []
        for one in idle:
            await self._in_thread(one.session.close)
        self._threads.shutdown(wait=False)

    async def _open(self, outbound: Outbound) -> Session:
        address = await _address(self.target, outbound)
        try:
            return await self._in_thread(
                lambda: self._connect(replace(self.target, address=address))
            )
        except SqlFailed as failed:
            failed.__context__ = None
            raise

    async def _work(self, session: Session, work: Callable[[Session], T]) -> T:
        """Run work in a thread; cut the session off when it takes too long or nobody waits."""
        running = asyncio.get_running_loop().run_in_executor(self._threads, work, session)
        try:
            async with asyncio.timeout(self.target.call_seconds):
                found = await asyncio.shield(running)
        except SqlFailed as failed:
            failed.__context__ = None  # the driver's own error quotes rows
            self._put_back(session)
            raise
        except BaseException as error:
            session.abort()
            with suppress(Exception):
                await asyncio.wait_for(running, _ABORT_SECONDS)
            await self._in_thread(session.close)
            if isinstance(error, TimeoutError):
                raise SqlFailed(Trouble.UNREACHED, "timeout") from None
            raise
        self._put_back(session)
        return found

    def _put_back(self, session: Session) -> None:
        if session.is_broken:
            session.close()
            return
        self._idle.append(_Idle(session, time.monotonic()))
        if self._reaper is None:
            self._reap_later()

    def _reap_later(self) -> None:
        loop = asyncio.get_running_loop()
        self._reaper = loop.call_later(self._idle_seconds, self._reap)

    def _reap(self) -> None:
        """Close what nobody used for a while."""
        before = time.monotonic() - self._idle_seconds
        old = [one for one in self._idle if one.since <= before]
        self._idle = [one for one in self._idle if one.since > before]
        for one in old:
            self._threads.submit(one.session.close)
        self._reaper = None
        if self._idle:
            self._reap_later()

    async def _in_thread(self, act: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, act)


async def _address(target: Target, outbound: Outbound) -> str:
    """Return the address to connect to.

    Raises:
        OutboundRefused: it leads inward, or without TLS to where the operator did not say so.
        SqlFailed: nobody knows the name.
    """
    is_named = outbound.may_be_plain(target.host, target.port)
    if (target.is_plain or target.is_socket) and not is_named:
        message = f"Without TLS only hosts are reached that the operator named ({target.host})."
        raise OutboundRefused(message)
    if target.is_socket:
        return target.host
    try:
        return await outbound.address_of(target.host, target.port)
    except OutboundFailed:
        raise SqlFailed(Trouble.UNREACHED, "unknown_host") from None

"""What connections leave to the worker: following the feed, delivering, reading other systems.

Runs in every worker, on as many nodes as there are. The feed is followed for one connection by one
node at a time; deliveries are leased, so that nodes share them. Each connection has lanes of its
own: a slow one delays no other, and one lane is kept for changed minds, so that no backlog stands
in front of a withdrawal.
"""

import asyncio
from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from typing import Final
from uuid import UUID

from candor.domain.connections.model.connection import Connection, State
from candor.domain.connections.model.delivery import Rank
from candor.domain.connections.service import (
    comparing,
    connecting,
    polling,
    routing,
    vendoring,
)
from candor.domain.connections.service.delivering import ALL, Done, deliver
from candor.domain.connections.service.exchange import Exchange
from candor.domain.feed import service as feed
from candor.infra.db.listening import Ear, listening
from candor.infra.log import logger
from candor.kernel.errors import Refused, Unavailable

_log = logger("connections")
_LOOK_SECONDS: Final = 1.0  # whether anything was told or not
_AWAY_SECONDS: Final = 2.0
_SWEEP_SECONDS: Final = 0.5
_COMPARE_SECONDS: Final = 10.0
_WATCH_SECONDS: Final = 60.0
_AT_ONCE: Final = 4  # connections for which the feed is followed at the same time
_MINDS: Final = (Rank.MIND,)
_LANES: Final[Sequence[tuple[Rank, ...]]] = (_MINDS, ALL)
_HELD_SECONDS: Final = 0.5


async def follow_for_ever(exchange: Exchange) -> None:
    """Follow the feed and deliver for every connection that moves, until cancelled."""
    crew = _Crew(exchange)
    async with listening(exchange.database.url, feed.CHANNEL) as ear:
        try:
            await asyncio.gather(
                crew.follow_minds(ear), crew.follow_facts(), crew.sweep(), crew.look_after()
            )
        finally:
            await crew.stop()
            await exchange.close()


async def read_for_ever(exchange: Exchange) -> None:
    """Read other systems and compare with them when that is due, watch vendors, until cancelled."""

    async def read() -> None:
        await polling.poll_due(exchange)

    async def compare() -> None:
        await comparing.compare_due(exchange)

    async def watch() -> None:
        await vendoring.watch(exchange)

    async def again(what: str, do: Callable[[], Awaitable[None]], seconds: float) -> None:
        while True:
            await _carefully(what, do)
            await asyncio.sleep(seconds)

    await asyncio.gather(
        again("reading", read, _LOOK_SECONDS),
        again("comparing refusals", compare, _COMPARE_SECONDS),
        again("watching vendors", watch, _WATCH_SECONDS),
    )


class _Crew:
    """The lanes of all connections in one process, and who wakes them."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._lanes: dict[UUID, list[asyncio.Task[None]]] = {}
        self._bells: dict[UUID, list[asyncio.Event]] = {}
        self._moving: list[Connection] = []
        self._hurried = 0
        self._told = asyncio.Event()
        self._calm = asyncio.Event()
        self._calm.set()

    @contextmanager
    def hurry(self) -> Generator[None]:
        """Hold back what can wait for the time of the block: somebody changed their mind."""
        self._hurried += 1
        self._calm.clear()
        try:
            yield
        finally:
            self._hurried -= 1
            if not self._hurried:
                self._calm.set()

    async def give_way(self) -> None:
        """Wait while somebody is in a hurry, a moment at most: nothing is held back for ever."""
        if self._hurried:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._calm.wait(), _HELD_SECONDS)

    async def follow_minds(self, ear: Ear) -> None:
        """Follow changed minds whenever something is told, and every second."""

        async def follow() -> None:
            with self.hurry():
                await self._each(routing.follow_minds)

        while True:
            await ear.wait(_LOOK_SECONDS)
            await _carefully("following minds", follow)
            self._told.set()

    async def follow_facts(self) -> None:
        """Follow changed facts behind them."""

        async def follow() -> None:
            await self.give_way()
            await self._each(routing.follow_facts)

        while True:
            await self._told.wait()
            self._told.clear()
            await _carefully("following facts", follow)

    async def _each(self, follow: Callable[[Exchange, UUID], Awaitable[int]]) -> None:
        """Follow the feed for every active connection, some at once; wake those with news."""
        gate = asyncio.Semaphore(_AT_ONCE)

        async def one(connection_id: UUID) -> None:
            async with gate:
                if await follow(self._exchange, connection_id):
                    self.ring(connection_id)

        active = [it.connection_id for it in self._moving if it.state is State.ACTIVE]
        await asyncio.gather(*(one(connection_id) for connection_id in active))

    async def sweep(self) -> None:
        """Have everybody compared where that is due, slice by slice, and take over lost leases."""
        while True:
            for connection in list(self._moving):

                async def one(connection_id: UUID = connection.connection_id) -> None:
                    if await routing.sweep(self._exchange, connection_id):
                        self.ring(connection_id)

                await _carefully("comparing", one)
            await asyncio.sleep(_SWEEP_SECONDS)

    async def look_after(self) -> None:
        """Give each connection that moves its lanes, and take them from those that do not."""

        async def look() -> None:
            await routing.take_over(self._exchange)
            async with self._exchange.database.read("connections.look") as tx:
                found = await connecting.every(tx)
            self._moving = [
                one
                for one in found
                if one.is_told
                and one.state in {State.ACTIVE, State.STOPPING}
                and self._exchange.follows(one)
            ]
            await self._man({one.connection_id for one in self._moving})

        while True:
            await _carefully("looking", look)
            await asyncio.sleep(_LOOK_SECONDS)

    def ring(self, connection_id: UUID) -> None:
        """Wake the lanes of a connection."""
        for bell in self._bells.get(connection_id, ()):
            bell.set()

    async def stop(self) -> None:
        """Stop every lane; what was under way is taken over when its lease runs out."""
        await self._man(set())

    async def _man(self, moving: set[UUID]) -> None:
        for connection_id in moving - self._lanes.keys():
            bells = [asyncio.Event() for _ in _LANES]
            self._bells[connection_id] = bells
            self._lanes[connection_id] = [
                asyncio.create_task(self._lane(connection_id, ranks, bell))
                for ranks, bell in zip(_LANES, bells, strict=True)
            ]
        for connection_id in self._lanes.keys() - moving:
            del self._bells[connection_id]
            for task in self._lanes.pop(connection_id):
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    async def _deliver(self, connection_id: UUID, ranks: Sequence[Rank]) -> Done:
        if ranks == _MINDS:
            with self.hurry():
                return await deliver(self._exchange, connection_id, ranks)
        await self.give_way()
        return await deliver(self._exchange, connection_id, ranks, self.give_way)

    async def _lane(
        self, connection_id: UUID, ranks: Sequence[Rank], bell: asyncio.Event
    ) -> None:
        """Deliver round after round; wait for the bell, or a second, when nothing is due."""
        while True:
            pause = _AWAY_SECONDS
            bell.clear()
            try:
                done = await self._deliver(connection_id, ranks)
                pause = 0.0 if done.count else _LOOK_SECONDS
                if done.wait_seconds is not None:
                    pause = min(max(done.wait_seconds, 0.01), _LOOK_SECONDS)
            except (Unavailable, Refused) as error:
                _log.warning(
                    "a connection waits", connection=str(connection_id), code=error.code
                )
            except Exception as error:  # noqa: BLE001 - a mistake in one stops no other
                _log.error(
                    "a connection failed",
                    connection=str(connection_id),
                    error=type(error).__name__,
                )
            if pause:
                with suppress(TimeoutError):
                    await asyncio.wait_for(bell.wait(), pause)


async def _carefully(what: str, do: Callable[[], Awaitable[None]]) -> None:
    """Do something; what fails is said, and tried again the next time."""
    try:
        await do()
    except (Unavailable, Refused) as error:
        _log.warning("connections wait", doing=what, code=error.code)
        await asyncio.sleep(_AWAY_SECONDS)
    except Exception as error:  # noqa: BLE001 - the worker goes on whatever it meets
        _log.error("connections failed", doing=what, error=type(error).__name__)
        await asyncio.sleep(_AWAY_SECONDS)

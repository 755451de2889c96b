"""Connections kept open between calls: bounded, each under the name that it was checked for.

What is kept is a way to one place, of whatever kind: made when it is first wanted, lent to whoever
calls, closed when nobody called for a while, when too many are kept, and with the pool. A way
belongs to the event loop in which it was made; another loop gets one of its own.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

IDLE_SECONDS: Final = 30.0
MOST: Final = 64  # places


class Closable(Protocol):
    """What can be closed."""

    async def aclose(self) -> None:
        """Close it."""
        ...


_T = TypeVar("_T", bound=Closable)


@dataclass(slots=True)
class _Kept(Generic[_T]):
    way: _T
    users: int = 0
    used_at: float = 0.0  # by the clock of the loop


class Pool(Generic[_T]):
    """Ways to places. Of one event loop at a time."""

    def __init__(
        self, make: Callable[[], _T], *, idle_seconds: float = IDLE_SECONDS, most: int = MOST
    ) -> None:
        """Take what makes a way, for how long an unused one is kept, and how many."""
        self._make = make
        self._idle_seconds = idle_seconds
        self._most = most
        self._kept: OrderedDict[Hashable, _Kept[_T]] = OrderedDict()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._closing: set[asyncio.Task[None]] = set()

    def __contains__(self, key: Hashable) -> bool:
        """Tell whether a way to a place is kept."""
        return key in self._kept

    def __len__(self) -> int:
        """Return how many are kept."""
        return len(self._kept)

    @asynccontextmanager
    async def lent(self, key: Hashable) -> AsyncGenerator[_T]:
        """Lend the way to a place; several may use it at once."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._begin_in(loop)
        kept = self._kept.get(key)
        if kept is None:
            kept = self._kept[key] = _Kept(self._make())
        self._kept.move_to_end(key)
        kept.users += 1
        try:
            yield kept.way
        finally:
            kept.users -= 1
            kept.used_at = loop.time()
            await self._trim()
            self._watch(loop)

    async def close(self) -> None:
        """Close all of them; one that is wanted again is made again."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._loop is not asyncio.get_running_loop():
            return
        for key in list(self._kept):
            await self._kept.pop(key).way.aclose()
        await asyncio.gather(*self._closing)

    def _begin_in(self, loop: asyncio.AbstractEventLoop) -> None:
        """Forget what belongs to another loop: it cannot be closed from this one."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._kept.clear()
        self._loop = loop

    async def _trim(self) -> None:
        """Close those that nobody uses and that went unused for the longest, when too many are."""
        while len(self._kept) > self._most:
            key = next((key for key, one in self._kept.items() if not one.users), None)
            if key is None:
                return  # all are in use; whoever is done next comes by here
            await self._kept.pop(key).way.aclose()

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        unused = [one.used_at for one in self._kept.values() if not one.users]
        if self._timer is None and unused:
            at = min(unused) + self._idle_seconds
            self._timer = loop.call_at(at, self._sweep, loop)

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        """Close those that nobody used for a while."""
        self._timer = None
        before = loop.time() - self._idle_seconds
        for key in [k for k, one in self._kept.items() if not one.users]:
            if self._kept[key].used_at <= before:
                task = loop.create_task(self._kept.pop(key).way.aclose())
                self._closing.add(task)
                task.add_done_callback(self._closing.discard)
        self._watch(loop)

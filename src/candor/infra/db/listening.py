"""Listening to NOTIFY, for whoever would otherwise have to look again and again.

A wake-up is a hint, never the only way to learn something: whoever waits here waits no longer than
they say, so what was told while nobody listened (a lost connection, a PgBouncer that pools by
transaction) is found a moment later by looking. LISTEN needs a connection of its own.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

import psycopg
from psycopg import AsyncConnection, sql

from candor.infra.log import logger

_log = logger("listening")
_FIRST_SECONDS: Final = 0.5
_LONGEST_SECONDS: Final = 30.0
_ALIVE_SECONDS: Final = (
    20.0  # after so long without a word the connection is asked whether it is
)


class Ear:
    """What is told on one channel, for one who waits; see `listening`."""

    def __init__(self) -> None:
        """Begin as if something had been told: whoever comes looks first."""
        self._told = asyncio.Event()
        self._told.set()
        self.is_connected = False

    def tell(self) -> None:
        """Wake whoever waits."""
        self._told.set()

    async def wait(self, at_most: float) -> bool:
        """Wait until something is told, or so many seconds have passed; tell whether it was.

        What is told from now on, while the one who waited looks, wakes them again.
        """
        with suppress(TimeoutError):
            await asyncio.wait_for(self._told.wait(), at_most)
        was_told = self._told.is_set()
        self._told.clear()
        return was_told


@asynccontextmanager
async def listening(url: str, channel: str) -> AsyncGenerator[Ear]:
    """Listen to a channel for the time of the block; connects again by itself, with pauses.

    The block begins at once, connected or not.
    """
    ear = Ear()
    task = asyncio.create_task(_for_ever(ear, url, channel))
    try:
        yield ear
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _for_ever(ear: Ear, url: str, channel: str) -> None:
    pause = _FIRST_SECONDS
    while True:
        try:
            async with await AsyncConnection.connect(url, autocommit=True) as connection:
                await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
                ear.is_connected, pause = True, _FIRST_SECONDS
                ear.tell()  # something may have been told before
                await _hear(ear, connection)
        except (psycopg.Error, OSError):
            _log.warning("not listening, looking instead", channel=channel)
        ear.is_connected = False
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_SECONDS)


async def _hear(ear: Ear, connection: AsyncConnection[Any]) -> None:
    """Pass on what is told, until the connection is lost."""
    while True:
        is_quiet = True
        async for _ in connection.notifies(timeout=_ALIVE_SECONDS, stop_after=1):
            is_quiet = False
            ear.tell()
        if is_quiet:
            await connection.execute("SELECT 1")

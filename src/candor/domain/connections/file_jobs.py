"""What files leave to the worker: asking for the next, making, taking away, picking up.

It looks who in them changed their mind, too.
Runs in every worker; each file is leased to one at a time.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from candor.domain.connections.service import filing, making, picking, recalling, scheduling
from candor.domain.connections.service.exchange import Exchange
from candor.infra.log import logger
from candor.kernel.errors import Refused, Unavailable

_LOOK_SECONDS: Final = 1.0
_ASK_SECONDS: Final = 60.0
_AWAY_SECONDS: Final = 2.0
_log: Final = logger("connections")


async def file_for_ever(exchange: Exchange) -> None:
    """Work on files until cancelled."""

    async def look() -> int:
        async with exchange.database.tx("connections.file") as tx:
            await filing.let_go_of_declined(tx, exchange.clock)
        await recalling.follow(exchange)
        return 0

    async def ask() -> int:
        await scheduling.ask_due(exchange)
        await asyncio.sleep(_ASK_SECONDS)
        return 0

    await asyncio.gather(
        _again("looking after files", look),
        _again("asking for files", ask),
        _again("making files", lambda: making.make_due(exchange)),
        _again("taking files away", lambda: recalling.take_away_due(exchange)),
        _again("picking files up", lambda: picking.pick_due(exchange)),
    )


async def _again(what: str, do: Callable[[], Awaitable[int]]) -> None:
    """Do something again and again; at once where there was something to do."""
    while True:
        pause = _LOOK_SECONDS
        try:
            pause = 0.0 if await do() else _LOOK_SECONDS
        except (Unavailable, Refused) as error:
            _log.warning("files wait", doing=what, code=error.code)
            pause = _AWAY_SECONDS
        except Exception as error:  # noqa: BLE001 - the worker goes on whatever it meets
            _log.error("files failed", doing=what, error=type(error).__name__)
            pause = _AWAY_SECONDS
        await asyncio.sleep(pause)

"""Reading other systems: what changed there since we last looked.

One worker reads a connection at a time, by a lease. The place is saved after what was read has
been heard: a worker that dies between the two hears some of it again, which changes nothing.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from candor.domain.connections.adapters.line import Reader
from candor.domain.connections.errors import NotLetIn, Unreached
from candor.domain.connections.model.connection import Connection, State, Why
from candor.domain.connections.queries import progress_in as stored
from candor.domain.connections.service import connecting
from candor.domain.connections.service.exchange import Exchange
from candor.domain.connections.service.hearing import ACTOR, hear
from candor.infra.http import OutboundRefused
from candor.infra.log import logger
from candor.kernel.errors import Unavailable

EVERY: Final = "poll_seconds"  # the setting of an adapter that says how often it is read
_USUAL: Final = 60.0  # seconds
_SHORTEST, _LONGEST = 1.0, 86_400.0
_LEASE: Final = timedelta(minutes=5)
_PAGES: Final = 50  # in one go; then others have their turn
_log: Final = logger("connections")


async def poll_due(exchange: Exchange) -> int:
    """Read every connection that is due; return how many people something was heard about.

    One that fails does not hinder the others.
    """
    async with exchange.database.read() as tx:
        due = await stored.due_polls(tx, at=exchange.clock.now())
        connections = [await connecting.find(tx, one) for one in due]
    readers = [
        one for one in connections if isinstance(exchange.adapters.get(one.adapter), Reader)
    ]
    return sum(await asyncio.gather(*(poll(exchange, one) for one in readers)))


async def poll(exchange: Exchange, connection: Connection) -> int:
    """Read one connection to its end, or for some pages; return how many records were heard.

    0 when somebody else is reading it. What goes wrong is noted and tried again; who is not let
    in is paused.

    Raises:
        Unavailable: the database is away.
    """
    adapter = exchange.adapter(connection.adapter)
    if not isinstance(adapter, Reader):
        return 0
    now = exchange.clock.now()
    lease = now + _LEASE
    connection_id = connection.connection_id
    async with exchange.database.tx() as tx:
        places = await stored.lease(tx, connection_id=connection_id, at=now, until=lease)
    if places is None:
        return 0
    count, problem, wait = 0, None, every(connection)
    try:
        count, lease, is_all = await _read(exchange, connection, adapter, places.cursor, lease)
        wait = wait if is_all else 0.0
    except Unreached as error:
        problem, wait = error.problem, max(error.after or 0.0, wait)
    except OutboundRefused:
        problem = "outbound_refused"
    except NotLetIn:
        problem = Why.NOT_LET_IN.value
        await pause(exchange, connection_id)
    except Unavailable:
        problem = "unavailable"
        raise
    except Exception as error:  # noqa: BLE001 - an adapter's mistake is no other connection's
        # The text of an error may hold what the other system said: its class says enough.
        problem = "broken"
        _log.error("reading failed", adapter=connection.adapter, error=type(error).__name__)
    finally:
        await _end(exchange, connection_id, lease, wait, problem)
    return count


def every(connection: Connection) -> float:
    """Return after how many seconds a connection is read again."""
    given = connection.settings.get(EVERY, "")
    seconds = float(given) if given.isascii() and given.isdigit() else _USUAL
    return min(max(seconds, _SHORTEST), _LONGEST)


async def pause(exchange: Exchange, connection_id: UUID) -> None:
    """Pause a connection whose system does not let us in; harmless when it moves no more."""
    async with exchange.database.tx() as tx:
        connection = await connecting.find(tx, connection_id)
        if connection.state is State.ACTIVE:
            await connecting.move(
                tx,
                connection_id,
                State.PAUSED,
                why=Why.NOT_LET_IN,
                actor=ACTOR,
                clock=exchange.clock,
            )


async def _read(
    exchange: Exchange,
    connection: Connection,
    adapter: Reader,
    cursor: str | None,
    lease: datetime,
) -> tuple[int, datetime, bool]:
    """Read and hear page by page; return how many, the lease, and whether that was all."""
    line, count = exchange.line(connection), 0
    for _ in range(_PAGES):
        read_at = exchange.clock.now()
        page = await adapter.poll(line, cursor)
        await hear(exchange, connection, page.heard, read_at=read_at)
        count += len(page.heard)
        until = max(exchange.clock.now() + _LEASE, lease)
        async with exchange.database.tx() as tx:
            is_ours = await stored.save_cursor(
                tx,
                connection_id=connection.connection_id,
                cursor=page.cursor,
                lease=lease,
                until=until,
            )
        if not is_ours:
            return count, lease, True  # it took too long: another goes on from where we were
        cursor, lease = page.cursor, until
        if page.is_all:
            return count, lease, True
    return count, lease, False


async def _end(
    exchange: Exchange, connection_id: UUID, lease: datetime, wait: float, problem: str | None
) -> None:
    now = exchange.clock.now()
    async with exchange.database.tx() as tx:
        await stored.end_poll(
            tx,
            connection_id=connection_id,
            lease=lease,
            poll_at=now + timedelta(seconds=wait),
            problem=problem,
            at=now,
        )

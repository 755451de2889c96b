"""Picking files up that others laid down for us: each once, by its hash.

A file is fetched as it is, read to its end to know that nobody changed it, and then heard row by
row like any other source: identity, tracking plan, tombstones and the masking of card numbers are
judged at the one door, and a yes of an old file never goes over a no. A worker that dies begins the
file again, which changes nothing. Rows that nobody could understand are counted with the reason.
"""

import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Final

from candor.domain.audit import service as audit
from candor.domain.connections.adapters.line import Filer, Line
from candor.domain.connections.errors import BadMessage
from candor.domain.connections.model.connection import Connection, Why
from candor.domain.connections.model.file import BadRow
from candor.domain.connections.model.talk import Heard
from candor.domain.connections.queries import hearing as heard_before
from candor.domain.connections.queries import progress_in as stored
from candor.domain.connections.service import connecting, filing, polling
from candor.domain.connections.service.exchange import Exchange
from candor.domain.connections.service.hearing import ACTOR, hear
from candor.infra import age

_LEASE: Final = timedelta(minutes=30)
_AT_ONCE: Final = 500  # rows that are heard together
_FILES: Final = 20  # in one go; then others have their turn


async def pick_due(exchange: Exchange) -> int:
    """Look for files at every place where that is due; return how many were taken."""
    async with exchange.database.read() as tx:
        due = await stored.due_polls(tx, at=exchange.clock.now())
        connections = [await connecting.find(tx, one) for one in due]
    count = 0
    for connection in connections:
        filer = exchange.adapters.get(connection.adapter)
        if isinstance(filer, Filer):
            count += await pick(exchange, connection, filer)
    return count


async def pick(exchange: Exchange, connection: Connection, filer: Filer) -> int:
    """Take the files that lie at one place; return how many.

    0 when somebody else is doing it. What goes wrong is noted and tried again.

    Raises:
        Unavailable: the database is away.
    """
    now, where = exchange.clock.now(), connection.connection_id
    lease = now + _LEASE
    async with exchange.database.tx() as tx:
        if await stored.lease(tx, connection_id=where, at=now, until=lease) is None:
            return 0
    count, problem = 0, None
    try:
        line = exchange.line(connection)
        for name in (await filer.waiting(line))[:_FILES]:
            count += await _take(exchange, connection, filer, line, name)
    except Exception as error:  # noqa: BLE001 - a mistake at one place stops no other
        problem = filing.problem_of(error)
    if problem == Why.NOT_LET_IN:
        await polling.pause(exchange, where)
    now = exchange.clock.now()
    async with exchange.database.tx() as tx:
        await stored.end_poll(
            tx,
            connection_id=where,
            lease=lease,
            poll_at=now + timedelta(seconds=polling.every(connection)),
            problem=problem,
            at=now,
        )
    return count


async def _take(
    exchange: Exchange, connection: Connection, filer: Filer, line: Line, name: str
) -> bool:
    """Take one file, and move it aside; False: it was refused, or taken before."""
    with tempfile.TemporaryDirectory(prefix="candor-") as folder:
        path = Path(folder) / "sealed"
        counts: Counter[str] = Counter()
        try:
            await filer.fetch(line, name, path)
            key = exchange.lock(connection).message_key(f"file/{age.digest(path).hex()}")
            async with exchange.database.read() as tx:
                is_known = bool(
                    await heard_before.heard_messages(
                        tx, connection_id=connection.connection_id, keys=[key]
                    )
                )
            if is_known:
                counts["file_again"] += 1
            else:
                await filer.check_file(line, path)
                counts = await _hear(exchange, connection, filer, line, name, path)
                counts["file_taken"] += 1
        except BadMessage:
            counts["file_refused"] += 1
            key = None
        await _note(exchange, connection, key, counts)
    await filer.set_aside(line, name, is_taken=not counts["file_refused"])
    return counts["file_taken"] > 0


async def _hear(
    exchange: Exchange,
    connection: Connection,
    filer: Filer,
    line: Line,
    name: str,
    path: Path,
) -> Counter[str]:
    """Hear every row; return why how many could not be."""
    bad: Counter[str] = Counter()
    some: list[Heard] = []
    rows = filer.read(line, name, path)
    try:
        async for one in rows:
            if isinstance(one, BadRow):
                bad[one.why] += 1
                continue
            some.append(one)
            if len(some) == _AT_ONCE:
                await hear(exchange, connection, some)
                some = []
        if some:
            await hear(exchange, connection, some)
    finally:
        await rows.aclose()
    return bad


async def _note(
    exchange: Exchange, connection: Connection, key: bytes | None, counts: Counter[str]
) -> None:
    """Write down what became of a file, and that it was taken."""
    now, where = exchange.clock.now(), connection.connection_id
    async with exchange.database.tx() as tx:
        if key is not None:
            await heard_before.remember_messages(tx, connection_id=where, keys=[key], at=now)
        await heard_before.count_heard(tx, connection_id=where, counts=counts, at=now)
        await audit.record(
            tx,
            actor=ACTOR,
            action="connections.file_picked_up",
            clock=exchange.clock,
            detail={"connection": str(where), **counts},
        )

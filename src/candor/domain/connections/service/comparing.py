"""The drift alarm: what another system holds as a whole is held against what stands here.

Every night, and by hand. Changes that were missed on either side show here, and only here: a
message that never came, a record that somebody changed past all rules. What differs is put right
towards the no; that it differed at all is counted, written down, and shown.
"""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.domain.connections.adapters.line import Comparer
from candor.domain.connections.errors import NotLetIn, Unreached, WrongState
from candor.domain.connections.model.connection import Connection, State
from candor.domain.connections.model.hearing import Outcome
from candor.domain.connections.queries import hearing as heard_here
from candor.domain.connections.queries import progress_in as stored
from candor.domain.connections.queries.hearing import TallyRow
from candor.domain.connections.service import connecting
from candor.domain.connections.service.exchange import Exchange
from candor.domain.connections.service.hearing import ACTOR, hear
from candor.domain.connections.service.polling import pause
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.log import logger

DRIFTED: Final = "connections.drifted"  # the action that an alert may rest on
_EVERY: Final = timedelta(hours=20)  # so that a night is never left out
_LEASE: Final = timedelta(minutes=10)
_BEFORE: Final = "before"
_log: Final = logger("connections")


@dataclass(frozen=True, slots=True)
class Report:
    """What comparing came to: records that were looked at, and what differed in them.

    `taken`: a no (or a later yes) of theirs that we had missed. `repaired`: they are told ours
    again. `unknown`: they hold somebody of whom we know nothing. `missing`: they hold somebody by
    our books, and did not list them.
    """

    looked_at: int
    taken: int
    repaired: int
    unknown: int
    erased: int
    before: int = 0  # that differed in the part before one that was cut short
    missing: int = 0

    @property
    def drifted(self) -> int:
        """Return how much differed."""
        return self.taken + self.repaired + self.erased + self.before


@dataclass(frozen=True, slots=True)
class _Saved:
    """How far comparing came, and the lease of whoever compares, with its new end."""

    after: str | None
    lease: datetime
    until: datetime
    is_over: bool
    began_at: datetime


async def ask(tx: Tx, connection_id: UUID, *, actor: Actor, exchange: Exchange) -> None:
    """Ask that a connection be compared now; a worker does it. Audited.

    Raises:
        NoSuchConnection: there is none.
        WrongState: it is not active, or cannot list whom it holds.
    """
    connection = await connecting.find(tx, connection_id)
    _comparer(connection, exchange)
    await stored.ask_comparison(tx, connection_id=connection_id)
    await audit.record(
        tx,
        actor=actor,
        action="connections.comparison_asked",
        clock=exchange.clock,
        detail={"connection": str(connection_id)},
    )


async def compare(
    exchange: Exchange, connection: Connection, *, actor: Actor = ACTOR
) -> Report:
    """Hold everything that a system lists against what stands here, and put it right.

    Commits page by page; an audit entry says what it came to, under `connections.drifted` when
    anything differed. Goes on where one stopped that did not come to its end.

    Raises:
        WrongState: it is not active, cannot list whom it holds, or is being compared just now.
        Unreached, NotLetIn, Unavailable: somebody is away; it goes on from there next time.
    """
    adapter = _comparer(connection, exchange)
    now = exchange.clock.now()
    lease, connection_id = now + _LEASE, connection.connection_id
    async with exchange.database.tx() as tx:
        place = await stored.lease_comparison(
            tx, connection_id=connection_id, at=now, until=lease
        )
    if place is None:
        raise WrongState
    line, after = exchange.line(connection), place.compared_after
    counts: Counter[str] = Counter()
    if after is not None:
        counts[_BEFORE] = place.drifted
    while True:
        read_at = exchange.clock.now()
        page = await adapter.compare(line, after)
        counts["looked_at"] += len(page.heard)
        counts += await hear(
            exchange, connection, page.heard, read_at=read_at, is_compared=True
        )
        after, is_over = page.cursor, page.is_all or page.cursor is None
        report = _report(counts)
        until = max(exchange.clock.now() + _LEASE, lease)
        saved = _Saved(after, lease, until, is_over=is_over, began_at=place.began_at)
        report, is_ours = await _save(exchange, connection, saved, report, actor)
        if is_over or not is_ours:
            return report
        lease = until


async def compare_due(exchange: Exchange) -> int:
    """Compare every connection that was not since yesterday; return how much differed."""
    now = exchange.clock.now()
    async with exchange.database.read() as tx:
        due = await stored.due_comparisons(tx, before=now - _EVERY, at=now)
        connections = [await connecting.find(tx, one) for one in due]
    drifted = 0
    for connection in connections:
        if not isinstance(exchange.adapters.get(connection.adapter), Comparer):
            continue
        try:
            drifted += (await compare(exchange, connection)).drifted
        except Unreached as away:
            _log.warning("a connection could not be compared", problem=away.problem)
        except WrongState:
            continue  # another worker is at it
        except NotLetIn:
            await pause(exchange, connection.connection_id)
    return drifted


async def heard(tx: ReadTx, connection_id: UUID, *, since: datetime) -> list[TallyRow]:
    """Return what was heard of a connection since an instant, by the hour, oldest first."""
    return await heard_here.tallies(tx, connection_id=connection_id, since=since)


def _comparer(connection: Connection, exchange: Exchange) -> Comparer:
    """Return what lists whom a system holds.

    Raises:
        WrongState: it is not active, or cannot list them.
    """
    adapter = exchange.adapter(connection.adapter)
    if not isinstance(adapter, Comparer):
        message = "This system cannot list whom it holds: there is nothing to compare with."
        raise WrongState(message, hint="What is told and heard there is compared one by one.")
    if connection.state is not State.ACTIVE:
        raise WrongState
    return adapter


def _report(counts: Counter[str]) -> Report:
    return Report(
        looked_at=counts["looked_at"],
        taken=counts[Outcome.TAKEN],
        repaired=counts[Outcome.REPAIRED],
        unknown=counts[Outcome.UNKNOWN],
        erased=counts[Outcome.ERASED],
        before=counts[_BEFORE],
    )


async def _save(
    exchange: Exchange, connection: Connection, saved: _Saved, report: Report, actor: Actor
) -> tuple[Report, bool]:
    """Save how far comparing came; tell whether it was still ours to do. Audited at the end.

    Who was missing is known at the end.
    """
    async with exchange.database.tx() as tx:
        if saved.is_over:
            missing = await stored.count_missing(
                tx, connection_id=connection.connection_id, since=saved.began_at
            )
            report = replace(report, missing=missing)
        is_ours = await stored.save_compared(
            tx,
            connection_id=connection.connection_id,
            after=None if saved.is_over else saved.after,
            drifted=report.drifted,
            missing=report.missing,
            lease=saved.lease,
            until=None if saved.is_over else saved.until,
            is_over=saved.is_over,
            at=exchange.clock.now(),
        )
        if is_ours and saved.is_over:
            await audit.record(
                tx,
                actor=actor,
                action=DRIFTED if report.drifted else "connections.compared",
                clock=exchange.clock,
                detail={
                    "connection": str(connection.connection_id),
                    "looked_at": report.looked_at,
                    "taken": report.taken,
                    "repaired": report.repaired,
                    "unknown": report.unknown,
                    "erased": report.erased,
                    "missing": report.missing,
                    "drifted": report.drifted,
                },
            )
    return report, is_ours

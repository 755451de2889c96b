"""Reading how connections do: health, deliveries, and where one person's choice has reached.

Nothing here opens anything about anybody: codes, names of fields, times and counts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from candor.domain.connections.model.connection import Connection, State
from candor.domain.connections.model.delivery import Delivery, Stage
from candor.domain.connections.queries import connections as stored_connections
from candor.domain.connections.queries import progress
from candor.domain.connections.queries import reading as stored
from candor.domain.connections.queries.progress import ProgressRow
from candor.domain.connections.service import connecting
from candor.domain.consent.service import sharing
from candor.infra.db.pool import ReadTx
from candor.kernel.clock import Clock
from candor.kernel.ids import ProfileId


@dataclass(frozen=True, slots=True)
class Took:
    """How long changes took from being made to being acknowledged, in seconds; None: none did."""

    count: int
    p50: float | None
    p95: float | None
    p99: float | None


@dataclass(frozen=True, slots=True)
class Hour:
    """What became of deliveries in one hour."""

    hour: datetime
    acknowledged: int
    needless: int


@dataclass(frozen=True, slots=True)
class Problem:
    """A code of what went wrong, of open deliveries, how often, and when last."""

    problem: str
    count: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Sweep:
    """How far everybody is being compared: `share` of all, 0 to 1."""

    edition: int
    share: float


@dataclass(frozen=True, slots=True)
class Health:
    """How a connection does. `oldest_at`: the first change that still waits; None: none does."""

    connection: Connection
    waiting: int  # on their way, not parked
    parked: int
    linked: int  # people whom the other side holds
    oldest_at: datetime | None
    lag_seconds: float  # how old that is; 0: nothing waits
    took: Took  # of the last day
    problem: str | None  # now, of the connection as a whole
    failing_since: datetime | None
    not_before: datetime | None  # it is left alone until then
    answered_at: datetime | None
    polled_at: datetime | None
    compared_at: datetime | None
    drifted: int  # choices that differed then
    missing: int  # people whom they did not list then
    is_compared_now: bool
    sweep: Sweep | None  # None: nobody is being compared now


@dataclass(frozen=True, slots=True)
class Filter:
    """Which deliveries are wanted; None: any."""

    connection_id: UUID | None = None
    states: tuple[Stage, ...] = ()
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Reached:
    """Where one person's choices and data have come, for one connection.

    `changed_at`: the last change that was sent, or is on its way; `reached_at`: when the other
    side acknowledged that; None: it is on its way. `held_for`: mask of purposes for which it holds
    something; `removed_at`: when it acknowledged that it holds nothing.
    """

    connection_id: UUID
    code: str
    name: str
    vendor_id: UUID | None
    state: Stage | None  # of the last delivery; None: there was none
    changed_at: datetime | None
    reached_at: datetime | None
    told_at: datetime | None
    removed_at: datetime | None
    is_held: bool
    held_for: int


_DAY: Final = timedelta(days=1)
_ALL: Final = 1_000
_NOTHING: Final = Took(0, None, None, None)


async def health(tx: ReadTx, *, clock: Clock) -> list[Health]:
    """Return how every connection that has not ended does, by name."""
    connections = await stored_connections.connections(tx)
    return await _health(tx, [one for one in connections if one.ended_at is None], clock)


async def health_of(tx: ReadTx, connection_id: UUID, *, clock: Clock) -> Health:
    """Return how a connection does.

    Raises:
        NoSuchConnection: there is none.
    """
    return (await _health(tx, [await connecting.find(tx, connection_id)], clock))[0]


async def by_hour(tx: ReadTx, connection_id: UUID, *, since: datetime) -> list[Hour]:
    """Return what became of deliveries by the hour, oldest first; idle hours are missing."""
    rows = await stored.by_hour(tx, connection_id=connection_id, since=since)
    return [Hour(row.hour, row.acknowledged, row.needless) for row in rows]


async def problems(tx: ReadTx, connection_id: UUID) -> list[Problem]:
    """Return what is wrong with open deliveries, most frequent first."""
    rows = await stored.problems(tx, connection_id=connection_id)
    return [Problem(row.problem, row.count, row.last_at) for row in rows]


async def deliveries(
    tx: ReadTx, wanted: Filter, *, after: UUID | None = None, at_most: int = 50
) -> list[Delivery]:
    """Return deliveries, newest first, after one that was seen (its `delivery_id`)."""
    values = {
        "connection_id": wanted.connection_id,
        "states": [state.value for state in wanted.states] or None,
        "problem": wanted.problem,
        "task_id": None,
        "after": after,
        "at_most": at_most,
    }
    return await stored.deliveries(tx, values)


async def took(tx: ReadTx, *, since: datetime) -> Mapping[UUID, Took]:
    """Return how long changes took since an instant, by connection: proof of propagation."""
    ids = [one.connection_id for one in await stored_connections.connections(tx)]
    rows = await stored.took(tx, ids, since=since)
    return {one: Took(row.count, row.p50, row.p95, row.p99) for one, row in rows.items()}


async def of_person(
    tx: ReadTx, members: Sequence[ProfileId], since: datetime | None = None
) -> list[Reached]:
    """Return where a person's data went and whether the last change has come there, by name.

    `since`: only connections that were told, or are to be told, since then; None: all.
    """
    rows = await stored.of_person(tx, profile_ids=members, since=since)
    return [
        Reached(
            connection_id=row.connection_id,
            code=row.code,
            name=row.name,
            vendor_id=row.vendor_id,
            state=Stage(row.state) if row.state else None,
            changed_at=row.changed_at,
            reached_at=row.settled_at,
            told_at=row.told_at,
            removed_at=row.removed_at,
            is_held=row.is_held,
            held_for=row.held_for,
        )
        for row in rows
    ]


async def of_task(tx: ReadTx, task_id: UUID) -> list[Delivery]:
    """Return the deliveries that a task of a request waits for."""
    values = {
        "connection_id": None,
        "states": None,
        "problem": None,
        "task_id": task_id,
        "after": None,
        "at_most": _ALL,
    }
    return await stored.deliveries(tx, values)


async def _health(tx: ReadTx, connections: Sequence[Connection], clock: Clock) -> list[Health]:
    now, ids = clock.now(), [one.connection_id for one in connections]
    figures = await stored.figures(tx, ids)
    took_ = await stored.took(tx, ids, since=now - _DAY)
    rows = await progress.progress(tx, ids)
    people = await sharing.count_people(tx) if any(map(_is_sweeping, rows.values())) else 0
    found: list[Health] = []
    for connection in connections:
        row, own = rows[connection.connection_id], figures[connection.connection_id]
        lately = took_.get(connection.connection_id)
        oldest = own.oldest_at
        found.append(
            Health(
                connection=connection,
                waiting=own.waiting,
                parked=own.parked,
                linked=own.linked,
                oldest_at=oldest,
                lag_seconds=max(0.0, (now - oldest).total_seconds()) if oldest else 0.0,
                took=Took(lately.count, lately.p50, lately.p95, lately.p99)
                if lately
                else _NOTHING,
                problem=row.problem,
                failing_since=row.failing_since,
                not_before=row.not_before if row.not_before and row.not_before > now else None,
                answered_at=row.answered_at,
                polled_at=row.polled_at,
                compared_at=row.compared_at,
                drifted=row.drifted,
                missing=row.missing,
                is_compared_now=row.is_compared_now,
                sweep=await _sweep(tx, connection, row, people),
            )
        )
    return found


def _is_sweeping(row: ProgressRow) -> bool:
    return row.sweep_after is not None


async def _sweep(
    tx: ReadTx, connection: Connection, row: ProgressRow, people: int
) -> Sweep | None:
    if connection.state is not State.ACTIVE or not connection.is_told:
        return None
    if row.sweep_after is not None:
        done = await sharing.count_people(tx, up_to=row.sweep_after)
        return Sweep(connection.edition, done / max(people, 1))
    return None if row.sweep_edition == connection.edition else Sweep(connection.edition, 0.0)

"""Where what changed on a person has come: for the person themselves, and in total for anybody.

Nothing is opened: codes, names and times, the same rows that the console shows. A system is called
as its vendor is, for that is the name people know; one of our own has the name of its connection.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from candor.domain.connections.model.connection import Direction, State
from candor.domain.connections.model.delivery import Act, Stage
from candor.domain.connections.queries import connections as stored_connections
from candor.domain.connections.queries import reached as stored
from candor.domain.governance import service as governance
from candor.domain.governance.model import Vendor
from candor.infra.db.pool import ReadTx
from candor.kernel.ids import ProfileId

_MOST: Final = 500  # deliveries about one person: newest first


class Way(StrEnum):
    """How far a change has come on its way to one system."""

    ARRIVED = "arrived"  # acknowledged there
    KNOWN = "known"  # it held the same already
    REMOVED = "removed"  # it holds nothing any more
    GOING = "going"
    WAITING = "waiting"  # the connection is paused
    HELD = "held"  # it was not taken: somebody sees to it
    DROPPED = "dropped"  # it was not needed any more


@dataclass(frozen=True, slots=True)
class Where:
    """A system that is told, as people know it."""

    code: str
    name: str
    system: str  # the connection's own name
    country: str | None = None  # of the vendor, ISO 3166-1; None: our own


@dataclass(frozen=True, slots=True)
class Trip:
    """One change on its way to one system. `reached_at`: when it was acknowledged there."""

    where: Where
    way: Way
    cause: str
    changed_at: datetime
    reached_at: datetime | None


@dataclass(frozen=True, slots=True)
class Received:
    """A system that was given something: how often, when last, and whether it holds it still."""

    where: Where
    purposes: tuple[str, ...]
    times: int
    last_at: datetime
    is_held: bool


@dataclass(frozen=True, slots=True)
class Told:
    """A system that receives data of people: which, and for which purposes."""

    where: Where
    purposes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pace:
    """How long changes of mind took until they were acknowledged, in seconds; None: none did."""

    count: int
    p50: float | None
    p95: float | None
    p99: float | None


async def trips(tx: ReadTx, members: Sequence[ProfileId], *, since: datetime) -> list[Trip]:
    """Return what went out about a person since an instant, or is on its way, newest first."""
    vendors = await _vendors(tx)
    rows = await stored.trips(tx, profile_ids=members, since=since, at_most=_MOST)
    return [
        Trip(
            where=_where(row.code, row.name, row.vendor_id, vendors),
            way=_way(Stage(row.state), row.act, State(row.connection_state)),
            cause=row.cause,
            changed_at=row.changed_at,
            reached_at=row.settled_at,
        )
        for row in rows
    ]


async def received(
    tx: ReadTx, members: Sequence[ProfileId], *, since: datetime
) -> list[Received]:
    """Return who was given something about a person since an instant, the last one first."""
    vendors = await _vendors(tx)
    rows = await stored.received(tx, profile_ids=members, since=since)
    return [
        Received(
            where=_where(row.code, row.name, row.vendor_id, vendors),
            purposes=tuple(row.purposes),
            times=row.times,
            last_at=row.last_at,
            is_held=row.is_held,
        )
        for row in rows
    ]


async def told(tx: ReadTx) -> list[Told]:
    """Return every system that receives data of people now, by name."""
    vendors = await _vendors(tx)
    found = [
        Told(_where(one.code, one.name, one.vendor_id, vendors), one.purposes)
        for one in await stored_connections.connections(tx)
        if one.state in _RECEIVES and Direction.OUT in one.directions
    ]
    return sorted(found, key=lambda one: (one.where.name.casefold(), one.where.code))


async def pace(tx: ReadTx, *, since: datetime) -> Pace:
    """Return how long changes of mind took to be acknowledged, since an instant."""
    row = await stored.pace(tx, since=since)
    return Pace(row.count, row.p50, row.p95, row.p99)


_RECEIVES: Final = frozenset({State.ACTIVE, State.PAUSED, State.STOPPING})


async def _vendors(tx: ReadTx) -> Mapping[UUID, Vendor]:
    return {one.vendor_id: one for one in await governance.every(tx)}


def _where(
    code: str, name: str, vendor_id: UUID | None, vendors: Mapping[UUID, Vendor]
) -> Where:
    vendor = vendors.get(vendor_id) if vendor_id else None
    if vendor is None:
        return Where(code, name, name)
    return Where(code, vendor.name, name, vendor.country)


def _way(stage: Stage, act: str | None, state: State) -> Way:
    match stage:
        case Stage.ACKNOWLEDGED:
            return Way.REMOVED if act == Act.REMOVE else Way.ARRIVED
        case Stage.NEEDLESS:
            return Way.KNOWN
        case Stage.DROPPED:
            return Way.DROPPED
        case Stage.PARKED:
            return Way.HELD
        case _:
            return Way.WAITING if state is State.PAUSED else Way.GOING

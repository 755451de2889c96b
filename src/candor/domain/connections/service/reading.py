"""Reading how connections do: health, deliveries, and where one person's choice has reached.

Nothing here opens anything about anybody: codes, names of fields, times and counts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from candor.domain.connections.model.connection import Connection
from candor.domain.connections.model.delivery import Delivery, Stage
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
    drifted: int
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


async def health(tx: ReadTx, *, clock: Clock) -> list[Health]:
    """Return how every connection that has not ended does, by name."""
    raise NotImplementedError


async def health_of(tx: ReadTx, connection_id: UUID, *, clock: Clock) -> Health:
    """Return how a connection does.

    Raises:
        NoSuchConnection: there is none.
    """
    raise NotImplementedError


async def by_hour(tx: ReadTx, connection_id: UUID, *, since: datetime) -> list[Hour]:
    """Return what became of deliveries, by the hour, oldest first; hours without any are missing."""
    raise NotImplementedError


async def problems(tx: ReadTx, connection_id: UUID) -> list[Problem]:
    """Return what is wrong with open deliveries, most frequent first."""
    raise NotImplementedError


async def deliveries(
    tx: ReadTx, wanted: Filter, *, after: UUID | None = None, at_most: int = 50
) -> list[Delivery]:
    """Return deliveries, newest first, after one that was seen (its `delivery_id`)."""
    raise NotImplementedError


async def took(tx: ReadTx, *, since: datetime) -> Mapping[UUID, Took]:
    """Return how long changes took since an instant, by connection: proof of propagation."""
    raise NotImplementedError


async def of_person(
    tx: ReadTx, members: Sequence[ProfileId], since: datetime | None = None
) -> list[Reached]:
    """Return where a person's data went and whether the last change has come there, by name.

    `since`: only connections that were told, or are to be told, since then; None: all.
    """
    raise NotImplementedError


async def of_task(tx: ReadTx, task_id: UUID) -> list[Delivery]:
    """Return the deliveries that a task of a request waits for."""
    raise NotImplementedError

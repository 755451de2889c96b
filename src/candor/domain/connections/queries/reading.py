"""The statements that read how connections do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from candor.domain.connections.model.delivery import Act, Delivery, Rank, Stage
from candor.infra.db.pool import ReadTx
from candor.infra.db.sql import load
from candor.kernel.ids import ProfileId


@dataclass(frozen=True, slots=True)
class FiguresRow:
    """What waits at a connection, what is parked, whom it holds."""

    connection_id: UUID
    waiting: int
    parked: int
    linked: int
    oldest_at: datetime | None


@dataclass(frozen=True, slots=True)
class TookRow:
    """How long changes took, in seconds."""

    connection_id: UUID
    count: int
    p50: float
    p95: float
    p99: float


@dataclass(frozen=True, slots=True)
class HourRow:
    """What became of deliveries in an hour."""

    hour: datetime
    acknowledged: int
    needless: int


@dataclass(frozen=True, slots=True)
class ProblemRow:
    """What is wrong with open deliveries, and how often."""

    problem: str
    count: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """A delivery as it is kept."""

    profile_id: UUID
    delivery_id: UUID
    connection_id: UUID
    cause: str
    task_id: UUID | None
    state: str
    rank: int
    changed_at: datetime
    changes: int
    claimed: int | None
    due_at: datetime
    attempts: int
    leased_until: datetime | None
    leased_by: str | None
    act: str | None
    fields: list[str] | None
    sent_at: datetime | None
    settled_at: datetime | None
    problem: str | None

    def read(self) -> Delivery:
        """Return it as a value."""
        return Delivery(
            profile_id=ProfileId(self.profile_id),
            delivery_id=self.delivery_id,
            connection_id=self.connection_id,
            cause=self.cause,
            task_id=self.task_id,
            state=Stage(self.state),
            rank=Rank(self.rank),
            changed_at=self.changed_at,
            changes=self.changes,
            claimed=self.claimed,
            due_at=self.due_at,
            attempts=self.attempts,
            leased_until=self.leased_until,
            leased_by=self.leased_by,
            act=Act(self.act) if self.act else None,
            fields=self.fields,
            sent_at=self.sent_at,
            settled_at=self.settled_at,
            problem=self.problem,
        )


@dataclass(frozen=True, slots=True)
class ReachedRow:
    """Where a person was told of, and the last delivery there."""

    connection_id: UUID
    code: str
    name: str
    vendor_id: UUID | None
    state: str | None
    changed_at: datetime | None
    settled_at: datetime | None
    told_at: datetime | None
    removed_at: datetime | None
    is_held: bool
    held_for: int


_sql: Final = load(__file__)
_FIGURES: Final = _sql.rows("figures", FiguresRow)
_TOOK: Final = _sql.rows("took", TookRow)
_BY_HOUR: Final = _sql.rows("by_hour", HourRow)
_PROBLEMS: Final = _sql.rows("problems", ProblemRow)
_DELIVERIES: Final = _sql.rows("deliveries", DeliveryRow)
_OF_PERSON: Final = _sql.rows("of_person", ReachedRow)


async def figures(tx: ReadTx, connection_ids: Sequence[UUID]) -> dict[UUID, FiguresRow]:
    """Return what waits at each connection, what is parked, whom it holds."""
    rows = await tx.all(_FIGURES, {"connection_ids": list(connection_ids)})
    return {row.connection_id: row for row in rows}


async def took(
    tx: ReadTx, connection_ids: Sequence[UUID], *, since: datetime
) -> dict[UUID, TookRow]:
    """Return how long changes took; a connection without any is missing."""
    rows = await tx.all(_TOOK, {"connection_ids": list(connection_ids), "since": since})
    return {row.connection_id: row for row in rows}


async def by_hour(tx: ReadTx, *, connection_id: UUID, since: datetime) -> list[HourRow]:
    """Return what became of deliveries, by the hour."""
    return await tx.all(_BY_HOUR, {"connection_id": connection_id, "since": since})


async def problems(tx: ReadTx, *, connection_id: UUID) -> list[ProblemRow]:
    """Return what is wrong with open deliveries."""
    return await tx.all(_PROBLEMS, {"connection_id": connection_id})


async def deliveries(tx: ReadTx, values: dict[str, Any]) -> list[Delivery]:
    """Return deliveries, newest first."""
    return [row.read() for row in await tx.all(_DELIVERIES, values)]


async def of_person(
    tx: ReadTx, *, profile_ids: Sequence[UUID], since: datetime | None
) -> list[ReachedRow]:
    """Return where these profiles were told of."""
    return await tx.all(_OF_PERSON, {"profile_ids": list(profile_ids), "since": since})

"""The statements about deliveries on their way."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from candor.domain.connections.model.delivery import Rank, Stage
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load
from candor.kernel.ids import new_id

_BETWEEN: Final = "\x1f"  # names of fields are printable


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery that is to be opened: about whom, why, how urgent, since when, how often."""

    profile_id: UUID
    cause: str
    rank: Rank
    changed_at: datetime
    changes: int = 1


@dataclass(frozen=True, slots=True)
class ClaimedRow:
    """A delivery that a worker has."""

    profile_id: UUID
    delivery_id: UUID
    rank: int
    cause: str
    changed_at: datetime
    attempts: int
    fields: list[str] | None
    content: bytes | None
    tried: bytes | None
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class Leaving:
    """What of a delivery is about to leave."""

    profile_id: UUID
    delivery_id: UUID
    act: str
    fields: Sequence[str]
    content: bytes
    tried: bytes | None


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a delivery. `due_at`: when it is tried again, if it is."""

    profile_id: UUID
    delivery_id: UUID
    state: Stage
    due_at: datetime
    problem: str | None = None
    is_counted: bool = True


@dataclass(frozen=True, slots=True)
class DroppedRow:
    """A delivery that was given up, and whether something of it may have arrived."""

    profile_id: UUID
    is_uncertain: bool


_sql: Final = load(__file__)
_OPEN: Final = _sql.command("open_deliveries")
_CONCERNED: Final = _sql.rows("concerned", UUID)
_DUE: Final = _sql.rows("due", int)
_CLAIM: Final = _sql.rows("claim", ClaimedRow)
_PROBE: Final = _sql.rows("claim_probe", ClaimedRow)
_TAKE_OVER: Final = _sql.command("take_over")
_LEAVING: Final = _sql.command("note_leaving")
_SETTLE: Final = _sql.rows("settle", UUID)
_RETRY: Final = _sql.rows("retry_parked", int)
_DROP: Final = _sql.rows("drop_parked", DroppedRow)
_IS_LEFT: Final = _sql.rows("is_left", bool)


async def open_deliveries(
    tx: Tx, connection_id: UUID, due: Sequence[Due], *, at: datetime, task_id: UUID | None
) -> int:
    """Make deliveries due, or add to those that are open; return how many. One per profile."""
    values = {
        "connection_id": connection_id,
        "task_id": task_id,
        "at": at,
        "profile_ids": [one.profile_id for one in due],
        "delivery_ids": [new_id() for _ in due],
        "causes": [one.cause for one in due],
        "ranks": [int(one.rank) for one in due],
        "changed_at": [one.changed_at for one in due],
        "changes": [one.changes for one in due],
    }
    return await tx.run(_OPEN, values) if due else 0


async def concerned(
    tx: ReadTx, *, connection_id: UUID, profile_ids: Sequence[UUID]
) -> list[UUID]:
    """Return those of these profiles who are held there, or about to be told of."""
    values = {"connection_id": connection_id, "profile_ids": list(profile_ids)}
    return await tx.values(_CONCERNED, values)


async def due(
    tx: ReadTx, *, connection_id: UUID, ranks: Sequence[Rank], at: datetime, at_most: int
) -> int:
    """Return how many deliveries of these ranks are due, so many at most."""
    values = {
        "connection_id": connection_id,
        "ranks": [int(rank) for rank in ranks],
        "at": at,
        "at_most": at_most,
    }
    return await tx.value(_DUE, values) or 0


async def claim(
    tx: Tx,
    *,
    connection_id: UUID,
    rank: Rank,
    by: str,
    at: datetime,
    until: datetime,
    at_most: int,
) -> list[ClaimedRow]:
    """Lease deliveries of one rank to a worker."""
    values = {
        "connection_id": connection_id,
        "rank": int(rank),
        "by": by,
        "at": at,
        "until": until,
        "at_most": at_most,
    }
    return await tx.all(_CLAIM, values)


async def claim_probe(
    tx: Tx,
    *,
    connection_id: UUID,
    ranks: Sequence[Rank],
    by: str,
    at: datetime,
    until: datetime,
    at_most: int,
) -> list[ClaimedRow]:
    """Lease deliveries to a worker, those first that were tried least."""
    values = {
        "connection_id": connection_id,
        "ranks": [int(rank) for rank in ranks],
        "by": by,
        "at": at,
        "until": until,
        "at_most": at_most,
    }
    return await tx.all(_PROBE, values)


async def take_over(tx: Tx, *, at: datetime) -> int:
    """Make due again what a worker had for too long; return how many."""
    return await tx.run(_TAKE_OVER, {"at": at})


async def note_leaving(tx: Tx, leaving: Sequence[Leaving], *, at: datetime) -> None:
    """Note what is about to leave."""
    if not leaving:
        return
    values = {
        "at": at,
        "profile_ids": [one.profile_id for one in leaving],
        "delivery_ids": [one.delivery_id for one in leaving],
        "acts": [one.act for one in leaving],
        "fields": [_BETWEEN.join(one.fields) for one in leaving],
        "contents": [one.content for one in leaving],
        "tried": [one.tried for one in leaving],
    }
    await tx.run(_LEAVING, values)


async def settle(tx: Tx, settled: Sequence[Settled], *, by: str, at: datetime) -> set[UUID]:
    """Write down what became of deliveries that this worker still has; return those."""
    if not settled:
        return set()
    values = {
        "by": by,
        "at": at,
        "profile_ids": [one.profile_id for one in settled],
        "delivery_ids": [one.delivery_id for one in settled],
        "states": [one.state.value for one in settled],
        "due_at": [one.due_at for one in settled],
        "problems": [one.problem for one in settled],
        "is_counted": [one.is_counted for one in settled],
    }
    return set(await tx.values(_SETTLE, values))


async def retry_parked(
    tx: Tx, *, connection_id: UUID, delivery_id: UUID | None, at: datetime
) -> int:
    """Make parked deliveries due again; return how many."""
    values = {"connection_id": connection_id, "delivery_id": delivery_id, "at": at}
    return await tx.value(_RETRY, values) or 0


async def drop_parked(
    tx: Tx, *, connection_id: UUID, delivery_id: UUID | None, at: datetime
) -> list[DroppedRow]:
    """Give parked deliveries up; return whose they were."""
    values = {"connection_id": connection_id, "delivery_id": delivery_id, "at": at}
    return await tx.all(_DROP, values)


async def is_left(tx: ReadTx, *, connection_id: UUID) -> bool:
    """Tell whether anything is left to be done at a connection."""
    return bool(await tx.value(_IS_LEFT, {"connection_id": connection_id}))

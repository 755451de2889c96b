"""The statements about how far connections have come, and how they do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load


@dataclass(frozen=True, slots=True)
class ProgressRow:
    """How far a connection has come. Fields as the columns of `connections.progress` say."""

    connection_id: UUID
    horizon: str | None
    minds_horizon: str | None
    declared: str | None
    routed_at: datetime | None
    sweep_after: UUID | None
    sweep_edition: int
    called_at: datetime | None
    tokens: float
    not_before: datetime | None
    failures: int
    failing_since: datetime | None
    answered_at: datetime | None
    problem: str | None
    polled_at: datetime | None
    compared_at: datetime | None
    drifted: int
    missing: int
    is_compared_now: bool


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """Where a connection is in the feed, and what it does."""

    state: str
    horizon: str | None
    minds_horizon: str | None
    routed_at: datetime | None


@dataclass(frozen=True, slots=True)
class BucketRow:
    """How many calls a connection may make."""

    tokens: float
    called_at: datetime | None


_sql: Final = load(__file__)
_PROGRESS: Final = _sql.rows("progress", ProgressRow)
_TRY_LOCK: Final = _sql.rows("try_lock", bool)
_PLACE: Final = _sql.rows("place", PlaceRow)
_SET_HORIZONS: Final = _sql.command("set_horizons")
_SET_SWEEP: Final = _sql.command("set_sweep")
_BEGIN_SWEEP: Final = _sql.command("begin_sweep")
_LOCK_BUCKET: Final = _sql.rows("lock_bucket", BucketRow)
_SET_BUCKET: Final = _sql.command("set_bucket")
_NOTE_ANSWER: Final = _sql.command("note_answer")
_NOTE_FAILURE: Final = _sql.command("note_failure")
_LEAVE_ALONE: Final = _sql.command("leave_alone")


async def progress(tx: ReadTx, connection_ids: Sequence[UUID]) -> dict[UUID, ProgressRow]:
    """Return how far these connections have come."""
    rows = await tx.all(_PROGRESS, {"connection_ids": list(connection_ids)})
    return {row.connection_id: row for row in rows}


async def try_lock(tx: Tx, *, connection_id: UUID, what: str) -> bool:
    """Take the right to do one thing for a connection; tell whether nobody else has it."""
    return bool(await tx.value(_TRY_LOCK, {"connection_id": connection_id, "what": what}))


async def place(tx: ReadTx, *, connection_id: UUID) -> PlaceRow | None:
    """Return where a connection is in the feed."""
    return await tx.maybe(_PLACE, {"connection_id": connection_id})


async def set_horizons(
    tx: Tx,
    *,
    connection_id: UUID,
    at: datetime,
    minds_horizon: str | None = None,
    horizon: str | None = None,
) -> None:
    """Write down up to where the feed was followed."""
    values = {
        "connection_id": connection_id,
        "minds_horizon": minds_horizon,
        "horizon": horizon,
        "at": at,
    }
    await tx.run(_SET_HORIZONS, values)


async def set_sweep(
    tx: Tx, *, connection_id: UUID, after: UUID | None, edition: int, declared: str
) -> None:
    """Write down up to where everybody was compared; `after` None: to the end."""
    values = {
        "connection_id": connection_id,
        "after": after,
        "edition": edition,
        "declared": declared,
    }
    await tx.run(_SET_SWEEP, values)


async def begin_sweep(tx: Tx, *, connection_id: UUID) -> None:
    """Have everybody compared from the first."""
    await tx.run(_BEGIN_SWEEP, {"connection_id": connection_id})


async def lock_bucket(tx: Tx, *, connection_id: UUID) -> BucketRow:
    """Lock how many calls may be made, and return it."""
    return await tx.one(_LOCK_BUCKET, {"connection_id": connection_id})


async def set_bucket(tx: Tx, *, connection_id: UUID, tokens: float, at: datetime) -> None:
    """Write down how many calls may be made."""
    await tx.run(_SET_BUCKET, {"connection_id": connection_id, "tokens": tokens, "at": at})


async def note_answer(tx: Tx, *, connection_id: UUID, at: datetime) -> None:
    """Note that a system answered as it should."""
    await tx.run(_NOTE_ANSWER, {"connection_id": connection_id, "at": at})


async def note_failure(
    tx: Tx, *, connection_id: UUID, problem: str, not_before: datetime, at: datetime
) -> None:
    """Note that a system did not answer as it should, and until when it is left alone."""
    values = {
        "connection_id": connection_id,
        "problem": problem,
        "not_before": not_before,
        "at": at,
    }
    await tx.run(_NOTE_FAILURE, values)


async def leave_alone(tx: Tx, *, connection_id: UUID, not_before: datetime) -> None:
    """Note until when a system asked to be left alone."""
    await tx.run(_LEAVE_ALONE, {"connection_id": connection_id, "not_before": not_before})

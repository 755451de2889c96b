"""The statements about how far other systems were read, compared, and may be told at all."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load


@dataclass(frozen=True, slots=True)
class Place:
    """Where reading goes on; None: from the beginning."""

    cursor: str | None


@dataclass(frozen=True, slots=True)
class Compared:
    """Where comparing goes on; None: from the beginning. How many differed up to there."""

    compared_after: str | None
    drifted: int
    began_at: datetime


@dataclass(frozen=True, slots=True)
class OfVendor:
    """A connection of a vendor, and whether it moves."""

    connection_id: UUID
    vendor_id: UUID
    state: str
    why: str | None


_sql: Final = load(__file__)
_DUE_POLLS: Final = _sql.rows("due_polls", UUID)
_LEASE: Final = _sql.rows("lease_poll", Place)
_SAVE: Final = _sql.command("save_cursor")
_END: Final = _sql.command("end_poll")
_DUE_COMPARISONS: Final = _sql.rows("due_comparisons", UUID)
_LEASE_COMPARISON: Final = _sql.rows("lease_comparison", Compared)
_ASK_COMPARISON: Final = _sql.command("ask_comparison")
_COUNT_MISSING: Final = _sql.rows("count_missing", int)
_SAVE_COMPARED: Final = _sql.command("save_compared")
_WITH_VENDORS: Final = _sql.rows("with_vendors", OfVendor)


async def due_polls(tx: ReadTx, *, at: datetime) -> list[UUID]:
    """Return the connections whose reading is due."""
    return await tx.values(_DUE_POLLS, {"at": at})


async def lease(tx: Tx, *, connection_id: UUID, at: datetime, until: datetime) -> Place | None:
    """Take the reading of a connection until an instant; None: somebody else has it."""
    params = {"connection_id": connection_id, "at": at, "until": until}
    return await tx.maybe(_LEASE, params)


async def save_cursor(
    tx: Tx, *, connection_id: UUID, cursor: str | None, lease: datetime, until: datetime
) -> bool:
    """Save how far it was read; tell whether the lease was still ours."""
    params = {
        "connection_id": connection_id,
        "cursor": cursor,
        "lease": lease,
        "until": until,
    }
    return bool(await tx.run(_SAVE, params))


async def end_poll(
    tx: Tx,
    *,
    connection_id: UUID,
    lease: datetime,
    poll_at: datetime,
    problem: str | None,
    at: datetime,
) -> None:
    """Give the reading back; `problem`: code of why it stopped, None: it came to its end."""
    params = {
        "connection_id": connection_id,
        "lease": lease,
        "poll_at": poll_at,
        "problem": None if problem is None else f"reading: {problem}",
        "at": at,
    }
    await tx.run(_END, params)


async def due_comparisons(tx: ReadTx, *, before: datetime, at: datetime) -> list[UUID]:
    """Return the active connections that were not compared since an instant."""
    return await tx.values(_DUE_COMPARISONS, {"before": before, "at": at})


async def lease_comparison(
    tx: Tx, *, connection_id: UUID, at: datetime, until: datetime
) -> Compared | None:
    """Take the comparing of a connection until an instant; None: somebody else has it."""
    params = {"connection_id": connection_id, "at": at, "until": until}
    return await tx.maybe(_LEASE_COMPARISON, params)


async def ask_comparison(tx: Tx, *, connection_id: UUID) -> None:
    """Note that somebody wants a comparison before its time."""
    await tx.run(_ASK_COMPARISON, {"connection_id": connection_id})


async def count_missing(tx: ReadTx, *, connection_id: UUID, since: datetime) -> int:
    """Count whom it holds by our books, and of whom nothing was said since an instant."""
    params = {"connection_id": connection_id, "since": since}
    return (await tx.values(_COUNT_MISSING, params))[0]


async def save_compared(
    tx: Tx,
    *,
    connection_id: UUID,
    after: str | None,
    drifted: int,
    missing: int,
    lease: datetime,
    until: datetime | None,
    is_over: bool,
    at: datetime,
) -> bool:
    """Save how far it was compared; tell whether the lease was ours. `until`: its new end."""
    params = {
        "connection_id": connection_id,
        "after": after,
        "drifted": drifted,
        "missing": missing,
        "lease": lease,
        "until": until,
        "is_over": is_over,
        "at": at,
    }
    return bool(await tx.run(_SAVE_COMPARED, params))


async def with_vendors(tx: ReadTx) -> list[OfVendor]:
    """Return the connections that have a vendor and have not ended."""
    return await tx.all(_WITH_VENDORS)

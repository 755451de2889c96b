"""The statements about throttles."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load

_sql: Final = load(__file__)
_TAKE: Final = _sql.rows("take", datetime)
_FORCE: Final = _sql.rows("force", datetime)
_DUE: Final = _sql.rows("due", datetime)
_CLEAR: Final = _sql.command("clear")
_SWEEP: Final = _sql.command("sweep_throttles")
_GIVE_BACK: Final = _sql.command("give_back")


@dataclass(frozen=True, slots=True)
class Due:
    """When all that was taken from a bucket is paid back."""

    bucket: bytes
    due_at: datetime


_DUE_OF: Final = _sql.rows("due_of", Due)
_FORCE_ALL: Final = _sql.rows("force_all", Due)


async def take(
    tx: Tx, *, bucket: bytes, at: datetime, cost: timedelta, per: timedelta
) -> datetime | None:
    """Take from a bucket if it fits; return when all is paid back, or None."""
    params: dict[str, Any] = {"bucket": bucket, "at": at, "cost": cost, "per": per}
    return await tx.value(_TAKE, params)


async def force(
    tx: Tx, *, bucket: bytes, at: datetime, cost: timedelta, per: timedelta
) -> datetime | None:
    """Take from a bucket whether it fits or not; return when all is paid back."""
    params: dict[str, Any] = {"bucket": bucket, "at": at, "cost": cost, "per": per}
    return await tx.value(_FORCE, params)


async def due(tx: ReadTx, *, bucket: bytes) -> datetime | None:
    """Return when all that was taken is paid back; None: nothing was taken."""
    return await tx.value(_DUE, {"bucket": bucket})


async def clear(tx: Tx, *, buckets: Sequence[bytes]) -> int:
    """Forgive all that was taken from these buckets."""
    return await tx.run(_CLEAR, {"buckets": list(buckets)})


async def sweep_throttles(tx: Tx, *, at: datetime) -> int:
    """Forget buckets in which everything is paid back; return how many."""
    return await tx.run(_SWEEP, {"at": at})


async def due_of(tx: ReadTx, *, buckets: Sequence[bytes]) -> list[Due]:
    """Return when all that was taken from each of these is paid back; absent: nothing was."""
    return await tx.all(_DUE_OF, {"buckets": list(buckets)})


async def force_all(
    tx: Tx,
    *,
    buckets: Sequence[bytes],
    at: datetime,
    costs: Sequence[timedelta],
    pers: Sequence[timedelta],
) -> list[Due]:
    """Take from each bucket, once each, whether it fits or not. Locks them in their order."""
    return await tx.all(
        _FORCE_ALL,
        {"buckets": list(buckets), "at": at, "costs": list(costs), "pers": list(pers)},
    )


async def give_back(tx: Tx, *, buckets: Sequence[bytes], costs: Sequence[timedelta]) -> int:
    """Give back a part of what was taken from each of these. They must be locked already."""
    return await tx.run(_GIVE_BACK, {"buckets": list(buckets), "costs": list(costs)})

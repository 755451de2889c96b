"""The statements about throttles."""

from collections.abc import Sequence
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

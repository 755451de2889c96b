"""The statements by which the whole log is followed."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from candor.domain.audit.model import Entry
from candor.domain.audit.model.following import Habit, Peak
from candor.infra.db.pool import ReadTx
from candor.infra.db.sql import load
from candor.kernel.errors import Bug

_sql: Final = load(__file__)
_HORIZON: Final = _sql.rows("log_horizon", str)
_AHEAD: Final = _sql.rows("is_horizon_ahead", bool)
_BETWEEN: Final = _sql.rows("entries_between", Entry)
_UNTIL: Final = _sql.rows("entries_until", Entry)
_PEAKS: Final = _sql.rows("peaks", Peak)
_HABIT: Final = _sql.rows("days_at_hours", Habit)
_BY_IDS: Final = _sql.rows("entries_by_ids", Entry)


async def log_horizon(tx: ReadTx) -> str:
    """Return the snapshot up to which the log is seen."""
    found = await tx.value(_HORIZON)
    if found is None:
        message = "a snapshot is always there"
        raise Bug(message)
    return found


async def is_horizon_ahead(tx: ReadTx, *, horizon: str) -> bool:
    """Return whether a horizon lies in the future of this server."""
    return bool(await tx.value(_AHEAD, {"horizon": horizon}))


async def entries_between(
    tx: ReadTx,
    *,
    since: str,
    until: str,
    actions: Sequence[str],
    subjects: Sequence[bytes],
    after: int,
    at_most: int,
) -> list[Entry]:
    """Return entries between two horizons, in their order."""
    params: dict[str, Any] = {
        "since": since,
        "until": until,
        "actions": list(actions),
        "subjects": list(subjects),
        "after": after,
        "at_most": at_most,
    }
    return await tx.all(_BETWEEN, params)


async def entries_until(
    tx: ReadTx, *, horizon: str, actions: Sequence[str], since: datetime
) -> list[Entry]:
    """Return entries since an instant that a horizon has seen, in their order."""
    params: dict[str, Any] = {"horizon": horizon, "actions": list(actions), "since": since}
    return await tx.all(_UNTIL, params)


async def peaks(
    tx: ReadTx,
    *,
    actions: Sequence[str],
    actor_kind: str,
    actor_ids: Sequence[str],
    span: timedelta,
    since: datetime,
    before: datetime,
) -> list[Peak]:
    """Return the busiest span of each actor."""
    params: dict[str, Any] = {
        "actions": list(actions),
        "actor_kind": actor_kind,
        "actor_ids": list(actor_ids),
        "span": span,
        "since": since,
        "before": before,
    }
    return await tx.all(_PEAKS, params)


async def days_at_hours(
    tx: ReadTx,
    *,
    actions: Sequence[str],
    actor_kind: str,
    actor_id: str,
    hours: Sequence[int],
    zone: str,
    since: datetime,
    before: datetime,
) -> Habit:
    """Return on how many days an actor acted at some hours."""
    params: dict[str, Any] = {
        "actions": list(actions),
        "actor_kind": actor_kind,
        "actor_id": actor_id,
        "hours": list(hours),
        "zone": zone,
        "since": since,
        "before": before,
    }
    return await tx.one(_HABIT, params)


async def entries_by_ids(tx: ReadTx, *, entry_ids: Sequence[int]) -> list[Entry]:
    """Return entries by their numbers."""
    return await tx.all(_BY_IDS, {"entry_ids": list(entry_ids)})

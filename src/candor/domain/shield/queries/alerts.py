"""The statements about alerts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from candor.domain.shield.model.alert import Alert, Counted, Waiting
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load
from candor.kernel.errors import Bug

_sql: Final = load(__file__)
_FOLD: Final = _sql.rows("fold_alert", Alert)
_COUNTED: Final = _sql.rows("counted_until", Counted)
_FIND: Final = _sql.rows("find_alert", Alert)
_OPEN: Final = _sql.rows("open_alerts", Alert)
_SETTLED: Final = _sql.rows("settled_alerts", Alert)
_SETTLE: Final = _sql.rows("settle_alert", Alert)
_WAITING: Final = _sql.rows("waiting_alerts", Waiting)
_LAST_TOLD: Final = _sql.rows("last_told", datetime)
_MARK_TOLD: Final = _sql.rows("mark_told", Alert)
_UNTOLD: Final = _sql.rows("untold_alerts", Waiting)
_TOLD_AT: Final = _sql.rows("alerts_told_at", Alert)


async def fold_alert(
    tx: Tx,
    *,
    alert_id: UUID,
    rule: str,
    severity: str,
    actor: str,
    first_at: datetime,
    last_at: datetime,
    first_entry: int,
    last_entry: int,
    detail: str,
) -> Alert:
    """Make an alert, or fold into the open one; return it."""
    params: dict[str, Any] = {
        "alert_id": alert_id,
        "rule": rule,
        "severity": severity,
        "actor": actor,
        "first_at": first_at,
        "last_at": last_at,
        "first_entry": first_entry,
        "last_entry": last_entry,
        "detail": detail,
    }
    found = await tx.maybe(_FOLD, params)
    if found is None:
        message = "an alert is made or folded"
        raise Bug(message)
    return found


async def counted_until(tx: ReadTx, *, since: datetime) -> list[Counted]:
    """Return up to which entries rules have counted."""
    return await tx.all(_COUNTED, {"since": since})


async def find_alert(tx: ReadTx, *, alert_id: UUID) -> Alert | None:
    """Return an alert."""
    return await tx.maybe(_FIND, {"alert_id": alert_id})


async def open_alerts(tx: ReadTx, *, at_most: int) -> list[Alert]:
    """Return open alerts, the most urgent first."""
    return await tx.all(_OPEN, {"at_most": at_most})


async def settled_alerts(tx: ReadTx, *, at_most: int) -> list[Alert]:
    """Return settled alerts, the last one first."""
    return await tx.all(_SETTLED, {"at_most": at_most})


async def settle_alert(
    tx: Tx, *, alert_id: UUID, verdict: str, by: UUID | None, at: datetime
) -> Alert | None:
    """Settle an open alert; return it."""
    params: dict[str, Any] = {"alert_id": alert_id, "verdict": verdict, "by": by, "at": at}
    return await tx.maybe(_SETTLE, params)


async def waiting_alerts(tx: ReadTx) -> Waiting:
    """Return how many alerts are open."""
    return await tx.one(_WAITING)


async def last_told(tx: ReadTx) -> datetime | None:
    """Return when an alert last left."""
    return await tx.value(_LAST_TOLD)


async def mark_told(tx: Tx, *, severities: Sequence[str], at: datetime) -> list[Alert]:
    """Note that what was not told is told now; return it."""
    return await tx.all(_MARK_TOLD, {"severities": list(severities), "at": at})


async def untold_alerts(tx: ReadTx, *, severities: Sequence[str]) -> Waiting:
    """Return how many alerts were not told yet."""
    return await tx.one(_UNTOLD, {"severities": list(severities)})


async def alerts_told_at(tx: ReadTx, *, told_at: datetime, at_most: int) -> list[Alert]:
    """Return the alerts that left together."""
    return await tx.all(_TOLD_AT, {"told_at": told_at, "at_most": at_most})

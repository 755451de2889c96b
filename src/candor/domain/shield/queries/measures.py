"""The statements about measures."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from candor.domain.shield.model.measure import Measure
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load

_sql: Final = load(__file__)
_INSERT: Final = _sql.command("insert_measure")
_PROLONG: Final = _sql.command("prolong_measure")
_STANDING: Final = _sql.rows("standing_measures", str)
_OF_ALERT: Final = _sql.rows("measures_of_alert", Measure)
_IN_FORCE: Final = _sql.rows("measures_in_force", Measure)
_LIFT: Final = _sql.rows("lift_measure", Measure)


async def insert_measure(
    tx: Tx,
    *,
    measure_id: UUID,
    alert_id: UUID | None,
    kind: str,
    actor: str,
    since: datetime,
    until: datetime,
) -> None:
    """Put a measure in force."""
    params: dict[str, Any] = {
        "measure_id": measure_id,
        "alert_id": alert_id,
        "kind": kind,
        "actor": actor,
        "since": since,
        "until": until,
    }
    await tx.run(_INSERT, params)


async def prolong_measure(
    tx: Tx, *, kind: str, actor: str, at: datetime, until: datetime
) -> int:
    """Let a measure that is in force last longer; return how many there were."""
    return await tx.run(_PROLONG, {"kind": kind, "actor": actor, "at": at, "until": until})


async def standing_measures(tx: ReadTx, *, actors: Sequence[str], at: datetime) -> list[str]:
    """Return the kinds of measures in force against any of these actors."""
    return await tx.values(_STANDING, {"actors": list(actors), "at": at})


async def measures_of_alert(tx: ReadTx, *, alert_id: UUID) -> list[Measure]:
    """Return what was done because of an alert."""
    return await tx.all(_OF_ALERT, {"alert_id": alert_id})


async def measures_in_force(tx: ReadTx, *, at: datetime, at_most: int) -> list[Measure]:
    """Return all that is in force, newest first."""
    return await tx.all(_IN_FORCE, {"at": at, "at_most": at_most})


async def lift_measure(
    tx: Tx, *, measure_id: UUID, by: UUID | None, at: datetime
) -> Measure | None:
    """Lift a measure that is in force; return it."""
    return await tx.maybe(_LIFT, {"measure_id": measure_id, "by": by, "at": at})

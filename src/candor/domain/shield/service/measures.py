"""Measures: what is in force against somebody, put there by an alert, ended by time or by hand.

The doors look here before an attempt, exports before they begin. What must happen elsewhere at
once, such as stopping a key, is done by deeds that the composition root hands in: the shield does
not know access.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.domain.shield.errors import ExportStopped, NoSuchMeasure, OwnAlert
from candor.domain.shield.model.measure import LASTS, Measure, MeasureKind, applies, is_about
from candor.domain.shield.queries import measures as stored
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.clock import Clock
from candor.kernel.ids import new_id

SHIELD: Final = Actor.machine("shield")
_SHOWN: Final = 100

# What a measure does elsewhere: gets the id behind the label, and who acts.
Deed = Callable[[Tx, UUID, Actor], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Deeds:
    """What is done at once when a measure is taken, and undone when it is lifted."""

    take: Mapping[MeasureKind, Deed]
    lift: Mapping[MeasureKind, Deed]


NO_DEEDS: Final = Deeds({}, {})


async def standing(tx: ReadTx, actors: Sequence[str], clock: Clock) -> frozenset[MeasureKind]:
    """Return what is in force against any of these actors; for the doors, before an attempt."""
    found = await stored.standing_measures(tx, actors=actors, at=clock.now())
    return frozenset(MeasureKind(kind) for kind in found)


async def require_export(tx: ReadTx, actor: str, clock: Clock) -> None:
    """Let an export begin, or not. `actor` is a label: `staff:…` or `key:…`.

    Raises:
        ExportStopped: an alert stopped it.
    """
    if MeasureKind.NO_EXPORT in await standing(tx, [actor], clock):
        raise ExportStopped


async def take(
    tx: Tx,
    kind: MeasureKind,
    actor: str,
    *,
    alert_id: UUID | None,
    lasts: timedelta,
    deeds: Deeds,
    clock: Clock,
) -> bool:
    """Put a measure in force, or let the one that is last longer; do what it does; audited.

    Returns:
        whether it can be taken against such an actor at all.
    """
    if not applies(kind, actor):
        return False
    now = clock.now()
    until = now + LASTS.get(kind, lasts)
    if await stored.prolong_measure(tx, kind=kind, actor=actor, at=now, until=until):
        return True
    await stored.insert_measure(
        tx,
        measure_id=new_id(),
        alert_id=alert_id,
        kind=kind,
        actor=actor,
        since=now,
        until=until,
    )
    deed = deeds.take.get(kind)
    if deed is not None:
        await deed(tx, _id_of(actor), SHIELD)
    await _record(tx, "shield.measure_taken", kind, actor, SHIELD, clock)
    return True


async def lift(
    tx: Tx, measure_id: UUID, *, by: UUID | None, deeds: Deeds, actor: Actor, clock: Clock
) -> Measure:
    """End a measure before its time and undo what it did; audited.

    Raises:
        NoSuchMeasure: it is not in force.
        OwnAlert: it is against whoever lifts it.
    """
    lifted = await stored.lift_measure(tx, measure_id=measure_id, by=by, at=clock.now())
    if lifted is None:
        raise NoSuchMeasure
    if is_about(lifted.actor, by):
        raise OwnAlert
    kind = MeasureKind(lifted.kind)
    deed = deeds.lift.get(kind)
    if deed is not None:
        await deed(tx, _id_of(lifted.actor), actor)
    await _record(tx, "shield.measure_lifted", kind, lifted.actor, actor, clock)
    return lifted


async def of_alert(tx: ReadTx, alert_id: UUID) -> list[Measure]:
    """Return what was done because of an alert, oldest first."""
    return await stored.measures_of_alert(tx, alert_id=alert_id)


async def in_force(tx: ReadTx, clock: Clock) -> list[Measure]:
    """Return what is in force against anybody, newest first, the hundred newest at most."""
    return await stored.measures_in_force(tx, at=clock.now(), at_most=_SHOWN)


async def _record(
    tx: Tx, action: str, kind: MeasureKind, actor: str, by: Actor, clock: Clock
) -> None:
    await audit.record(
        tx,
        actor=by,
        action=action,
        clock=clock,
        detail={"measure": kind.value, "against": actor},
    )


def _id_of(actor: str) -> UUID:
    return UUID(actor.partition(":")[2])

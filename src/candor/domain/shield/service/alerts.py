"""Alerts: raised by the rules, answered at once by measures, settled by people."""

import json
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.domain.shield.errors import NoSuchAlert, OwnAlert
from candor.domain.shield.model.alert import Alert, Severity, Verdict, Waiting
from candor.domain.shield.model.measure import is_about
from candor.domain.shield.model.windows import Sighting
from candor.domain.shield.queries import alerts as stored
from candor.domain.shield.service import measures
from candor.domain.shield.service.measures import SHIELD, Deeds
from candor.infra import metrics
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.jobs import defer_named
from candor.kernel.clock import Clock
from candor.kernel.ids import new_id

TELL: Final = "shield.tell"  # the job that sends what was not told yet
TOLD: Final = (Severity.WARNING, Severity.CRITICAL)  # a notice waits until somebody looks
SHOWN: Final = 200
# One message at most in so long, however many alerts there are; sooner when one is critical.
QUIET: Final = timedelta(minutes=5)
QUIET_CRITICAL: Final = timedelta(minutes=1)


async def put_up(
    tx: Tx, sighting: Sighting, *, usual: int | None, deeds: Deeds, clock: Clock
) -> Alert:
    """Raise an alert, or fold into the open one; do what its rule does by itself; audited.

    The first time it is also told, by mail and webhook, as soon as the transaction is committed.
    """
    rule = sighting.rule
    detail: dict[str, int | str] = {
        "count": sighting.count,
        "minutes": max(1, int(rule.window.total_seconds() // 60)),
    }
    if usual is not None:
        detail["usual"] = usual
    alert = await stored.fold_alert(
        tx,
        alert_id=new_id(),
        rule=rule.name,
        severity=rule.severity,
        actor=sighting.actor,
        first_at=sighting.first_at,
        last_at=sighting.last_at,
        first_entry=sighting.first_entry,
        last_entry=sighting.last_entry,
        detail=json.dumps(detail),
    )
    for kind in rule.responses:
        await measures.take(
            tx,
            kind,
            sighting.actor,
            alert_id=alert.alert_id,
            lasts=rule.lasts,
            deeds=deeds,
            clock=clock,
        )
    metrics.SHIELD_ALERTS.labels(rule.name, rule.severity).inc()
    if alert.times == 1:
        await _record(tx, "shield.alert_raised", alert, SHIELD, clock)
        if rule.severity in TOLD:
            await defer_named(tx, TELL, key=TELL)
    return alert


async def settle(
    tx: Tx, alert_id: UUID, verdict: Verdict, *, by: UUID | None, actor: Actor, clock: Clock
) -> Alert:
    """Say what an alert was; audited. Measures stay until their time, or until they are lifted.

    Raises:
        NoSuchAlert: unknown, or settled already.
        OwnAlert: it is about whoever settles it.
    """
    alert = await stored.settle_alert(
        tx, alert_id=alert_id, verdict=verdict, by=by, at=clock.now()
    )
    if alert is None:
        raise NoSuchAlert
    if is_about(alert.actor, by):
        raise OwnAlert
    await _record(tx, "shield.alert_settled", alert, actor, clock, verdict=verdict.value)
    return alert


async def find(tx: ReadTx, alert_id: UUID) -> Alert:
    """Return an alert.

    Raises:
        NoSuchAlert: unknown.
    """
    alert = await stored.find_alert(tx, alert_id=alert_id)
    if alert is None:
        raise NoSuchAlert
    return alert


async def unsettled(tx: ReadTx) -> list[Alert]:
    """Return open alerts, the most urgent first; the first two hundred."""
    return await stored.open_alerts(tx, at_most=SHOWN)


async def settled(tx: ReadTx) -> list[Alert]:
    """Return settled alerts, the last one first; the last two hundred."""
    return await stored.settled_alerts(tx, at_most=SHOWN)


async def waiting(tx: ReadTx) -> Waiting:
    """Return how many alerts wait for somebody."""
    return await stored.waiting_alerts(tx)


async def to_tell(tx: Tx, clock: Clock) -> list[Alert]:
    """Take what must be told now; each alert is given out once.

    Nothing while the last message is too young: what is left goes into the next one, so a storm
    of alerts is a few messages.
    """
    untold = await stored.untold_alerts(tx, severities=TOLD)
    if not untold.alerts:
        return []
    last = await stored.last_told(tx)
    quiet = QUIET_CRITICAL if untold.critical else QUIET
    now = clock.now()
    if last is not None and now - last < quiet:
        return []
    return await stored.mark_told(tx, severities=TOLD, at=now)


async def told_at(tx: ReadTx, at: datetime) -> list[Alert]:
    """Return the alerts that `to_tell` gave out at an instant, the most urgent first."""
    return await stored.alerts_told_at(tx, told_at=at, at_most=SHOWN)


async def _record(
    tx: Tx, action: str, alert: Alert, actor: Actor, clock: Clock, **more: str
) -> None:
    await audit.record(
        tx,
        actor=actor,
        action=action,
        clock=clock,
        detail={
            "alert": str(alert.alert_id),
            "rule": alert.rule,
            "severity": alert.severity,
            "against": alert.actor,
            **more,
        },
    )

"""What detection leaves to the worker: watching the log, and telling people of alerts."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from candor.domain.shield.model.alert import Alert
from candor.domain.shield.model.rules import RULES
from candor.domain.shield.service import alerts, networks
from candor.domain.shield.service.watch import Watch
from candor.infra import webhook
from candor.infra.db.pool import Database, ReadTx
from candor.infra.http import Outbound, OutboundFailed
from candor.infra.jobs import defer_named
from candor.infra.log import logger
from candor.infra.mail import Mail, Mailer
from candor.infra.settings import Secret
from candor.infra.web.pages import render_mail
from candor.infra.web.reading import Reader
from candor.kernel.clock import Clock
from candor.kernel.errors import Refused, Unavailable
from candor.kernel.pii import Pii

MAIL: Final = "shield.mail"
WEBHOOK: Final = "shield.webhook"
_log = logger("shield")
_EACH_SECONDS: Final = 1.0
_AWAY_SECONDS: Final = 2.0
_IN_A_MESSAGE: Final = 20
_HERE: Final = "/console/security/alerts"


@dataclass(frozen=True, slots=True)
class Recipient:
    """A member of staff who is told, at their work address."""

    staff_id: UUID
    email: Pii[str]


@dataclass(frozen=True, slots=True)
class Alarm:
    """What telling of alerts needs, made by the composition root."""

    mailer: Mailer
    recipients: Callable[[ReadTx], Awaitable[Sequence[Recipient]]]
    outbound: Outbound
    public_url: str
    company: Callable[[ReadTx], Awaitable[str]]
    webhook_url: str
    webhook_secret: Secret


@dataclass(frozen=True, slots=True)
class AlertLine:
    """One alert in a mail."""

    title: str
    severity: str
    times: int
    first_at: datetime
    url: str


@dataclass(frozen=True, slots=True)
class AlertsMail:
    """Mail `shield/mail/alerts`: what was seen and where to look. Names nobody."""

    company: str
    lines: tuple[AlertLine, ...]
    more: int
    is_critical: bool
    url: str


async def watch_for_ever(watch: Watch) -> None:
    """Watch the audit log until cancelled; waits out a database that is away."""
    while True:
        try:
            while await watch.once():
                pass
        except (Unavailable, Refused) as error:
            _log.warning("watching waits", code=error.code)
            await asyncio.sleep(_AWAY_SECONDS)
        except Exception as error:  # noqa: BLE001 - the other jobs of the worker go on
            _log.error("watching failed", exc_info=error)
            await asyncio.sleep(_AWAY_SECONDS)
        await asyncio.sleep(_EACH_SECONDS)


async def tell(database: Database, alarm: Alarm, clock: Clock) -> int:
    """Give out what was not told yet, to each recipient by a job of its own; return how many.

    A mail that fails is tried again alone. Idempotent: an alert is given out once.
    """
    async with database.tx("shield.tell") as tx:
        told = await alerts.to_tell(tx, clock)
        if not told:
            return 0
        told_at = clock.now().isoformat()
        for one in await alarm.recipients(tx):
            key = f"{MAIL}:{one.staff_id}:{told_at}"
            await defer_named(tx, MAIL, key=key, staff_id=str(one.staff_id), told_at=told_at)
        if alarm.webhook_url:
            await defer_named(tx, WEBHOOK, key=f"{WEBHOOK}:{told_at}", told_at=told_at)
    return len(told)


async def send_mail(
    database: Database, alarm: Alarm, clock: Clock, staff_id: UUID, told_at: datetime
) -> bool:
    """Write to one member of staff about alerts; return whether a mail left.

    Killed between sending and noting that the job is done, it goes out twice.

    Raises:
        Unavailable: the mail server; the queue tries again.
    """
    async with database.read("shield.mail") as tx:
        to = next(
            (one.email for one in await alarm.recipients(tx) if one.staff_id == staff_id), None
        )
        found = await alerts.told_at(tx, told_at)
        company = await alarm.company(tx)
    if to is None or not found:
        return False
    view = AlertsMail(
        company=company,
        lines=tuple(_line(alarm, alert) for alert in found[:_IN_A_MESSAGE]),
        more=max(0, len(found) - _IN_A_MESSAGE),
        is_critical=any(alert.severity == "critical" for alert in found),
        url=f"{alarm.public_url}{_HERE}",
    )
    words = render_mail("shield/mail/alerts", view, reader=Reader(clock.now()))
    try:
        await alarm.mailer.send(Mail(to, words.subject, words.text, words.html, "en"))
    except Refused as error:  # for good: trying again would not help
        _log.warning("a mail about an alert was refused", code=error.code)
        return False
    return True


async def call_webhook(
    database: Database, alarm: Alarm, clock: Clock, told_at: datetime
) -> bool:
    """Tell the company's own system of alerts, signed; return whether it was told.

    The same message has the same id however often it is sent.

    Raises:
        Unavailable: no answer, or not one of success; the queue tries again.
    """
    async with database.read("shield.webhook") as tx:
        found = await alerts.told_at(tx, told_at)
    if not found or not alarm.webhook_url:
        return False
    body = msgspec.json.encode(
        {
            "type": "security.alerts",
            "timestamp": told_at,
            "data": {
                "alerts": [_told(alarm, alert) for alert in found[:_IN_A_MESSAGE]],
                "more": max(0, len(found) - _IN_A_MESSAGE),
            },
        }
    )
    message_id = f"msg_{found[0].alert_id.hex}"
    headers = webhook.headers(alarm.webhook_secret, message_id, clock.now(), body)
    answer = await alarm.outbound.request(
        "POST", alarm.webhook_url, headers=headers, content=body
    )
    if not answer.is_well:
        message = "The webhook for alerts did not take a message."
        raise OutboundFailed(message)
    return True


async def sweep(database: Database, clock: Clock) -> int:
    """Forget networks that nobody came from for long; return how many. Idempotent."""
    async with database.tx("shield.networks") as tx:
        return await networks.sweep(tx, clock)


def _title(alert: Alert) -> str:
    rule = RULES.get(alert.rule)
    return rule.title if rule else alert.rule


def _line(alarm: Alarm, alert: Alert) -> AlertLine:
    return AlertLine(
        title=_title(alert),
        severity=alert.severity,
        times=alert.times,
        first_at=alert.first_at,
        url=f"{alarm.public_url}{_HERE}/{alert.alert_id}",
    )


def _told(alarm: Alarm, alert: Alert) -> dict[str, str | int]:
    return {
        "id": str(alert.alert_id),
        "rule": alert.rule,
        "title": _title(alert),
        "severity": alert.severity,
        "actor": alert.actor,
        "times": alert.times,
        "first_at": alert.first_at.isoformat(),
        "last_at": alert.last_at.isoformat(),
        "url": f"{alarm.public_url}{_HERE}/{alert.alert_id}",
    }

"""What waits for whoever signed in: a number or a sentence each, leading to where it is done."""

from candor.domain.access.model.roles import Permission, may
from candor.domain.access.service import proposals
from candor.domain.backup.service import runs
from candor.domain.profiles.service.merge import Waiting
from candor.domain.rights.service import holds
from candor.domain.rights.service import reading as rights
from candor.domain.shield.service import alerts
from candor.domain.vault.service import keys
from candor.infra.db.pool import ReadTx
from candor.surface.console import words
from candor.surface.console.backups.routes import URL as BACKUPS
from candor.surface.console.desk import HOME, Desk
from candor.surface.console.requests.queue import URL as REQUESTS
from candor.surface.console.today.views import Decision
from candor.surface.plain.visits import Visit


async def decisions(
    tx: ReadTx, desk: Desk, visit: Visit, reviews: Waiting
) -> tuple[Decision, ...]:
    """Return what waits for a member of staff, the most urgent first."""
    return (
        *await _requests(tx, desk, visit),
        *await _alerts(tx, visit),
        *await _proposals(tx, desk, visit),
        *await _backups(tx, desk, visit),
        *await _keys(tx, desk, visit),
        *_reviews(visit, reviews),
    )


async def _requests(tx: ReadTx, desk: Desk, visit: Visit) -> list[Decision]:
    """Return what people are entitled to and wait for, as far as this member works on it."""
    if not may(visit.member.role, Permission.REQUESTS_WORK):
        return []
    now = desk.clock.now()
    found = await rights.counts(tx, now)
    held = await holds.due(tx, now.date())
    told = (
        (found.overdue, "request is late", "requests are late", f"{REQUESTS}?only=overdue"),
        (
            found.stuck, "request needs a person", "requests need a person",
            f"{REQUESTS}?only=stuck",
        ),
        (
            found.due_soon, "request is due within 7 days", "requests are due within 7 days",
            f"{REQUESTS}?only=soon",
        ),
        (held, "hold must be looked at", "holds must be looked at", f"{REQUESTS}/holds"),
    )  # fmt: skip
    return [
        Decision(words.counted(number, one, many), href)
        for number, one, many, href in told
        if number
    ]


async def _alerts(tx: ReadTx, visit: Visit) -> list[Decision]:
    if not may(visit.member.role, Permission.ALERTS_READ):
        return []
    waiting = await alerts.waiting(tx)
    if not waiting.alerts:
        return []
    text = words.counted(waiting.alerts, "security alert is open", "security alerts are open")
    note = f"{waiting.critical} critical" if waiting.critical else None
    return [Decision(text, f"{HOME}/security/alerts", note=note)]


async def _proposals(tx: ReadTx, desk: Desk, visit: Visit) -> list[Decision]:
    waiting = await proposals.waiting_for(tx, visit.member, desk.clock)
    if not waiting:
        return []
    text = words.counted(
        waiting, "proposal waits for a second pair of eyes",
        "proposals wait for a second pair of eyes",
    )  # fmt: skip
    return [Decision(text, f"{HOME}/security/proposals")]


async def _backups(tx: ReadTx, desk: Desk, visit: Visit) -> list[Decision]:
    """Return what is wrong with backups; the demo needs none."""
    services = desk.services
    if not may(visit.member.role, Permission.BACKUPS_READ):
        return []
    health = await runs.health(tx, desk.clock)
    why = health.last_failure.report.get("why") if health.last_failure else None
    if why:
        return [Decision(f"A drill of the backup failed. {why}", BACKUPS)]
    if services.settings.backup_folder is None:
        none = Decision("No backups are taken: no folder is set for them", BACKUPS)
        return [] if services.is_demo else [none]
    if health.backup_is_late:
        return [Decision("The last good backup is too old, or there is none", BACKUPS)]
    if health.drill_is_late:
        return [Decision("No backup was restored as a drill for too long", BACKUPS)]
    if health.last_failure is not None:
        return [Decision("A backup, or its drill, failed", BACKUPS)]
    return []


async def _keys(tx: ReadTx, desk: Desk, visit: Visit) -> list[Decision]:
    """Return whether the root could be lost with one disk; a key server keeps its own copies."""
    keyring = desk.services.keyring
    if not may(visit.member.role, Permission.KEYS_MANAGE) or not keyring.needs_copies:
        return []
    root = await keys.root(tx)
    if root and root.fingerprint == keyring.fingerprint and root.confirmed_at is not None:
        return []
    text = "No recovery copy of the keys was read back: if they are lost, everything is lost"
    return [Decision(text, f"{HOME}/security/keys")]


def _reviews(visit: Visit, waiting: Waiting) -> list[Decision]:
    if not waiting.reviews or not may(visit.member.role, Permission.REVIEWS_SETTLE):
        return []
    text = words.counted(
        waiting.reviews, "pair of profiles may be one person",
        "pairs of profiles may be one person",
    )  # fmt: skip
    return [Decision(text, f"{HOME}/reviews", since=waiting.oldest_at)]

"""Acts as the audit log knows them, one transaction each, and a watcher that has begun."""

from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

from candor.app import Candor, watch_of
from candor.domain.access.model.roles import Role
from candor.domain.access.model.sign_in import Staff
from candor.domain.access.service import members
from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor, Outcome
from candor.domain.shield.model.alert import Alert
from candor.domain.shield.service import alerts
from candor.domain.shield.service.watch import Watch
from candor.kernel.clock import FixedClock
from candor.kernel.ids import new_id
from tests.factories.house import fresh

CONSOLE = Actor.machine("console")
PORTAL = Actor.machine("portal")


def mark(text: str) -> str:
    """Return what stands in the log for a network or an account."""
    return sha256(text.encode()).hexdigest()[:32]


async def begun(candor: Candor) -> Watch:
    """Return a watcher that sees what is written from now on."""
    watch = watch_of(candor)
    await watch.once()
    return watch


async def caught_up(watch: Watch) -> None:
    """Let a watcher see everything that is written, and what it writes itself."""
    while await watch.once():
        pass


async def act(
    candor: Candor,
    actor: Actor,
    action: str,
    *,
    about: bytes | None = None,
    outcome: Outcome = Outcome.DONE,
    purpose: str | None = None,
    detail: Mapping[str, int | str] | None = None,
    after: timedelta = timedelta(0),
) -> None:
    """Write one act down, in a request of its own, some time after the last one."""
    assert isinstance(candor.clock, FixedClock)
    candor.clock.advance(after)
    async with candor.database.tx(new_id().hex) as tx:
        await audit.record(
            tx,
            actor=actor,
            action=action,
            clock=candor.clock,
            subjects=[about],
            outcome=outcome,
            purpose=purpose,
            detail=detail,
        )


async def fail(candor: Candor, account: str, network: str, *, after: timedelta) -> None:
    """Fail to sign in to the portal, as the doors write it down."""
    await act(
        candor,
        PORTAL,
        "access.sign_in_failed",
        outcome=Outcome.REFUSED,
        detail={"audience": "customer", "account": mark(account), "network": mark(network)},
        after=after,
    )


async def open_somebody(
    candor: Candor, member: Staff, *, after: timedelta, who: str = ""
) -> None:
    """Open a person, as the vault writes it down."""
    await act(
        candor,
        Actor.staff(member.staff_id),
        "vault.open",
        about=sha256((who or fresh("person")).encode()).digest()[:16],
        outcome=Outcome.ALLOWED,
        purpose="orders",
        after=after,
    )


async def staff(candor: Candor, role: Role, handle: str = "") -> Staff:
    """Make a member of staff."""
    async with candor.database.tx() as tx:
        return await members.put(
            tx,
            handle=handle or fresh("clerk"),
            display_name="Kim Miller",
            role=role,
            clock=candor.clock,
        )


async def seen(candor: Candor) -> dict[tuple[str, str], Alert]:
    """Return open alerts by rule and actor."""
    async with candor.database.read() as tx:
        return {(alert.rule, alert.actor): alert for alert in await alerts.unsettled(tx)}


def label(member: Staff) -> str:
    """Return how the shield names a member of staff."""
    return f"staff:{member.staff_id}"


def key_label(key_id: UUID) -> str:
    """Return how the shield names a key."""
    return f"key:{key_id}"

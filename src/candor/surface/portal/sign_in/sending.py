"""Asking for a code: the doors, how many mails an address gets, and the ceremony that begins.

Nothing here depends on whether an address is known: it is not looked up (see `access.codes`).
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final
from uuid import UUID

from litestar.datastructures import Cookie

from candor.domain.access.model.sign_in import Audience
from candor.domain.access.service import codes
from candor.domain.shield.errors import TooMany
from candor.domain.shield.model.limit import Limit
from candor.surface.plain import ceremony_cookie
from candor.surface.plain.answers import AnyRequest
from candor.surface.plain.ceremony_cookie import CODE
from candor.surface.plain.doors import Attempt
from candor.surface.portal.desk import Desk

# From one network, and from all of them. The second spares a browser that came in before: so nobody
# keeps the owner of an address out by asking for codes in their name.
NEAR: Final = Limit("sign_in.mails_near", 6, timedelta(hours=1))
ALL: Final = Limit("sign_in.mails", 60, timedelta(hours=1))


def attempt_at(desk: Desk, request: AnyRequest, address: str) -> Attempt:
    """Return who answers at the door of an address, given by its marks."""
    return desk.services.doors.attempt(request, Audience.CUSTOMER, address)


def asking_at(desk: Desk, request: AnyRequest, address: str) -> Attempt:
    """Return who asks for a code there: that is counted apart from wrong answers."""
    return attempt_at(desk, request, f"mail {address}" if address else "")


async def passed(desk: Desk, request: AnyRequest, address: str) -> Cookie:
    """Take back what this browser asked and answered; return by what it is known from now on."""
    doors = desk.services.doors
    attempt = attempt_at(desk, request, address)
    await doors.passed(attempt)
    await doors.passed(asking_at(desk, request, address))
    return doors.remember(attempt)


async def send(
    desk: Desk,
    request: AnyRequest,
    fields: Mapping[str, str],
    *,
    kind: str,
    address: str,
    locale: str,
    bearer_id: UUID | None = None,
    sealed: bytes = b"",
) -> str:
    """Have a code sent to an address, if somebody has it; return what the cookie holds.

    Raises:
        TooMany: too many tries from there, or mails to this address.
        ChallengeNeeded: show the form again.
    """
    services = desk.services
    attempt = attempt_at(desk, request, address)
    await services.doors.before(asking_at(desk, request, address), fields)
    async with services.database.tx() as tx:
        limits = [(NEAR, f"{address}\x00{attempt.caller.network}")]
        if not services.doors.knows(attempt):
            limits.append((ALL, address))
        for limit, who in limits:
            taken = await services.throttles.take(tx, limit, who)
            if not taken.is_allowed:
                raise TooMany(taken.wait_seconds)
        return await codes.ask(
            tx,
            kind=kind,
            address=address,
            locale=locale,
            earlier=ceremony_cookie.browser_of(services, request, CODE),
            clock=services.clock,
            bearer_id=bearer_id,
            sealed=sealed,
        )

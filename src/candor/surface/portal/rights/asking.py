"""What every page here does when somebody presses a button: ask in their name, show what runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from candor.domain.access.errors import ProofNeeded
from candor.domain.access.service import sessions
from candor.domain.catalogue.model import Regime
from candor.domain.consent.model.state import Standing
from candor.domain.consent.service import gate
from candor.domain.consent.service.regimes import regime_of
from candor.domain.rights.errors import NoSuchRequest
from candor.domain.rights.model.request import Channel, Proof, Request, Right
from candor.domain.rights.service import asking, reading
from candor.domain.rights.service.asking import Asked, Opened
from candor.kernel.pii import Pii
from candor.surface.portal.desk import Desk, Sitting
from candor.surface.portal.rights.cards import URL

MOST: Final = 200  # requests that are listed
MOST_SIGNS: Final = 2000  # of a text that somebody writes


@dataclass(frozen=True, slots=True)
class Standings:
    """What stands about the rights of the person who is signed in."""

    requests: Sequence[Request]  # newest first
    regime: Regime | None
    is_restricted: bool


async def standings(sitting: Sitting) -> Standings:
    """Read the requests of the person, the law that protects them, whether they are set aside."""
    tx, ids, head = sitting.tx, sitting.person.profile_ids, sitting.person.head_id
    known = (await gate.states(tx, [head]))[head]
    return Standings(
        requests=await reading.of_person(tx, ids, at_most=MOST),
        regime=await regime_of(tx, ids),
        is_restricted=known.standing == Standing.RESTRICTED,
    )


async def ask(
    desk: Desk,
    sitting: Sitting,
    kind: Right,
    *,
    scope: Mapping[str, Any] | None = None,
    words: str = "",
    about: UUID | None = None,
) -> Opened:
    """Ask for something in the name of whoever is signed in; the same twice is one request.

    Raises:
        UnknownRight: the law that protects them does not give it.
        TooManyRequests: a great many today.
    """
    return await asking.ask(
        sitting.tx,
        Asked(
            kind=kind,
            channel=Channel.PORTAL,
            profile_id=sitting.person.head_id,
            locale=sitting.reader.locale,
            scope=dict(scope or {}),
            proof=proof_of(desk, sitting),
            about_request_id=about,
            words=Pii(words) if words else None,
        ),
        actor=sitting.actor,
        office=desk.services.office,
    )


def proof_of(desk: Desk, sitting: Sitting) -> Proof:
    """Return how sure we are of whoever is signed in: proved a moment ago, or some time before."""
    try:
        sessions.require_proof(sitting.visit.session, desk.services.clock)
    except ProofNeeded:
        return Proof.MAILBOX  # a session begins with a code that was sent there
    return Proof.ACCOUNT


async def own(sitting: Sitting, text: str) -> Request:
    """Return a request of the person who is signed in.

    Raises:
        NoSuchRequest: there is none, or it is somebody else's: the same answer.
    """
    try:
        request_id = UUID(text)
    except ValueError as wrong:
        raise NoSuchRequest from wrong
    request = await reading.find(sitting.tx, request_id)
    if request.profile_id not in sitting.person.profile_ids:
        raise NoSuchRequest
    return request


def shown(opened: Opened) -> str:
    """Return the page that shows a request which was just asked for."""
    return f"{URL}/{opened.request.request_id}?{'twice' if opened.is_duplicate else 'new'}"

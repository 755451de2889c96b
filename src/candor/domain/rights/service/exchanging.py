"""Requests that machines outside send: taken once, however often they are sent.

Each machine calls a request by a name of its own. The same name with the same content is the
same request; with another content it is refused. Nobody sees or takes back what another asked.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from candor.domain.audit.model import Actor
from candor.domain.rights.errors import (
    AgentRefused,
    NoSuchRequest,
    NotTheirsAlone,
    SentAnother,
    TooManyRequests,
)
from candor.domain.rights.model.exchange import MOST_CALLBACKS, Exchange
from candor.domain.rights.model.happening import What
from candor.domain.rights.model.request import Proof, Request
from candor.domain.rights.queries import exchanges as stored
from candor.domain.rights.queries import requests as stored_requests
from candor.domain.rights.service import deciding
from candor.domain.rights.service.asking import DAY, MOST_A_DAY, Asked, ask
from candor.domain.rights.service.office import Office
from candor.infra.db.pool import ReadTx, Tx

NAMELESS: Final = "hmac:"
_USE: Final = "rights/exchanges"
_OTHERS_WORD: Final = frozenset({Proof.NONE, Proof.AUTHORITY})  # the rest is the person's own


@dataclass(frozen=True, slots=True)
class Sent:
    """How a machine outside sent a request: who, its name for it, its word, what it says."""

    party: str
    ref: str | None  # None: it gave none, and is recognised by what it says
    word: str
    content: bytes  # what must be the same when it is sent again
    moment: bytes = b""  # what tells two apart that have no name and say the same
    callbacks: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Taken:
    """An exchange and its request as it stands; whether it came for the first time."""

    exchange: Exchange
    request: Request
    is_new: bool


async def take(tx: Tx, asked: Asked, sent: Sent, *, actor: Actor, office: Office) -> Taken:
    """Take a request that a machine outside sent; audited as any request.

    Raises:
        SentAnother: it sent something else under this name.
        UnknownRight, TooManyRequests, NoKey: as `asking.ask`.
    """
    digest = _mac(office, sent.content)
    ref = sent.ref or f"{NAMELESS}{_mac(office, sent.content + sent.moment).hex()}"
    name = hashlib.sha256(f"{sent.party}\0{ref}".encode()).digest()
    await stored_requests.lock_asking(tx, person=UUID(bytes=name[:16]))
    known = await stored.exchange_by_ref(tx, party=sent.party, ref=ref)
    if known is not None:
        if not hmac.compare_digest(known.digest, digest):
            raise SentAnother
        return Taken(known, await _request(tx, known), is_new=False)
    request = await _about_nobody(tx, asked, sent, digest, office)
    is_own = request is None
    if request is None:
        opened = await ask(tx, asked, actor=actor, office=office)
        request, is_own = opened.request, not opened.is_duplicate
    exchange = Exchange(
        party=sent.party,
        ref=ref,
        request_id=request.request_id,
        is_own=is_own,
        digest=digest,
        asked=sent.word,
        callbacks=list(sent.callbacks)[:MOST_CALLBACKS],
        told=None,
        told_at=None,
        attempts=0,
        not_before=office.clock.now(),
        problem=None,
    )
    await stored.insert_exchange(tx, exchange)
    return Taken(exchange, request, is_new=True)


async def _about_nobody(
    tx: Tx, asked: Asked, sent: Sent, digest: bytes, office: Office
) -> Request | None:
    """Return the request under way for which the same was said about nobody we know.

    So a machine that asks twice about somebody, or all day, is answered alike whether we know
    them or not: `asking.ask` does the same about those whom we know.

    Raises:
        TooManyRequests: as many a day as about somebody known.
    """
    if asked.profile_id is not None:
        return None
    await stored_requests.lock_asking(tx, person=UUID(bytes=digest[:16]))
    alike = await stored.nobody_alike(tx, party=sent.party, digest=digest)
    if alike is not None:
        return await stored_requests.request(tx, request_id=alike)
    since = office.clock.now() - DAY
    asked_before = await stored.count_nobody(tx, party=sent.party, digest=digest, since=since)
    if asked_before >= MOST_A_DAY:
        raise TooManyRequests
    return None


def _mac(office: Office, content: bytes) -> bytes:
    return hmac.digest(office.keyring.fixed_key(_USE), content, hashlib.sha256)


async def is_known(tx: ReadTx, *, party: str, ref: str) -> bool:
    """Tell whether a machine outside sent something under this name before."""
    return await stored.exchange_by_ref(tx, party=party, ref=ref) is not None


async def by_ref(tx: ReadTx, *, party: str, ref: str) -> Taken:
    """Return what a machine outside calls so.

    Raises:
        NoSuchRequest: it never sent that; what others sent looks the same.
    """
    exchange = await stored.exchange_by_ref(tx, party=party, ref=ref)
    if exchange is None:
        raise NoSuchRequest
    return Taken(exchange, await _request(tx, exchange), is_new=False)


async def about(tx: ReadTx, *, party: str, request_id: UUID) -> Taken:
    """Return how a machine outside asked for a request.

    Raises:
        AgentRefused: it did not; a request of another and one that never was look the same.
    """
    exchange = await stored.exchange_about(tx, party=party, request_id=request_id)
    if exchange is None:
        raise AgentRefused
    return Taken(exchange, await _request(tx, exchange), is_new=False)


async def take_back(tx: Tx, taken: Taken, *, actor: Actor, office: Office) -> Taken:
    """Take a request back for the machine that made it; audited.

    It acts by the mandate that it was given and no further (CCPA regulations 7063; GDPR Art.
    12(2)): what the person said yes to themselves, or what others asked for as well, goes on.

    Raises:
        AgentRefused: somebody else made it; the machine only asked for the same.
        NotTheirsAlone: the person confirmed it, or it was asked for by others too.
        WrongMove: it is over, or cannot be undone.
    """
    if not taken.exchange.is_own:
        raise AgentRefused
    request = await deciding.locked(tx, taken.request.request_id)
    if request.is_open and not await _is_alone(tx, request, actor):
        raise NotTheirsAlone
    request = await deciding.withdraw(tx, taken.request.request_id, actor=actor, office=office)
    return Taken(taken.exchange, request, is_new=False)


async def _is_alone(tx: ReadTx, request: Request, actor: Actor) -> bool:
    """Tell whether a request rests on what one machine said, and on nobody else's word."""
    if request.proof not in _OTHERS_WORD:
        return False
    events = await stored_requests.events(tx, request_id=request.request_id)
    again = {event.actor for event in events if event.what == What.ASKED_AGAIN}
    return again <= {actor.label}


async def _request(tx: ReadTx, exchange: Exchange) -> Request:
    request = await stored_requests.request(tx, request_id=exchange.request_id)
    if request is None:
        raise NoSuchRequest
    return request

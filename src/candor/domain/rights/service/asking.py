"""Taking a request: its clock, whether it is under way already, and whether it can begin."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from candor.domain.audit.model import Actor
from candor.domain.catalogue.model import Regime
from candor.domain.consent.service import gate
from candor.domain.consent.service.regimes import regime_of
from candor.domain.rights.errors import TooManyRequests, UnknownRight
from candor.domain.rights.model.happening import What
from candor.domain.rights.model.request import (
    Channel,
    Proof,
    Request,
    Requester,
    Right,
    State,
)
from candor.domain.rights.queries import requests as stored
from candor.domain.rights.service import words
from candor.domain.rights.service.beginning import begun
from candor.domain.rights.service.office import Office, happened, hash_of, write_to
from candor.domain.vault.errors import NoKey
from candor.infra.db.pool import Tx
from candor.kernel.ids import ProfileId, new_id
from candor.kernel.pii import Pii

MOST_A_DAY: Final = 20  # requests of one person
DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks for. `regime` None: the law of the person; `received_at` None: now."""

    kind: Right
    channel: Channel
    profile_id: ProfileId | None = None
    requester: Requester = Requester.SELF
    agent_id: UUID | None = None
    locale: str = "en"
    regime: Regime | None = None
    scope: Mapping[str, Any] = field(default_factory=dict[str, Any])
    proof: Proof = Proof.NONE
    external_ref: str | None = None
    received_at: datetime | None = None
    about_request_id: UUID | None = None
    words: Pii[str] | None = None
    reply_to: Pii[str] | None = None  # where somebody unknown wants the answer


@dataclass(frozen=True, slots=True)
class Opened:
    """The request that was made, or the one under way; its link; whether it was there before."""

    request: Request
    ticket: str
    is_duplicate: bool


async def ask(tx: Tx, asked: Asked, *, actor: Actor, office: Office) -> Opened:
    """Take a request; audited. One that is under way for the same thing is returned instead.

    Work begins at once when we are sure enough of the person for this right; else they are asked
    to prove it. Waits for whoever asks for the same person at this moment.

    Raises:
        UnknownRight: the law that protects the person does not give this right.
        TooManyRequests: more than twenty in a day.
        NoKey: the person was erased.
    """
    known = await _known(tx, asked)
    if known is not None:
        return Opened(known, office.ticket_of(known.request_id), is_duplicate=True)
    members = () if asked.profile_id is None else await _members(tx, asked.profile_id)
    regime = asked.regime or (await regime_of(tx, members) if members else None)
    if not office.laws.knows(regime, asked.kind):
        raise UnknownRight
    alike = await _alike(tx, members, asked, office)
    if alike is not None:
        return await _again(tx, alike, asked, actor, office)
    request = await _made(tx, asked, regime, office)
    ticket = office.ticket_of(request.request_id)
    await stored.insert_request(tx, request, ticket_hash=hash_of(ticket))
    await happened(
        tx, request, What.RECEIVED, actor=actor, office=office, code=request.channel.value
    )
    await _keep_words(tx, request, asked, office)
    if request.profile_id is not None:
        request = await _begin_or_ask(tx, request, actor, office)
    elif asked.reply_to is not None:
        await write_to(tx, request, "received")
    return Opened(request, ticket, is_duplicate=False)


async def _known(tx: Tx, asked: Asked) -> Request | None:
    """Return the request that a system outside sent before under the same id."""
    if asked.external_ref is None:
        return None
    return await stored.request_by_ref(
        tx, channel=asked.channel, external_ref=asked.external_ref
    )


async def _alike(
    tx: Tx, members: Sequence[ProfileId], asked: Asked, office: Office
) -> Request | None:
    """Return the request of the person for the same thing that is under way.

    Raises:
        TooManyRequests: there is none, and they asked for too much today.
    """
    if not members:
        return None
    await stored.lock_asking(tx, person=min(members))
    alike = await stored.open_alike(tx, profile_ids=members, kind=asked.kind, scope=asked.scope)
    since = office.clock.now() - DAY
    if alike is None and (
        await stored.count_since(tx, profile_ids=members, since=since) >= MOST_A_DAY
    ):
        raise TooManyRequests
    return alike


async def _keep_words(tx: Tx, request: Request, asked: Asked, office: Office) -> None:
    for use, text in ((words.WORDS, asked.words), (words.ADDRESS, asked.reply_to)):
        if text is not None:
            await words.write(tx, request, use, text, author="person", office=office)


async def _begin_or_ask(tx: Tx, request: Request, actor: Actor, office: Office) -> Request:
    """Begin when we are sure enough of the person, else ask them to prove it."""
    if office.laws.is_enough(request.kind, request.proof):
        request = await begun(tx, request, actor=actor, office=office)
    else:
        await happened(tx, request, What.PROOF_ASKED, actor=actor, office=office)
        await write_to(tx, request, "confirm")
    if request.channel is not Channel.PORTAL:
        await write_to(tx, request, "received")
    return request


async def _members(tx: Tx, profile_id: ProfileId) -> list[ProfileId]:
    members = await gate.members(tx, profile_id)
    return members or [profile_id]


async def _again(tx: Tx, alike: Request, asked: Asked, actor: Actor, office: Office) -> Opened:
    """Note that the same was asked again; what it says in words is kept with the first."""
    await happened(
        tx, alike, What.ASKED_AGAIN, actor=actor, office=office, code=asked.channel.value
    )
    if asked.words is not None:
        await words.write(tx, alike, words.WORDS, asked.words, author="person", office=office)
    if not office.laws.is_enough(alike.kind, alike.proof) and office.laws.is_enough(
        alike.kind, asked.proof
    ):
        alike = await stored.locked_request(tx, request_id=alike.request_id) or alike
        if alike.state in {State.RECEIVED, State.VERIFYING}:
            alike = await begun(tx, alike, actor=actor, office=office, proof=asked.proof)
    return Opened(alike, office.ticket_of(alike.request_id), is_duplicate=True)


async def _made(tx: Tx, asked: Asked, regime: Regime | None, office: Office) -> Request:
    """Return the request as it is when it begins its life.

    Raises:
        NoKey: the person was erased.
    """
    now = office.clock.now()
    received = min(asked.received_at or now, now)
    subject: bytes | None = None
    if asked.profile_id is not None:
        subject = next(iter(await office.vault.pseudonyms(tx, [asked.profile_id])), None)
        if subject is None:
            raise NoKey
    due = office.laws.due(asked.kind, regime, received, await office.calendar(tx))
    return Request(
        request_id=new_id(),
        profile_id=asked.profile_id,
        subject=subject,
        kind=asked.kind,
        regime=regime,
        channel=asked.channel,
        requester=asked.requester,
        agent_id=asked.agent_id,
        state=State.RECEIVED if asked.profile_id is None else State.VERIFYING,
        outcome=None,
        ground=None,
        locale=asked.locale,
        external_ref=asked.external_ref,
        received_at=received,
        acknowledge_by=due.acknowledge_by,
        acknowledged_at=now if asked.channel is Channel.PORTAL else None,
        due_at=due.answer_by,
        extended_at=None,
        extension_ground=None,
        paused_at=None,
        paused_for=timedelta(0),
        proof=asked.proof,
        proved_at=now if asked.proof is not Proof.NONE else None,
        failures=0,
        assignee_id=None,
        duplicate_of=None,
        about_request_id=asked.about_request_id,
        results_until=None,
        downloads=0,
        begun_at=None,
        closed_at=None,
        scope=dict(asked.scope),
    )

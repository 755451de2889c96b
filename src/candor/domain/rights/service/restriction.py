"""Restriction of processing: everything but storage stops (GDPR Art. 18; LGPD Art. 18 IV).

Scope: `ground`, one of Art. 18(1)(a)-(d); or `act = lift`. Who restricted may lift at once. When
the company wants to lift it (`by = company`), the person is told first and has days to answer
(Art. 18(3)).
"""

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Final

from candor.domain.audit.model import Actor
from candor.domain.rights.model.happening import What
from candor.domain.rights.model.request import Channel, Proof, Request, Right
from candor.domain.rights.model.task import Answer, Done, Later, Planned
from candor.domain.rights.service import following, holds
from candor.domain.rights.service.asking import Asked, Opened, ask
from candor.domain.rights.service.office import Office, Work, happened, write_to
from candor.domain.rights.service.people import WORKER, ask_all, members_of, person_of
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.ids import ProfileId

RESTRICT: Final = "restrict"
ANNOUNCE: Final = "announce_lifting"
LIFT: Final = "lift_restriction"
NOTICE: Final = timedelta(days=7)  # between telling the person and lifting
LETTER: Final = "lifting"
BY_COMPANY: Final = {"act": "lift", "by": "company"}


class Reason(StrEnum):
    """Why somebody may ask for it: GDPR Art. 18(1)."""

    ACCURACY = "accuracy"  # (a): it is being checked whether it is right
    UNLAWFUL = "unlawful"  # (b): they want it kept, not erased
    CLAIMS = "claims"  # (c): they need it for legal claims
    OBJECTION = "objection"  # (d): until it is clear whose grounds weigh more


async def plan(tx: ReadTx, request: Request, office: Office) -> Sequence[Planned]:
    """Plan to restrict, to lift, or to announce and lift; then systems outside hear of it."""
    outside = await following.outside(tx, request, office)
    if request.scope.get("act") != "lift":
        return (Planned(RESTRICT), *outside)
    if request.scope.get("by") == "company":
        return (Planned(ANNOUNCE), Planned(LIFT, stage=1), *outside)
    return (Planned(LIFT), *outside)


async def restrict(work: Work) -> Answer:
    """Stop all use but storage, in every slice, in one transaction. Harmless twice."""
    return await _set(work, is_restricted=True)


async def announce(work: Work) -> Answer:
    """Tell the person that the restriction will be lifted, and when (Art. 18(3))."""
    office = work.office
    until = office.clock.now() + NOTICE
    async with office.database.tx("rights") as tx:
        await write_to(tx, work.request, LETTER)
    return Done({"until": until.isoformat()})


async def lift(work: Work) -> Answer:
    """Let what was restricted be used again; not before the person had time to answer."""
    begun = work.request.begun_at
    if work.request.scope.get("by") == "company" and begun is not None:
        until = begun + NOTICE
        if work.office.clock.now() < until:
            return Later(until, {"until": until.isoformat()})
    return await _set(work, is_restricted=False)


async def _set(work: Work, *, is_restricted: bool) -> Answer:
    office = work.office
    async with office.database.tx("rights") as tx:
        await holds.lock(tx, person_of(work.request))
        members = await members_of(tx, work.request)
        stays = is_restricted or (
            work.request.scope == BY_COMPANY and await holds.is_erasure_held(tx, members)
        )  # whoever waits to be erased is not used meanwhile, whatever the company thinks
        evidence = await ask_all(
            office, lambda one: one.restrict_person(tx, members, is_restricted=stays)
        )
        await happened(
            tx,
            work.request,
            What.RESTRICTED if is_restricted else What.RESTRICTION_LIFTED,
            actor=WORKER,
            office=office,
            code=str(work.request.scope.get("ground", "")) or None,
            detail=evidence,
        )
    return Done(evidence)


async def announce_lifting(
    tx: Tx, profile_id: ProfileId, *, locale: str, actor: Actor, office: Office
) -> Opened:
    """Begin to lift a restriction for the company: a request of its own, with its own clock.

    The company proves nothing: it asks nothing of itself about who somebody is. The person is
    told, and can ask for a restriction again on the link.

    Raises:
        NoKey: they were erased.
        UnknownRight: their law knows no restriction.
    """
    asked = Asked(
        kind=Right.RESTRICTION,
        channel=Channel.CONSOLE,
        profile_id=profile_id,
        locale=locale,
        scope=BY_COMPANY,
        proof=Proof.AUTHORITY,
    )
    return await ask(tx, asked, actor=actor, office=office)

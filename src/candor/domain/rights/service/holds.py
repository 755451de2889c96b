"""Holds: what stops an erasure, for a ground of GDPR Art. 17(3) or CCPA 1798.105(d).

A hold is on a person: on all of their profiles, those that are joined later too. It never ends by
itself; the day of its review is when somebody must look whether it is still needed.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.domain.consent.service import gate
from candor.domain.rights.errors import BadHold, NoSuchHold
from candor.domain.rights.model.happening import What
from candor.domain.rights.model.hold import LONGEST, REFERENCE, Hold
from candor.domain.rights.model.request import HOLDS, Ground, Request
from candor.domain.rights.queries import holds as stored
from candor.domain.rights.queries import requests as stored_requests
from candor.domain.rights.service.office import Office, go_on, happened
from candor.domain.vault.service import forgotten
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.ids import ProfileId, new_id

PAGE: Final = 200
_DAY: Final = timedelta(days=1)


async def place(
    tx: Tx,
    profile_id: ProfileId,
    ground: Ground,
    *,
    reference: str,
    review_on: date,
    actor: Actor,
    office: Office,
) -> Hold:
    """Place a hold on a person, so that they are not erased; audited.

    Waits for an erasure of them that runs at this moment, and then comes too late.

    Raises:
        BadHold: no law lets us keep somebody for that ground, the number of the case holds more
            than a number, the review is not within a year, or the person was erased.
    """
    now = office.clock.now()
    is_said_well = ground in HOLDS and REFERENCE.fullmatch(reference)
    if not is_said_well or not _is_in_time(review_on, now.date()):
        raise BadHold
    members = await lock(tx, profile_id)
    if not members or await forgotten.erased(tx, members):
        raise BadHold
    hold = Hold(
        hold_id=new_id(),
        profile_id=profile_id,
        ground=ground,
        reference=reference,
        placed_by=actor.label,
        placed_at=now,
        review_on=review_on,
        lifted_at=None,
        lifted_by=None,
    )
    await stored.insert_hold(tx, hold)
    await _record(tx, hold, "rights.hold_placed", actor, office)
    return hold


async def lift(tx: Tx, hold_id: UUID, *, actor: Actor, office: Office) -> Hold:
    """End a hold; audited. With the last one, an erasure that waited for it goes on by itself.

    Raises:
        NoSuchHold: there is none, or it was lifted before.
    """
    hold = await _standing(tx, hold_id)
    await stored.lift_hold(tx, hold_id=hold_id, at=office.clock.now(), by=actor.label)
    await _record(tx, hold, "rights.hold_lifted", actor, office)
    members = await lock(tx, ProfileId(hold.profile_id))
    if await holding(tx, members) is None:
        now = office.clock.now()
        for request_id in await stored.wake_held(tx, profile_ids=members, at=now):
            request = await stored_requests.request(tx, request_id=request_id)
            if request is not None:
                await go_on(tx, request)
    return hold


async def lock(tx: Tx, profile_id: ProfileId) -> list[ProfileId]:
    """Let nobody else hold or erase a person until the transaction ends; return their profiles."""
    members = await gate.members(tx, profile_id)
    await stored.lock_holding(tx, profile_ids=members)
    return members


async def keep(tx: Tx, hold_id: UUID, *, review_on: date, actor: Actor, office: Office) -> Hold:
    """Say after a review that a hold is still needed, until another day; audited.

    Raises:
        NoSuchHold: there is none, or it was lifted before.
        BadHold: the day is over, or more than a year ahead.
    """
    if not _is_in_time(review_on, office.clock.now().date()):
        raise BadHold
    hold = await _standing(tx, hold_id)
    await stored.review_hold(tx, hold_id=hold_id, review_on=review_on)
    await _record(tx, hold, "rights.hold_kept", actor, office)
    return hold


async def of_person(tx: ReadTx, members: Sequence[ProfileId]) -> list[Hold]:
    """Return the holds on a person, those that stand first."""
    return await stored.holds_of(tx, profile_ids=members)


async def holding(tx: ReadTx, members: Sequence[ProfileId]) -> Hold | None:
    """Return a hold that stands on one of these profiles; None: nothing holds them."""
    found = await stored.holds_of(tx, profile_ids=members)
    return next((hold for hold in found if hold.stands), None)


async def release(tx: Tx, request: Request, *, actor: Actor, office: Office) -> None:
    """Lift the restriction under which somebody waited for an erasure that they take back.

    Only when it was this request that placed it: one that they asked for themselves, and one of
    another erasure that waits, stay. Locks the person; an event of the request, and audited.
    """
    events = await stored_requests.events(tx, request_id=request.request_id)
    if request.person is None or not any(event.what == What.HELD for event in events):
        return
    members = await lock(tx, request.person)
    stays = await stored.restricted_by_themselves(tx, profile_ids=members)
    if stays or await is_erasure_held(tx, members, but=request.request_id):
        return
    for holder in office.holders.values():
        await holder.restrict_person(tx, members, is_restricted=False)
    await happened(tx, request, What.RESTRICTION_LIFTED, actor=actor, office=office)


async def is_erasure_held(
    tx: ReadTx, members: Sequence[ProfileId], *, but: UUID | None = None
) -> bool:
    """Tell whether an erasure of a person, other than one, waits for a hold."""
    return await stored.erasure_held(tx, profile_ids=members, but=but)


async def standing(tx: ReadTx, *, at_most: int = PAGE) -> list[Hold]:
    """Return the holds that stand, by the day on which they are looked at."""
    return await stored.standing_holds(tx, at_most=at_most)


async def lifted(tx: ReadTx, *, at_most: int = PAGE) -> list[Hold]:
    """Return the holds that were lifted last."""
    return await stored.lifted_holds(tx, at_most=at_most)


async def due(tx: ReadTx, today: date) -> int:
    """Return how many holds somebody must look at."""
    return await stored.due_holds(tx, today=today)


async def _standing(tx: Tx, hold_id: UUID) -> Hold:
    hold = await stored.locked_hold(tx, hold_id=hold_id)
    if hold is None or not hold.stands:
        raise NoSuchHold
    return hold


def _is_in_time(review_on: date, today: date) -> bool:
    return today + _DAY <= review_on <= today + LONGEST


async def _record(tx: Tx, hold: Hold, action: str, actor: Actor, office: Office) -> None:
    subjects = await office.vault.pseudonyms(tx, [ProfileId(hold.profile_id)])
    await audit.record(
        tx,
        actor=actor,
        action=action,
        clock=office.clock,
        subjects=subjects or (None,),
        reason=str(hold.ground),
        detail={"hold": str(hold.hold_id)},
    )

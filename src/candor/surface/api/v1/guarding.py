"""Minors and their guardians: until when somebody is a minor, and who says yes for them."""

from typing import Final

from candor.domain.access.model.keys import Scope
from candor.domain.consent.service import guardians
from candor.infra.db.pool import ReadTx
from candor.kernel.ids import ProfileId
from candor.surface.api.v1.call import Call
from candor.surface.api.v1.operation import Operation
from candor.surface.api.v1.shapes import (
    EndIn,
    GuardianIn,
    Guardians,
    GuardianTold,
    MinorIn,
)


async def listed(call: Call, _: None) -> Guardians:
    """Return who may say yes for a person; written down as a read about the person."""
    async with call.services.database.tx(call.request_id) as tx:
        await call.members(tx, call.profile_id)
        told = await _told(call, tx)
        await call.write_down(tx, "consent.guardians_read", [call.profile_id])
    return told


async def set_minor(call: Call, given: MinorIn) -> Guardians:
    """Say until when a person is a minor; what is allowed is worked out again at once."""
    async with call.services.database.tx(call.request_id) as tx:
        rules = await call.rules(tx)
        await call.members(tx, call.profile_id)
        await guardians.set_minor(
            tx,
            call.profile_id,
            given.minor_until,
            actor=call.actor,
            vault=call.services.vault,
            policy=rules.policy,
            clock=call.services.clock,
        )
        return await _told(call, tx)


async def appoint(call: Call, given: GuardianIn) -> Guardians:
    """Write down who may say yes for a person."""
    async with call.services.database.tx(call.request_id) as tx:
        await call.members(tx, call.profile_id)
        await guardians.appoint(
            tx,
            call.profile_id,
            ProfileId(given.guardian),
            proof=given.proof,
            actor=call.actor,
            vault=call.services.vault,
            clock=call.services.clock,
        )
        return await _told(call, tx)


async def end(call: Call, given: EndIn) -> Guardians:
    """End what somebody may say for a person; what they said stays."""
    async with call.services.database.tx(call.request_id) as tx:
        await call.members(tx, call.profile_id)
        await guardians.end(
            tx,
            call.profile_id,
            ProfileId(given.guardian),
            actor=call.actor,
            vault=call.services.vault,
            clock=call.services.clock,
        )
        return await _told(call, tx)


async def _told(call: Call, tx: ReadTx) -> Guardians:
    now = call.services.clock.now()
    found = await guardians.guardians_of(tx, call.profile_id)
    until = await guardians.minor_until_of(tx, call.profile_id)
    return Guardians(
        minor_until=until,
        is_minor=until is not None and now.date() < until,
        items=[
            GuardianTold(
                guardian=one.guardian_id,
                since=one.since,
                ended_at=one.ended_at,
                proof=one.proof,
                may_choose=one.may_choose(now),
            )
            for one in found
        ],
    )


_ADA: Final = "0193f1a2-7c1e-7d43-8a55-2f6f0c9d1e00"
_ANSWER: Final[dict[str, object]] = {
    "minor_until": "2030-05-17",
    "is_minor": True,
    "items": [
        {
            "guardian": _ADA,
            "since": "2026-11-21T12:00:00Z",
            "ended_at": None,
            "proof": "form/2026-0815",
            "may_choose": True,
        }
    ],
}

OPERATIONS: Final = (
    Operation(
        method="GET",
        path="/profiles/{profile_id}/guardians",
        name="list_guardians",
        tag="guardians",
        summary="Until when a person is a minor, and who may say yes for them",
        about="A read about a person: they find it in their history.",
        scope=Scope.GUARDIANS_READ,
        gives=Guardians,
        run=listed,
        errors=(404,),
        answer=_ANSWER,
    ),
    Operation(
        method="PUT",
        path="/profiles/{profile_id}/minor",
        name="set_minor",
        tag="guardians",
        summary="Say until when a person is a minor",
        about=(
            "Null: they are not, and never were. A yes that a minor said alone stops counting at "
            "once; a no of theirs counts always."
        ),
        scope=Scope.GUARDIANS_WRITE,
        takes=MinorIn,
        gives=Guardians,
        run=set_minor,
        errors=(404,),
        example={"minor_until": "2030-05-17"},
        answer=_ANSWER,
    ),
    Operation(
        method="POST",
        path="/profiles/{profile_id}/guardians",
        name="appoint_guardian",
        tag="guardians",
        summary="Write down who may say yes for a person",
        about=(
            "The guardian is a grown-up person of their own, the proof the number of the paper or "
            "case that shows it. From then on `guardian` of a choice may name them. Sent again, it "
            "changes nothing. Who cannot be a guardian, and who is not known, looks the same: 403."
        ),
        scope=Scope.GUARDIANS_WRITE,
        takes=GuardianIn,
        gives=Guardians,
        run=appoint,
        errors=(404,),
        example={"guardian": _ADA, "proof": "form/2026-0815"},
        answer=_ANSWER,
    ),
    Operation(
        method="POST",
        path="/profiles/{profile_id}/guardians/end",
        name="end_guardian",
        tag="guardians",
        summary="End what a guardian may say",
        about="What they said before stays. Who is no guardian of this person: 403.",
        scope=Scope.GUARDIANS_WRITE,
        takes=EndIn,
        gives=Guardians,
        run=end,
        errors=(404,),
        example={"guardian": _ADA},
    ),
)

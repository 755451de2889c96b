"""Decisions by machine, by API: ask before, tell afterwards."""

from typing import Final

from candor.domain.access.model.keys import Scope
from candor.domain.consent.model.decision import Reason
from candor.domain.rights.model.automated import Decided
from candor.domain.rights.service.automated import recording
from candor.kernel.pii import Pii
from candor.surface.api.v1.automated_shapes import (
    MachineDecided,
    MachineDecidedIn,
    MayDecideQuery,
    MayDecideTold,
)
from candor.surface.api.v1.call import Call
from candor.surface.api.v1.operation import Operation
from candor.surface.api.v1.words import words_for

_ASK_PEOPLE: Final = "The person wants people to decide this."
_MAY: Final = "A machine may decide this about the person."


async def may_decide(call: Call, given: MayDecideQuery) -> MayDecideTold:
    """Tell whether a machine may decide, now."""
    async with call.services.database.read(call.request_id) as tx:
        await call.members(tx, call.profile_id)
        found = await recording.may_decide(
            tx, call.profile_id, given.decision, office=call.services.office
        )
    return MayDecideTold(allowed=found.allowed, reason=found.reason, words=_words(found.reason))


def _words(reason: str) -> str:
    if reason == recording.BY_PEOPLE_ONLY:
        return _ASK_PEOPLE
    return _MAY if reason == recording.ALLOWED else words_for(Reason(reason))


async def record(call: Call, given: MachineDecidedIn) -> MachineDecided:
    """Keep what a machine decided."""
    decided = Decided(
        decision_id=given.id,
        code=given.decision,
        outcome=given.outcome,
        inputs={name: Pii(value) for name, value in given.inputs.items()},
        decided_at=call.instant(given.decided_at),
    )
    async with call.services.database.tx(call.request_id) as tx:
        await call.members(tx, call.profile_id)
        kept = await recording.record(
            tx, call.profile_id, decided, actor=call.actor, office=call.services.office
        )
    return MachineDecided(
        id=kept.decision.decision_id,
        decision=kept.decision.code,
        edition=kept.decision.edition,
        is_new=kept.is_new,
    )


_ID: Final = "0193f1a2-7c1e-7d43-8a55-2f6f0c9d1e01"

OPERATIONS: Final = (
    Operation(
        method="GET",
        path="/profiles/{profile_id}/automated-decisions",
        name="may_machine_decide",
        tag="machines",
        summary="May a machine decide this about the person alone, now?",
        about="Ask before it decides. Where the answer is no, somebody of yours decides.",
        scope=Scope.DECISIONS_RECORD,
        takes=MayDecideQuery,
        gives=MayDecideTold,
        run=may_decide,
        errors=(404,),
        answer={"allowed": False, "reason": "by_people_only", "words": _ASK_PEOPLE},
    ),
    Operation(
        method="POST",
        path="/profiles/{profile_id}/automated-decisions",
        name="record_machine_decision",
        tag="machines",
        summary="Record what a machine decided about a person alone",
        about=(
            "The decision, its outcomes and inputs are declared in the catalogue; anything else "
            "is refused. About somebody who wants people to decide nothing is recorded: the "
            "answer is 409 `rights.by_people_only`. The same id again, unchanged, changes "
            "nothing. The person reads it with its logic, and may have a human look again."
        ),
        scope=Scope.DECISIONS_RECORD,
        takes=MachineDecidedIn,
        gives=MachineDecided,
        run=record,
        errors=(404, 409),
        example={
            "id": _ID,
            "decision": "invoice_limit",
            "outcome": "up_to_100",
            "decided_at": "2026-03-01T12:00:00Z",
            "inputs": {"Order Completed": 7, "country": "DE"},
        },
        answer={"id": _ID, "decision": "invoice_limit", "edition": 1, "is_new": True},
    ),
)

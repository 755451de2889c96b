"""Contesting what a machine decided, and wanting no machine at all.

GDPR Art. 22(3), LGPD Art. 20. A request `automated_decision` says by its scope what is wanted:
`decision` (an id): a human looks at it again; `act = people_only` or `machine_again`, with the
`code` of a decision or `*`: who decides from now on. Anything else a person answers.
"""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor, ActorKind
from candor.domain.feed import service as feed
from candor.domain.feed.model import Changed
from candor.domain.rights.errors import (
    NeedsHuman,
    NoSuchDecision,
    UnknownOutcome,
    WrongMove,
)
from candor.domain.rights.model.automated import ALL, Decision, Verdict
from candor.domain.rights.model.happening import What
from candor.domain.rights.model.request import Ground, Outcome, Request
from candor.domain.rights.model.task import Answer, Done, Planned, TaskState
from candor.domain.rights.queries import automated as stored
from candor.domain.rights.queries import requests as stored_requests
from candor.domain.rights.queries import tasks as stored_tasks
from candor.domain.rights.service.automated.telling import wording
from candor.domain.rights.service.deciding import fulfil, settle_task
from candor.domain.rights.service.office import Office, Work, happened
from candor.domain.rights.service.people import WORKER, members_of
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.ids import ProfileId
from candor.kernel.pii import Pii

TAKE_UP: Final = "take_up"
REVIEW: Final = "review"
SWITCH: Final = "switch"
PEOPLE_ONLY: Final = "people_only"
MACHINE_AGAIN: Final = "machine_again"


def contest_of(decision_id: UUID) -> dict[str, Any]:
    """Return the scope of a request that contests a decision."""
    return {"decision": str(decision_id)}


def switch_of(code: str, *, is_by_people_only: bool) -> dict[str, Any]:
    """Return the scope of a request that says who decides from now on."""
    return {"act": PEOPLE_ONLY if is_by_people_only else MACHINE_AGAIN, "code": code}


async def plan(tx: ReadTx, request: Request, office: Office) -> Sequence[Planned]:
    """Plan a review by a human, or the switch that was asked for."""
    in_force = (await office.rulebook.rules(tx)).in_force
    if request.scope.get("act") in {PEOPLE_ONLY, MACHINE_AGAIN}:
        code = request.scope.get("code", ALL)
        return (Planned(SWITCH),) if code == ALL or code in in_force.decisions else ()
    if "decision" not in request.scope:
        return ()
    members = await members_of(tx, request)
    found = await _named(tx, request, members)
    if found is None or found.verdict is not None:
        return (Planned(TAKE_UP),)  # which answers that there is nothing to look at
    return (Planned(TAKE_UP), Planned(REVIEW, is_manual=True, due_at=request.due_at))


async def _named(tx: ReadTx, request: Request, members: Sequence[ProfileId]) -> Decision | None:
    try:
        decision_id = UUID(str(request.scope["decision"]))
    except ValueError:
        return None
    found = await stored.decision(tx, decision_id=decision_id)
    return found if found is not None and found.profile_id in members else None


async def take_up(work: Work) -> Answer:
    """Note with the decision that it is contested, and tell those who follow the feed."""
    office, request = work.office, work.request
    async with office.database.tx("rights") as tx:
        members = await members_of(tx, request)
        found = await _named(tx, request, members)
        if found is None:
            return Done({"refused": Ground.NO_DATA.value})
        if found.verdict is not None and found.contested_by != request.request_id:
            return Done({"refused": Ground.NOT_APPLICABLE.value})  # a human looked at it before
        if found.contested_by != request.request_id:
            await stored.mark_contested(
                tx, decision_id=found.decision_id, request_id=request.request_id
            )
            await _tell(tx, found, office)
    return Done({"decision": found.code})


async def switch(work: Work) -> Answer:
    """Let nobody but people decide, or machines again. Waits for a decision on its way in."""
    office, request = work.office, work.request
    code = str(request.scope.get("code", ALL))
    is_on = request.scope["act"] == PEOPLE_ONLY
    async with office.database.tx("rights") as tx:
        members = await members_of(tx, request)
        await stored_requests.lock_asking(tx, person=min(members))
        if is_on:
            await stored.put_by_people_only(
                tx, profile_id=members[0], code=code, since=office.clock.now()
            )
        else:
            await stored.drop_by_people_only(tx, profile_ids=members, code=code)
        await happened(
            tx, request, What(request.scope["act"]), actor=WORKER, office=office, code=code
        )
        await feed.publish(tx, Changed.DECIDED, members, office.clock)
    return Done({"code": code})


async def review(
    tx: Tx,
    decision_id: UUID,
    verdict: Verdict,
    *,
    new_outcome: str | None = None,
    words: Pii[str] | None = None,
    actor: Actor,
    office: Office,
) -> Request:
    """Write what a human made of a contested decision, and close the request; audited.

    The person is told by letter, the systems that decided by the feed.

    Raises:
        NoSuchDecision: there is none, or nobody contests it.
        NeedsHuman: a machine reviews, or who took the decision.
        UnknownOutcome: changed into what is not declared or was so before; or an outcome beside
            a verdict that changes nothing.
        WrongMove: it was reviewed before, or its request is over.
    """
    found = await stored.locked_decision(tx, decision_id=decision_id)
    if found is None or found.contested_by is None:
        raise NoSuchDecision
    if actor.kind is not ActorKind.STAFF or found.source == actor.label:
        raise NeedsHuman
    await _check_outcome(tx, found, verdict, new_outcome, office)
    is_first = await stored.write_verdict(
        tx,
        decision_id=decision_id,
        verdict=verdict,
        new_outcome=new_outcome,
        at=office.clock.now(),
        by=actor.label,
    )
    if not is_first:
        raise WrongMove
    await audit.record(
        tx,
        actor=actor,
        action="rights.decision_reviewed",
        clock=office.clock,
        subjects=await office.vault.pseudonyms(tx, [ProfileId(found.profile_id)]) or (None,),
        reason=verdict.value,
        detail={"decision": found.code, "request": str(found.contested_by)},
    )
    await _tell(tx, found, office)
    return await _close(tx, found.contested_by, verdict, words, actor, office)


async def _check_outcome(
    tx: ReadTx, found: Decision, verdict: Verdict, new_outcome: str | None, office: Office
) -> None:
    if verdict is not Verdict.CHANGED:
        if new_outcome is not None:
            raise UnknownOutcome
        return
    declared = (await wording(tx, [(found.code, found.edition)], office=office)).get(
        (found.code, found.edition)
    )
    known = () if declared is None else declared.outcomes
    if new_outcome not in known or new_outcome == found.outcome:
        raise UnknownOutcome


async def _close(
    tx: Tx,
    request_id: UUID,
    verdict: Verdict,
    words: Pii[str] | None,
    actor: Actor,
    office: Office,
) -> Request:
    for task in await stored_tasks.tasks(tx, request_id=request_id):
        if task.step == REVIEW and task.state is TaskState.MANUAL:
            evidence = {"verdict": verdict.value}
            await settle_task(
                tx, request_id, task.task_id, evidence, actor=actor, office=office
            )
    return await fulfil(tx, request_id, Outcome.FULL, words=words, actor=actor, office=office)


async def _tell(tx: Tx, found: Decision, office: Office) -> None:
    await feed.publish(tx, Changed.DECIDED, [found.profile_id], office.clock)

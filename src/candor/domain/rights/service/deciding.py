"""Moving a request: proofs, more time, refusals, the end. Each locks it, and is audited."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from candor.domain.audit.model import Actor
from candor.domain.consent.service import gate
from candor.domain.consent.service.regimes import regime_of
from candor.domain.rights.errors import (
    NoSuchRequest,
    NoSuchTask,
    NotExtendable,
    NotPausable,
    NotProved,
    ProofFailed,
    TooManyProofs,
    UnknownGround,
    UnknownRight,
    WrongMove,
)
from candor.domain.rights.model.happening import What
from candor.domain.rights.model.request import (
    EXTENSIONS,
    REFUSALS,
    Ground,
    Outcome,
    Proof,
    Request,
    Right,
    State,
    may_move,
)
from candor.domain.rights.model.task import OVER, Task, TaskState
from candor.domain.rights.queries import requests as stored
from candor.domain.rights.queries import tasks as stored_tasks
from candor.domain.rights.service import holds
from candor.domain.rights.service import words as said
from candor.domain.rights.service.beginning import begun
from candor.domain.rights.service.erasure.plan import BY_MACHINE
from candor.domain.rights.service.office import Office, go_on, happened, write_to
from candor.domain.vault.errors import NoKey
from candor.infra.db.pool import Tx
from candor.kernel.ids import ProfileId
from candor.kernel.pii import Pii

_MOST_FAILURES: Final = 5


async def locked(tx: Tx, request_id: UUID) -> Request:
    """Return a request and lock it until the transaction ends.

    Raises:
        NoSuchRequest: there is none.
    """
    request = await stored.locked_request(tx, request_id=request_id)
    if request is None:
        raise NoSuchRequest
    return request


async def prove(
    tx: Tx, request_id: UUID, proof: Proof, *, actor: Actor, office: Office
) -> Request:
    """Note how it was made sure that it is the person; begin when that is enough.

    Raises:
        WrongMove: it is under way or over.
        TooManyProofs: five were wrong before.
    """
    request = await _waiting_for_proof(tx, request_id)
    request = replace(request, proof=proof, proved_at=office.clock.now())
    await stored.write_request(tx, request)
    await happened(tx, request, What.PROVED, actor=actor, office=office, code=proof.value)
    if request.profile_id is not None and office.laws.is_enough(request.kind, proof):
        request = await begun(tx, request, actor=actor, office=office)
    return request


async def fail_proof(tx: Tx, request_id: UUID, *, actor: Actor, office: Office) -> Request:
    """Count a wrong proof. Commit: the count must stand although the caller refuses.

    Raises:
        WrongMove: it is under way or over.
        TooManyProofs: five were wrong before.
    """
    request = await _waiting_for_proof(tx, request_id)
    request = replace(request, failures=request.failures + 1)
    await stored.write_request(tx, request)
    detail = {"failures": request.failures}
    await happened(tx, request, What.PROOF_FAILED, actor=actor, office=office, detail=detail)
    return request


async def ask_again(tx: Tx, request_id: UUID, *, actor: Actor, office: Office) -> Request:
    """Send the person once more the link with which they prove that it is them; audited.

    Raises:
        WrongMove: it is under way or over, or nobody knows whose it is.
        TooManyProofs: five were wrong before.
    """
    request = await _waiting_for_proof(tx, request_id)
    if request.profile_id is None:
        raise WrongMove
    await happened(tx, request, What.PROOF_ASKED, actor=actor, office=office)
    await write_to(tx, request, "confirm")
    return request


def wrong_proof(request: Request) -> ProofFailed | TooManyProofs:
    """Return what to raise, after the commit, for a proof that was counted as wrong."""
    return TooManyProofs() if request.failures >= _MOST_FAILURES else ProofFailed()


async def _waiting_for_proof(tx: Tx, request_id: UUID) -> Request:
    request = await locked(tx, request_id)
    if request.state not in {State.RECEIVED, State.VERIFYING}:
        raise WrongMove
    if request.failures >= _MOST_FAILURES:
        raise TooManyProofs
    return request


async def find_whose(
    tx: Tx, request_id: UUID, profile_id: ProfileId, *, actor: Actor, office: Office
) -> Request:
    """Say about whom a request is that came without; the clock is worked out anew by their law.

    Raises:
        WrongMove: it is known already, or the request is over.
        NoKey: that person was erased.
    """
    request = await locked(tx, request_id)
    if request.state is not State.RECEIVED or request.profile_id is not None:
        raise WrongMove
    subject = next(iter(await office.vault.pseudonyms(tx, [profile_id])), None)
    if subject is None:
        raise NoKey
    regime = request.regime or await regime_of(
        tx, await gate.members(tx, profile_id) or [profile_id]
    )
    due = office.laws.due(request.kind, regime, request.received_at, await office.calendar(tx))
    request = replace(
        request,
        profile_id=profile_id,
        subject=subject,
        regime=regime,
        state=State.VERIFYING,
        acknowledge_by=due.acknowledge_by,
        due_at=due.answer_by,
    )
    await stored.write_request(tx, request)
    await happened(tx, request, What.WHOSE_FOUND, actor=actor, office=office)
    if office.laws.is_enough(request.kind, request.proof):
        return await begun(tx, request, actor=actor, office=office)
    await happened(tx, request, What.PROOF_ASKED, actor=actor, office=office)
    await write_to(tx, request, "confirm")
    return request


async def sort(
    tx: Tx, request_id: UUID, kind: Right, *, actor: Actor, office: Office
) -> Request:
    """Say which right it is that somebody wrote about; the clock is worked out anew; audited.

    Only while nobody knows whose it is: whoever is known was told what they are asked to confirm.

    Raises:
        UnknownRight: the law that it came under does not give this right.
        WrongMove: it is known whose it is, or it is over.
    """
    request = await locked(tx, request_id)
    if request.state is not State.RECEIVED:
        raise WrongMove
    if not office.laws.knows(request.regime, kind):
        raise UnknownRight
    if request.kind is kind:
        return request
    due = office.laws.due(kind, request.regime, request.received_at, await office.calendar(tx))
    request = replace(
        request,
        kind=kind,
        scope={},
        acknowledge_by=due.acknowledge_by,
        due_at=due.answer_by + request.paused_for,
        extended_at=None,
        extension_ground=None,
    )
    return await _written(tx, request, What.SORTED, actor, office, code=kind.value)


async def acknowledge(tx: Tx, request_id: UUID, *, actor: Actor, office: Office) -> Request:
    """Note that receipt was confirmed to the person; harmless twice."""
    request = await locked(tx, request_id)
    if request.acknowledged_at is not None:
        return request
    request = replace(request, acknowledged_at=office.clock.now())
    return await _written(tx, request, What.ACKNOWLEDGED, actor, office)


async def extend(
    tx: Tx, request_id: UUID, ground: Ground, *, actor: Actor, office: Office
) -> Request:
    """Take the longer time that the law gives, once, before the first is over; tell the person.

    GDPR Art. 12(3), CCPA 1798.130(a)(2)(A): within the first period, with the reason.

    Raises:
        UnknownGround: the law knows no such reason.
        NotExtendable: there is no longer time, it was taken, or the first one is over.
        WrongMove: the request is over.
    """
    request = await locked(tx, request_id)
    if not request.is_open:
        raise WrongMove
    if ground not in EXTENSIONS:
        raise UnknownGround
    now = office.clock.now()
    until = office.laws.extended(
        request.kind, request.regime, request.received_at, await office.calendar(tx)
    )
    if until is None or request.extended_at is not None or request.is_overdue(now):
        raise NotExtendable
    request = replace(
        request,
        due_at=until + request.paused_for,
        extended_at=now,
        extension_ground=ground,
    )
    await write_to(tx, request, "extended")
    return await _written(tx, request, What.EXTENDED, actor, office, code=ground.value)


async def pause(tx: Tx, request_id: UUID, why: str, *, actor: Actor, office: Office) -> Request:
    """Let the clock stand while the person is asked for something, where the law lets it.

    Raises:
        NotPausable: it does not, or it stands already.
    """
    request = await locked(tx, request_id)
    if (
        not request.is_open
        or request.paused_at is not None
        or not office.laws.may_pause(request.regime, why)
    ):
        raise NotPausable
    request = replace(request, paused_at=office.clock.now())
    return await _written(tx, request, What.PAUSED, actor, office, code=why)


async def resume(tx: Tx, request_id: UUID, *, actor: Actor, office: Office) -> Request:
    """Let the clock go on; it is due so much later as it stood.

    Raises:
        WrongMove: it does not stand.
    """
    request = await locked(tx, request_id)
    if request.paused_at is None:
        raise WrongMove
    return await _written(tx, _resumed(request, office), What.RESUMED, actor, office)


def _resumed(request: Request, office: Office) -> Request:
    stood = timedelta(0)
    if request.paused_at is not None:
        stood = office.clock.now() - request.paused_at
    return replace(
        request,
        paused_at=None,
        paused_for=request.paused_for + stood,
        due_at=None if request.due_at is None else request.due_at + stood,
    )


async def refuse(
    tx: Tx,
    request_id: UUID,
    ground: Ground,
    *,
    words: Pii[str] | None = None,
    actor: Actor,
    office: Office,
) -> Request:
    """Refuse with a ground, which the person is told in their language (GDPR Art. 12(4)).

    Raises:
        UnknownGround: no law knows it for a refusal.
        WrongMove: it is over, or what it asks for was begun and cannot be undone.
    """
    if ground not in REFUSALS:
        raise UnknownGround
    request = await locked(tx, request_id)
    await _check_undone(tx, request)
    await stored_tasks.drop_tasks(tx, request_id=request_id)
    await _answer(tx, request, words, actor, office)
    return await _closed(
        tx, request, State.REFUSED, actor, office, ground=ground, letter="refused"
    )


async def fulfil(
    tx: Tx,
    request_id: UUID,
    outcome: Outcome,
    *,
    ground: Ground | None = None,
    words: Pii[str] | None = None,
    actor: Actor,
    office: Office,
) -> Request:
    """Close a request as done, in full or in part with the ground of what stays.

    Raises:
        NotProved: it did not begin.
        UnknownGround: in part, without a ground.
        WrongMove: it is over, or the person was erased, and the rest of it is not done.
    """
    request = await locked(tx, request_id)
    if request.state in {State.RECEIVED, State.VERIFYING}:
        raise NotProved
    if (outcome is Outcome.PART) != (ground in REFUSALS):
        raise UnknownGround
    await _check_undone(tx, request)
    await stored_tasks.drop_tasks(tx, request_id=request_id)
    await _answer(tx, request, words, actor, office)
    return await _closed(
        tx, request, State.FULFILLED, actor, office, ground=ground, outcome=outcome,
        letter="done",
    )  # fmt: skip


async def withdraw(tx: Tx, request_id: UUID, *, actor: Actor, office: Office) -> Request:
    """Close a request that the person takes back.

    With an erasure that waited for a hold ends the restriction that it placed.

    Raises:
        WrongMove: it is over, or what it asks for was begun and cannot be undone.
    """
    request = await locked(tx, request_id)
    await _check_undone(tx, request)
    await stored_tasks.drop_tasks(tx, request_id=request_id)
    await holds.release(tx, request, actor=actor, office=office)
    return await _closed(tx, request, State.WITHDRAWN, actor, office)


async def deny(tx: Tx, request_id: UUID, *, actor: Actor, office: Office) -> Request:
    """Close a request that somebody else made in the name of the person, who says so; audited.

    Raises:
        WrongMove: it waits for no yes: it is under way or over.
    """
    request = await locked(tx, request_id)
    if request.state not in {State.RECEIVED, State.VERIFYING}:
        raise WrongMove
    await happened(tx, request, What.DENIED, actor=actor, office=office)
    return await withdraw(tx, request_id, actor=actor, office=office)


async def _check_undone(tx: Tx, request: Request) -> None:
    """Refuse to go back on a request whose person was erased already: only forwards is left.

    Raises:
        WrongMove: so it is.
    """
    events = await stored.events(tx, request_id=request.request_id)
    if any(event.what == What.UNREADABLE for event in events):
        raise WrongMove


async def assign(
    tx: Tx, request_id: UUID, staff_id: UUID | None, *, actor: Actor, office: Office
) -> Request:
    """Say who sees to a request; None: nobody in particular."""
    request = replace(await locked(tx, request_id), assignee_id=staff_id)
    return await _written(tx, request, What.ASSIGNED, actor, office)


async def settle_task(
    tx: Tx,
    request_id: UUID,
    task_id: UUID,
    evidence: Mapping[str, Any],
    *,
    actor: Actor,
    office: Office,
) -> Request:
    """Note that a person did what no machine could: a task by hand, or one that was stuck.

    Destroying keys, taking rows away and signing is never done by hand: what comes next believes
    that it happened, and that no hold stopped it. The machine tries those again.

    Raises:
        NoSuchTask: there is none that waits for a person.
        WrongMove: the request is over, or only a machine can do this.
    """
    request, task = await _for_people(tx, request_id, task_id)
    if task.step in BY_MACHINE:
        raise WrongMove
    task = replace(
        task,
        state=TaskState.DONE,
        evidence=dict(evidence),
        done_at=office.clock.now(),
        done_by=actor.label,
        problem=None,
    )
    return await _handed_on(tx, request, task, What.TASK_SETTLED, actor, office)


async def retry_task(
    tx: Tx, request_id: UUID, task_id: UUID, *, actor: Actor, office: Office
) -> Request:
    """Let the machine try a stuck task again.

    Raises:
        NoSuchTask: there is none that waits for a person.
        WrongMove: the request is over.
    """
    request, task = await _for_people(tx, request_id, task_id)
    task = replace(
        task, state=TaskState.WAITING, attempts=0, not_before=office.clock.now(), problem=None
    )
    return await _handed_on(tx, request, task, What.TASK_RETRIED, actor, office)


async def _for_people(tx: Tx, request_id: UUID, task_id: UUID) -> tuple[Request, Task]:
    request = await locked(tx, request_id)
    if not request.is_open:
        raise WrongMove
    task = await stored_tasks.locked_task(tx, request_id=request_id, task_id=task_id)
    if task is None or task.state not in {TaskState.MANUAL, TaskState.STUCK}:
        raise NoSuchTask
    return request, task


async def _handed_on(
    tx: Tx, request: Request, task: Task, what: What, actor: Actor, office: Office
) -> Request:
    await stored_tasks.write_task(tx, task)
    await happened(tx, request, what, actor=actor, office=office, code=task.step)
    await go_on(tx, request)
    return request


async def close_when_over(
    tx: Tx, request_id: UUID, *, actor: Actor, office: Office
) -> Request | None:
    """Close a request all of whose tasks are over; None while one is not.

    What tasks had to keep (evidence `kept`: a ground) makes the outcome a part. A task whose
    evidence says `refused` with a ground ends the request as refused.
    """
    request = await locked(tx, request_id)
    if request.state is not State.IN_PROGRESS:
        return None
    tasks = await stored_tasks.tasks(tx, request_id=request_id)
    if not tasks or any(task.state not in OVER for task in tasks):
        return None
    done = [task.evidence for task in tasks if task.state is TaskState.DONE]
    refused = next((Ground(one["refused"]) for one in done if "refused" in one), None)
    if refused is not None:
        return await _closed(
            tx, request, State.REFUSED, actor, office, ground=refused, letter="refused"
        )
    kept = next((Ground(one["kept"]) for one in done if "kept" in one), None)
    outcome = Outcome.FULL if kept is None else Outcome.PART
    return await _closed(
        tx, request, State.FULFILLED, actor, office, ground=kept, outcome=outcome,
        letter="done",
    )  # fmt: skip


async def _answer(
    tx: Tx, request: Request, words: Pii[str] | None, actor: Actor, office: Office
) -> None:
    if words is not None:
        await said.write(tx, request, said.ANSWER, words, author=actor.id, office=office)


async def _closed(
    tx: Tx,
    request: Request,
    state: State,
    actor: Actor,
    office: Office,
    *,
    ground: Ground | None = None,
    outcome: Outcome | None = None,
    letter: str | None = None,
) -> Request:
    if not may_move(request.state, state):
        raise WrongMove
    if request.paused_at is not None:
        request = _resumed(request, office)
    request = replace(
        request, state=state, ground=ground, outcome=outcome, closed_at=office.clock.now()
    )
    if letter is not None:
        await write_to(tx, request, letter)
    code = None if ground is None else ground.value
    return await _written(tx, request, What(state.value), actor, office, code=code)


async def _written(
    tx: Tx,
    request: Request,
    what: What,
    actor: Actor,
    office: Office,
    *,
    code: str | None = None,
) -> Request:
    await stored.write_request(tx, request)
    await happened(tx, request, what, actor=actor, office=office, code=code)
    return request

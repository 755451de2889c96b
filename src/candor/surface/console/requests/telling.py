"""From one request and all that belongs to it to its page. Nothing of the person is opened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Final
from uuid import UUID

from candor.domain.access.model.roles import Permission, may
from candor.domain.access.model.sign_in import Staff
from candor.domain.audit.model import Entry
from candor.domain.catalogue.model import InForce
from candor.domain.rights.model.clock import Laws
from candor.domain.rights.model.hold import Hold
from candor.domain.rights.model.request import Event, Proof, Request, Right, State
from candor.domain.rights.model.task import Task, TaskState
from candor.domain.rights.service.erasure.plan import BY_MACHINE
from candor.infra.web.reading import language_name, show_datetime
from candor.surface.console import saying, words
from candor.surface.console.desk import HOME, permitted
from candor.surface.console.requests import naming, queue
from candor.surface.console.requests.views import (
    Act,
    CertificatePart,
    EventStep,
    HoldPart,
    RelatedLine,
    RequestPage,
    TaskLine,
)
from candor.surface.console.security.routes import line_of
from candor.surface.console.security.views import AuditLine
from candor.surface.console.views import Option, Pair
from candor.surface.plain.visits import Visit, short

HOLDS_URL: Final = f"{queue.URL}/holds"
CONTESTS_URL: Final = f"{queue.URL}/contests"
_DONE: Final = {
    "new": "The request is written down. Its clock runs.",
    "again": "The same was asked before and is under way: this is that request.",
    "acknowledged": "Written down: they know that it has arrived.",
    "assigned": "Written down who sees to it.",
    "proved": "Written down. What can be done now begins by itself.",
    "failed": "Written down: that was not enough.",
    "linked": "A new link is on its way to their address.",
    "extended": "Written down, and they are told.",
    "paused": "The clock stands.",
    "resumed": "The clock goes on.",
    "refused": "Refused. The letter is on its way.",
    "fulfilled": "Fulfilled. The letter is on its way.",
    "withdrawn": "Withdrawn. Nothing more is done.",
    "settled": "The task is done.",
    "retried": "It is tried again now.",
    "found": "Written down whose it is.",
    "sorted": "Written down which right it is. Its clock is worked out anew.",
    "reviewed": "The review is written down, and they are told.",
}
_PAUSES: Final = ("identity", "clarification")
_SHOWN: Final = 40  # entries of the log


@dataclass(frozen=True, slots=True)
class Known:
    """All that belongs to one request."""

    request: Request
    events: Sequence[Event]
    tasks: Sequence[Task]
    holds: Sequence[Hold]
    related: Sequence[Request]
    certificate: CertificatePart | None
    entries: Sequence[Entry]
    has_words: bool
    agent: str | None
    staff: Mapping[UUID, Staff]
    laws: Laws
    in_force: InForce


def request_page(known: Known, visit: Visit, now: datetime, done: str) -> RequestPage:
    """Return the view; call it inside `reading`."""
    request = known.request
    url = f"{queue.URL}/{request.request_id}"
    state, tone = naming.STATES[request.state]
    needed = known.laws.proofs[request.kind]
    works = may(visit.member.role, Permission.REQUESTS_WORK)
    people = permitted(visit, Permission.PEOPLE_READ, f"{HOME}/people/{request.profile_id}")
    member = known.staff.get(request.assignee_id) if request.assignee_id else None
    return RequestPage(
        title=naming.right(request.kind),
        code=short(request.request_id),
        back_url=queue.URL,
        url=url,
        csrf_token=visit.csrf_token,
        state=state,
        tone=tone,
        clock=queue.clock_of(request, now),
        who=queue.who_of(request),
        person_url=people if request.profile_id else None,
        facts=_facts(known),
        scope=_scope(request, known.in_force),
        times=_times(request),
        proof=naming.PROOFS[request.proof],
        proof_needed=naming.PROOFS[needed],
        is_proved=known.laws.is_enough(request.kind, request.proof),
        proved_at=request.proved_at if request.proof is not Proof.NONE else None,
        failures=request.failures,
        outcome=naming.OUTCOMES[request.outcome] if request.outcome else None,
        ground=naming.ground(request.ground) if request.ground else None,
        assignee=member.display_name if member else None,
        colleagues=_workers(known.staff),
        assign_url=f"{url}/assign" if works and request.is_open else None,
        assignee_id=str(request.assignee_id or ""),
        acts=_acts(known, visit, url) if works else (),
        events=tuple(_step(event, known) for event in known.events),
        tasks=tuple(_task(task, known, url, works=works) for task in known.tasks),
        holds=tuple(_hold(hold) for hold in known.holds),
        related=tuple(_related(other, request) for other in known.related),
        certificate=known.certificate,
        log=_log(known, visit),
        words_url=f"{url}/words" if works and known.has_words else None,
        contests_url=_contests(request) if works else None,
        done=_DONE.get(done),
    )


def _log(known: Known, visit: Visit) -> tuple[AuditLine, ...]:
    if not may(visit.member.role, Permission.AUDIT_READ):
        return ()
    name = str(known.request.request_id)
    own = [entry for entry in known.entries if entry.detail.get("request") == name]
    return tuple(line_of(entry, known.staff, known.in_force) for entry in own[:_SHOWN])


def _workers(staff: Mapping[UUID, Staff]) -> tuple[Option, ...]:
    """Return who may see to a request."""
    named = sorted(staff.values(), key=lambda member: member.display_name)
    return tuple(
        Option(str(member.staff_id), f"{member.display_name}, {words.role(member.role)}")
        for member in named
        if may(member.role, Permission.REQUESTS_WORK)
    )


def _facts(known: Known) -> tuple[Pair, ...]:
    request = known.request
    who = naming.REQUESTERS[request.requester]
    return (
        Pair("Law", saying.regime(request.regime)),
        Pair("Came by", naming.CHANNELS[request.channel]),
        Pair("Asked by", f"{who}: {known.agent}" if known.agent else who),
        Pair("Is answered in", language_name(request.locale) or request.locale),
        *((Pair("Number outside", request.external_ref),) if request.external_ref else ()),
    )


def _scope(request: Request, in_force: InForce) -> tuple[Pair, ...]:
    return tuple(
        Pair(words.plain(name).capitalize(), _scoped(name, value, in_force))
        for name, value in sorted(request.scope.items())
    )


def _scoped(name: str, value: object, in_force: InForce) -> str:
    text = str(value)
    return words.field(text, in_force) if name == "attribute" else words.plain(text)


def _times(request: Request) -> tuple[Pair, ...]:
    moments = (
        ("Reached us", request.received_at),
        ("Receipt to be confirmed by", request.acknowledge_by),
        ("Receipt confirmed", request.acknowledged_at),
        ("To be answered by", request.due_at),
        ("More time taken", request.extended_at),
        ("The clock stands since", request.paused_at),
        ("Work began", request.begun_at),
        ("Answered", request.closed_at),
        ("The archive can be fetched until", request.results_until),
    )
    pairs = [Pair(name, show_datetime(at)) for name, at in moments if at is not None]
    if request.extension_ground:
        pairs.append(Pair("Why more time", naming.ground(request.extension_ground)))
    if request.paused_for:
        stood = words.counted(request.paused_for.days, "day", "days")
        pairs.append(Pair("The clock stood before", stood))
    if request.downloads:
        fetched = words.counted(request.downloads, "time", "times")
        pairs.append(Pair("The archive was fetched", fetched))
    return tuple(pairs)


def _acts(known: Known, visit: Visit, url: str) -> tuple[Act, ...]:
    """Return what can be done with a request now."""
    request = known.request
    if not request.is_open:
        return ()
    own = visit.member.staff_id
    mine = Act(
        "See to it myself", f"{url}/assign", is_form=True, look="",
        fields=(Pair("who", str(own)),),
    )  # fmt: skip
    return (
        *(() if request.assignee_id == own else (mine,)),
        *_whose(request, url),
        *_timing(known, url),
        *_ending(request, url),
    )


def _whose(request: Request, url: str) -> list[Act]:
    """Return the acts that make sure who asks."""
    acts: list[Act] = []
    if request.profile_id is None:
        acts.append(Act("Find whose it is …", f"{url}/person"))
    if request.state is State.RECEIVED:
        acts.append(Act("Say which right it is …", f"{url}/sort"))
    if request.state is State.IN_PROGRESS:
        return acts
    acts.append(Act("Record a proof …", f"{url}/prove"))
    if request.profile_id is not None:
        acts.append(Act("Send the link again", f"{url}/link", is_form=True))
    return acts


def _timing(known: Known, url: str) -> list[Act]:
    """Return the acts about the clock."""
    request = known.request
    acts: list[Act] = []
    if request.acknowledge_by is not None and request.acknowledged_at is None:
        acts.append(Act("Confirm receipt", f"{url}/acknowledge", is_form=True))
    if request.paused_at is not None:
        acts.append(Act("Let the clock go on", f"{url}/resume", is_form=True))
    elif any(known.laws.may_pause(request.regime, why) for why in _PAUSES):
        acts.append(Act("Let the clock stand …", f"{url}/pause"))
    if request.extended_at is None:
        acts.append(Act("Take more time …", f"{url}/extend"))
    return acts


def _ending(request: Request, url: str) -> list[Act]:
    """Return the acts that close it."""
    by_hand = Act("Answer by hand …", f"{url}/fulfil")
    return [
        *([by_hand] if request.state is State.IN_PROGRESS else []),
        Act("Refuse …", f"{url}/refuse"),
        Act("They took it back …", f"{url}/withdraw"),
    ]


def _step(event: Event, known: Known) -> EventStep:
    notes = [naming.code_of(event.code)] if event.code else []
    notes += [f"{words.plain(name)} {_value(value)}" for name, value in event.detail.items()]
    who = words.labelled(event.actor, known.staff, known.in_force)
    return EventStep(
        at=event.at,
        title=naming.happened(event.what),
        text=" · ".join([*notes, who]),
    )


def _value(value: object) -> str:
    text = str(value)
    try:
        return short(UUID(text))
    except ValueError:
        return words.plain(text)


def _task(task: Task, known: Known, url: str, *, works: bool) -> TaskLine:
    state, tone = naming.TASKS[task.state]
    may_settle = works and known.request.is_open
    by_hand = task.state in {TaskState.MANUAL, TaskState.STUCK}
    is_review = task.step == "review" and known.request.kind is Right.AUTOMATED_DECISION
    only_machine = task.step in BY_MACHINE
    may_retry = task.state is TaskState.STUCK or (by_hand and only_machine)
    base = f"{url}/tasks/{task.task_id}"
    waits = task.state in {TaskState.WAITING, TaskState.ASKED}
    return TaskLine(
        what=naming.step(task.step),
        party=words.plain(task.party),
        state=state,
        tone=tone,
        stage=task.stage,
        attempts=task.attempts,
        when=task.done_at or (task.not_before if waits else None),
        problem=words.plain(task.problem) if task.problem else None,
        evidence=tuple(
            Pair(words.plain(name), _value(value)) for name, value in task.evidence.items()
        ),
        done_by=words.labelled(task.done_by, known.staff, known.in_force)
        if task.done_by
        else None,
        due_at=task.due_at if task.state is TaskState.MANUAL else None,
        settle_url=base if may_settle and by_hand and not (is_review or only_machine) else None,
        retry_url=f"{base}/retry" if may_settle and may_retry else None,
    )


def _hold(hold: Hold) -> HoldPart:
    return HoldPart(
        ground=naming.ground(hold.ground),
        reference=hold.reference,
        placed_at=hold.placed_at,
        review_on=datetime.combine(hold.review_on, time(), UTC),
        url=HOLDS_URL,
    )


def _related(other: Request, request: Request) -> RelatedLine:
    state, tone = naming.STATES[other.state]
    how = "of the same person"
    if other.request_id == request.about_request_id:
        how = "what this one is about"
    elif other.about_request_id == request.request_id:
        how = "about this one"
    elif other.request_id == request.duplicate_of:
        how = "the same, asked before"
    return RelatedLine(
        href=f"{queue.URL}/{other.request_id}",
        right=naming.right(other.kind),
        how=how,
        state=state,
        tone=tone,
        received_at=other.received_at,
    )


def _contests(request: Request) -> str | None:
    is_open = request.is_open and request.kind is Right.AUTOMATED_DECISION
    return CONTESTS_URL if is_open else None

"""A request as its pages tell it: state, clock, steps, end. Only for use inside `reading`."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from candor.domain.catalogue.model import InForce
from candor.domain.rights.model.request import Event, Request, Right, State
from candor.domain.rights.model.task import Task, TaskState
from candor.infra.web import reading
from candor.infra.web.reading import declared
from candor.infra.web.reading import translate as _
from candor.surface.plain import entitled
from candor.surface.portal.rights.views import Answer, RequestLine, Step

_BY_HAND: Final = frozenset({TaskState.MANUAL, TaskState.STUCK})
# What the machine does by itself within seconds: then the page looks again by itself.
_MACHINE: Final = frozenset({TaskState.WAITING, TaskState.RUNNING})


def line(request: Request, now: datetime, href: str) -> RequestLine:
    """Return a request as a line of a list."""
    state, tone = entitled.state(request)
    clock, urgency = entitled.clock(request, now)
    return RequestLine(
        href=href,
        title=entitled.asked_for(request.kind),
        asked_at=request.received_at,
        state=state,
        tone=tone,
        clock=clock,
        urgency=urgency,
    )


def steps(request: Request, events: Sequence[Event], tasks: Sequence[Task]) -> tuple[Step, ...]:
    """Return what happened, what is under way and what is still to come, in this order."""
    happened = [
        (event.at, Step(told, event.at, "done", _why(event)))
        for event in events
        if (told := entitled.event(event.what)) is not None
    ]
    happened += [
        (task.done_at, Step(entitled.step(task.step, _party(task)), task.done_at, "done"))
        for task in tasks
        if task.state is TaskState.DONE and task.done_at is not None
    ]
    # a step that is done before the request is over stands before its end
    past = [step for _at, step in sorted(happened, key=lambda pair: pair[0])]
    return (*past, *_to_come(request, tasks))


def _party(task: Task) -> str:
    """Return whom a step is about: a connection by the name of its vendor, once it was asked."""
    if task.step != "follow":
        return task.party
    name = task.evidence.get("system")
    return name if isinstance(name, str) else ""


def _to_come(request: Request, tasks: Iterable[Task]) -> list[Step]:
    if not request.is_open:
        return []
    return [
        Step(entitled.step(task.step, _party(task)), None, "waiting", _now(task))
        for task in tasks
        if task.state not in {TaskState.DONE, TaskState.DROPPED}
    ]


def _why(event: Event) -> str | None:
    """Return the reason of more time; other codes are for those who work on it."""
    if event.what != "extended" or event.code is None:
        return None
    return entitled.ground_of(event.code)


def _now(task: Task) -> str | None:
    """Return what happens with a task just now."""
    if task.state in _BY_HAND:
        return str(_("Somebody of ours sees to it."))
    if task.state is TaskState.RUNNING:
        return str(_("Just now."))
    if task.state is TaskState.ASKED:
        return str(_("They were asked, and we wait for their answer."))
    if task.attempts:
        return str(_("It did not work at the first try; we try again by ourselves."))
    return None


def is_live(request: Request, tasks: Iterable[Task]) -> bool:
    """Tell whether something may change by itself within seconds."""
    if request.state is not State.IN_PROGRESS:
        return False
    left = [task for task in tasks if task.state not in {TaskState.DONE, TaskState.DROPPED}]
    return not left or any(task.state in _MACHINE for task in left)


def what(request: Request, in_force: InForce) -> str | None:
    """Return what exactly was asked: the purpose, the fact, the decision."""
    language = reading.current().language
    purpose = in_force.purposes.get(str(request.scope.get("purpose", "")))
    if purpose is not None:
        return purpose.title(language)
    attribute = in_force.attributes.get(str(request.scope.get("attribute", "")))
    if attribute is not None:
        return declared(attribute.title)
    return None


def answer(request: Request, tasks: Iterable[Task], words: str | None) -> Answer | None:
    """Return how a request ended; None while it runs."""
    match request.state:
        case State.FULFILLED:
            kept = _kept(request, tasks)
            title = str(_("Done in part")) if kept else str(_("Done"))
            return Answer(
                title,
                _done(request.kind),
                "attention" if kept else "good",
                words=words,
                kept=kept,
            )
        case State.REFUSED:
            return Answer(
                str(_("We did not do this")), entitled.ground(request.ground), "calm", words
            )
        case State.WITHDRAWN:
            return Answer(
                str(_("Taken back")), str(_("Nothing is done about it any more.")), "calm"
            )
        case _:
            return None


def _kept(request: Request, tasks: Iterable[Task]) -> tuple[str, ...]:
    """Return why something had to stay, each reason once."""
    grounds = [
        str(task.evidence["kept"])
        for task in tasks
        if isinstance(task.evidence.get("kept"), str)
    ]
    if request.ground is not None:
        grounds.append(request.ground.value)
    return tuple(dict.fromkeys(entitled.ground_of(ground) for ground in grounds))


def _done(kind: Right) -> str:
    match kind:
        case Right.ACCESS | Right.PORTABILITY:
            return str(_("Your copy is ready."))
        case Right.ERASURE:
            return str(_("What we held about you is gone. The certificate says so."))
        case Right.RESTRICTION:
            return str(_("Your data is set aside: kept, and used for nothing."))
        case Right.RECTIFICATION:
            return str(_("It is put right, and everybody who had it from us is told."))
        case Right.OBJECTION | Right.SALE_OPT_OUT | Right.LIMIT_SENSITIVE:
            return str(_("It has stopped."))
        case _:
            return str(_("This is answered."))

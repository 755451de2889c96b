"""From rows to the queue: who waits, for how long, and how it went."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from candor.domain.access.model.sign_in import Staff
from candor.domain.catalogue.model import Regime
from candor.domain.rights.model.request import OPEN, Channel, Request, Right, State
from candor.domain.rights.service import reading as requests
from candor.infra.web.reading import show_date, show_number
from candor.surface.console import words
from candor.surface.console.desk import HOME
from candor.surface.console.requests import naming
from candor.surface.console.requests.views import (
    ClockPart,
    Column,
    Figure,
    PaceLine,
    QueueFilter,
    RequestLine,
)
from candor.surface.console.views import Option
from candor.surface.plain.visits import short

URL: Final = f"{HOME}/requests"
WEEKS: Final = 12
YEAR: Final = timedelta(days=365)
_WEEK: Final = timedelta(days=7)
_DAY: Final = timedelta(days=1)
_UNKNOWN: Final = "unknown"
_NOBODY: Final = "nobody"
_MINE: Final = "mine"
_CLOSED: Final = "answered"

ONLIES: Final = (
    Option("", "what is open"),
    Option("overdue", "what is late"),
    Option("soon", "what is due within 7 days, or late"),
    Option("proof", "what waits for a proof"),
    Option("stuck", "what needs a person"),
    Option(_CLOSED, "what is answered"),
    Option("all", "everything"),
)
RIGHTS: Final = tuple(Option(right, naming.RIGHTS[right]) for right in Right)
STATES: Final = tuple(Option(state, naming.STATES[state][0]) for state in State)
CHANNELS: Final = tuple(Option(channel, naming.CHANNELS[channel]) for channel in Channel)
LAWS: Final = (
    *(Option(regime, naming.LAWS[regime]) for regime in Regime),
    Option(_UNKNOWN, "unknown"),
)


def read_filter(asked: Mapping[str, str], staff: Mapping[UUID, Staff]) -> QueueFilter:
    """Return what the address asks for; what names nothing is left out."""

    def one_of(name: str, options: Iterable[Option]) -> str:
        text = asked.get(name, "")
        return text if text in {option.code for option in options} else ""

    return QueueFilter(
        state=one_of("state", STATES),
        right=one_of("right", RIGHTS),
        law=one_of("law", LAWS),
        channel=one_of("channel", CHANNELS),
        assignee=one_of("assignee", assignees(staff)),
        only=one_of("only", ONLIES),
    )


def assignees(staff: Mapping[UUID, Staff]) -> tuple[Option, ...]:
    """Return who may see to a request, for the filter."""
    named = sorted(staff.values(), key=lambda member: member.display_name)
    return (
        Option(_MINE, "me"),
        Option(_NOBODY, "nobody yet"),
        *(Option(str(member.staff_id), member.display_name) for member in named),
    )


def wanted(chosen: QueueFilter, own: UUID, now: datetime) -> requests.Filter:
    """Return the filter as the service takes it. Without a state: what is open."""
    found = requests.Filter(
        states=_states(chosen),
        kinds=(Right(chosen.right),) if chosen.right else None,
        regimes=(chosen.law,) if chosen.law else None,
        channels=(Channel(chosen.channel),) if chosen.channel else None,
        is_unassigned=chosen.assignee == _NOBODY,
        is_stuck=chosen.only == "stuck",
    )
    if chosen.assignee == _MINE:
        found = replace(found, assignee_id=own)
    elif chosen.assignee not in {"", _NOBODY}:
        found = replace(found, assignee_id=UUID(chosen.assignee))
    limits = {"overdue": now, "soon": now + requests.SOON}
    return replace(found, due_before=limits.get(chosen.only))


def _states(chosen: QueueFilter) -> tuple[State, ...] | None:
    if chosen.state:
        return (State(chosen.state),)
    match chosen.only:
        case "all":
            return None
        case "proof":
            return (State.RECEIVED, State.VERIFYING)
        case "answered":
            return (State.FULFILLED, State.REFUSED, State.WITHDRAWN)
        case _:
            return tuple(state for state in State if state in OPEN)


def address(chosen: QueueFilter, after: str = "") -> str:
    """Return the address of the queue with a filter, from a place on."""
    named = {
        "only": chosen.only, "state": chosen.state, "right": chosen.right, "law": chosen.law,
        "channel": chosen.channel, "assignee": chosen.assignee, "after": after,
    }  # fmt: skip
    query = urlencode({name: value for name, value in named.items() if value})
    return f"{URL}?{query}" if query else URL


def place_text(request: Request) -> str:
    """Return where a page of the queue ends, for the address of the next."""
    place = requests.place_of(request)
    return f"{place.due_at.isoformat()}~{place.request_id}"


def read_place(text: str) -> requests.Place | None:
    """Return from where a page of the queue goes on; None: from its begin."""
    moment, _, identity = text.partition("~")
    try:
        at, after = datetime.fromisoformat(moment), UUID(identity)
    except ValueError:
        return None
    return requests.Place(at, after) if at.tzinfo else None


def line_of(
    request: Request, staff: Mapping[UUID, Staff], stuck: frozenset[UUID], now: datetime
) -> RequestLine:
    """Return a request as the queue shows it; call it inside `reading`."""
    state, tone = naming.STATES[request.state]
    member = staff.get(request.assignee_id) if request.assignee_id else None
    return RequestLine(
        href=f"{URL}/{request.request_id}",
        right=naming.right(request.kind),
        law=naming.law(request.regime),
        who=who_of(request),
        channel=naming.CHANNELS[request.channel],
        state=state,
        tone=tone,
        clock=clock_of(request, now),
        assignee=_name(member, request),
        received_at=request.received_at,
        is_stuck=request.request_id in stuck,
    )


def _name(member: Staff | None, request: Request) -> str | None:
    if member is None:
        return "somebody who left" if request.assignee_id else None
    return member.display_name


def who_of(request: Request) -> str:
    """Return about whom a request is; nothing is opened for it."""
    if request.profile_id is None:
        return "nobody found yet"
    return f"Person {short(request.profile_id)}"


def clock_of(request: Request, now: datetime) -> ClockPart | None:
    """Return how much time is left; None: it is answered."""
    if not request.is_open:
        return None
    if request.paused_at is not None:
        return ClockPart("stands still")
    if request.due_at is None:
        return ClockPart("no day is set")
    left = request.due_at - now
    if left <= timedelta(0):
        late = -left
        text = _span(late) if late >= _DAY else "less than a day"
        return ClockPart(f"{text} late", "late")
    text = f"{_span(left)} left" if left >= _DAY else "due today"
    return ClockPart(text, "soon" if left <= requests.SOON else "")


def _span(time: timedelta) -> str:
    return words.counted(time // _DAY, "day", "days")


def figures_of(counts: requests.Counts) -> tuple[Figure, ...]:
    """Return the numbers on top; each leads to what it counts."""
    soon = counts.due_soon + counts.overdue

    def to(only: str, **more: str) -> str:
        return f"{URL}?{urlencode({'only': only, **more} if only else more)}#queue"

    return (
        Figure("Open", counts.open, f"{URL}#queue"),
        Figure("Due within 7 days", soon, to("soon"), note="late ones too"),
        Figure("Late", counts.overdue, to("overdue"), is_alert=counts.overdue > 0),
        Figure(
            "Need a person", counts.stuck, to("stuck"), "stuck, or by hand", counts.stuck > 0
        ),
        Figure("Waiting for proof", counts.waiting_for_proof, to("proof")),
        Figure("Nobody sees to it", counts.unassigned, to("", assignee=_NOBODY)),
    )


def first_week(now: datetime) -> datetime:
    """Return the Monday with which the chart begins."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return today - timedelta(days=today.weekday()) - _WEEK * (WEEKS - 1)


def columns_of(weeks: Sequence[requests.Week], first: datetime) -> tuple[Column, ...]:
    """Return the chart of what came, by week; call it inside `reading`."""
    sums = weekly_of(weeks, first)
    return tuple(
        Column(show_date(first + _WEEK * number), value) for number, value in enumerate(sums)
    )


def weekly_of(
    weeks: Sequence[requests.Week], first: datetime, kind: str | None = None
) -> tuple[int, ...]:
    """Return what came in each week, of one right or of all."""
    sums = [0] * WEEKS
    for row in weeks:
        place = (row.week - first) // _WEEK
        if kind in {None, row.kind} and 0 <= place < WEEKS:
            sums[place] += row.received
    return tuple(sums)


def pace_of(
    figures: Sequence[requests.Figure], weeks: Sequence[requests.Week], first: datetime
) -> tuple[PaceLine, ...]:
    """Return how each right was answered; call it inside `reading`."""
    return tuple(_pace(row, weekly_of(weeks, first, row.kind)) for row in figures)


def _pace(row: requests.Figure, weekly: tuple[int, ...]) -> PaceLine:
    answered = row.in_full + row.in_part + row.refused
    closed = answered + row.withdrawn
    percent = round(100 * row.in_time / closed) if closed else None
    return PaceLine(
        right=naming.right(Right(row.kind)),
        href=f"{URL}?{urlencode({'only': 'all', 'right': row.kind})}",
        received=row.received,
        answered=answered,
        refused=row.refused,
        in_time="–" if percent is None else f"{percent}%",
        in_time_percent=percent,
        median_days=_days(row.median_days),
        mean_days=_days(row.mean_days),
        weekly=weekly,
    )


def _days(number: float | None) -> str:
    return "–" if number is None else show_number(round(number, 1))

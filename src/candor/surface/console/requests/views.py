"""What the pages of requests need: the queue, one request, and the acts on it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from candor.surface.console.security.views import AuditLine
from candor.surface.console.views import Option, Pager, Pair


@dataclass(frozen=True, slots=True)
class ClockPart:
    """How much time is left, in words."""

    text: str  # "3 days left", "2 days late", "stands still"
    urgency: str = ""  # "" "soon" "late"


@dataclass(frozen=True, slots=True)
class RequestLine:
    """One request as the queue shows it. Nothing of the person is opened for it."""

    href: str
    right: str
    law: str
    who: str  # "Person 7f3a 91c0", or that nobody was found yet
    channel: str
    state: str
    tone: str
    clock: ClockPart | None  # None: it is answered
    assignee: str | None
    received_at: datetime
    is_stuck: bool


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that leads to its rows."""

    name: str
    value: int
    href: str
    note: str | None = None
    is_alert: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """One week of the chart: how many requests came."""

    label: str
    value: int


@dataclass(frozen=True, slots=True)
class PaceLine:
    """How one right went in the time that is looked at."""

    right: str
    href: str
    received: int
    answered: int
    refused: int
    in_time: str  # "97%", or "–"
    in_time_percent: int | None
    median_days: str
    mean_days: str
    weekly: tuple[int, ...]  # received in each of the weeks of the chart


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """What the address asks for."""

    state: str
    right: str
    law: str
    channel: str
    assignee: str
    only: str


@dataclass(frozen=True, slots=True)
class QueuePage:
    """Template `console/requests.html`."""

    url: str
    chosen: QueueFilter
    states: tuple[Option, ...]
    rights: tuple[Option, ...]
    laws: tuple[Option, ...]
    channels: tuple[Option, ...]
    assignees: tuple[Option, ...]
    onlies: tuple[Option, ...]  # "overdue", "stuck" …
    is_filtered: bool
    lines: tuple[RequestLine, ...]
    pager: Pager
    figures: tuple[Figure, ...]
    weeks: tuple[Column, ...]
    is_any: bool  # whether any week has some
    pace: tuple[PaceLine, ...]
    new_url: str | None = None  # none without permission


@dataclass(frozen=True, slots=True)
class EventStep:
    """Something that happened to a request."""

    at: datetime
    title: str
    text: str | None = None
    state: str = "done"


@dataclass(frozen=True, slots=True)
class TaskLine:
    """One task."""

    what: str
    party: str  # by whom, in words
    state: str
    tone: str
    stage: int
    attempts: int
    when: datetime | None  # when it was done, or is tried again
    problem: str | None
    evidence: tuple[Pair, ...]
    done_by: str | None = None
    due_at: datetime | None = None
    settle_url: str | None = None
    retry_url: str | None = None


@dataclass(frozen=True, slots=True)
class HoldPart:
    """A hold on the person."""

    ground: str
    reference: str
    placed_at: datetime
    review_on: datetime
    url: str


@dataclass(frozen=True, slots=True)
class RelatedLine:
    """Another request of the same person, or one that this is about."""

    href: str
    right: str
    how: str  # "the same, asked again", "what this is about", "of the same person"
    state: str
    tone: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class CertificatePart:
    """What proves that an erasure was done."""

    url: str
    lines: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class Act:
    """Something that can be done with a request now."""

    label: str
    href: str
    is_form: bool = False  # True: a button that acts at once; False: a page that asks once more
    look: str = "quiet"
    fields: tuple[Pair, ...] = ()


@dataclass(frozen=True, slots=True)
class RequestPage:
    """Template `console/request.html`: everything about one request."""

    title: str
    code: str
    back_url: str
    url: str
    csrf_token: str
    state: str
    tone: str
    clock: ClockPart | None
    who: str
    person_url: str | None  # its purpose page; none: nobody is found, or no permission
    facts: tuple[Pair, ...]  # law, channel, requester, language, number outside …
    scope: tuple[Pair, ...]
    times: tuple[Pair, ...]  # received, due, extended, paused …
    proof: str
    proof_needed: str
    is_proved: bool
    proved_at: datetime | None
    failures: int
    outcome: str | None
    ground: str | None
    assignee: str | None
    colleagues: tuple[Option, ...]
    assign_url: str | None
    assignee_id: str
    acts: tuple[Act, ...]
    events: tuple[EventStep, ...]
    tasks: tuple[TaskLine, ...]
    holds: tuple[HoldPart, ...]
    related: tuple[RelatedLine, ...]
    certificate: CertificatePart | None
    log: tuple[AuditLine, ...]
    words_url: (
        str | None
    )  # where what was written is opened; none: nothing was, or no permission
    contests_url: str | None = None
    done: str | None = None
    refused: str | None = None  # why nothing was done: somebody was faster


@dataclass(frozen=True, slots=True)
class ActPage:
    """Template `console/request_act.html`: one act, what it will do, and its form."""

    title: str
    eyebrow: str  # which request
    lede: str
    back_url: str
    post_url: str
    csrf_token: str
    button: str
    effects: tuple[str, ...] = ()  # sentences with numbers: what will happen
    look: str = ""
    selects: tuple["SelectPart", ...] = ()
    inputs: tuple["InputPart", ...] = ()
    area: "AreaPart | None" = None
    preview: "Preview | None" = None
    error: str | None = None
    preview_button: bool = False
    back_label: str = "Back to the request"
    second: Option | None = None  # another button of the same form: its value and its words


@dataclass(frozen=True, slots=True)
class SelectPart:
    """A list in the form of an act."""

    name: str
    label: str
    options: tuple[Option, ...]
    chosen: str = ""
    empty: str | None = None
    hint: str | None = None
    error: str | None = None
    is_required: bool = True


@dataclass(frozen=True, slots=True)
class InputPart:
    """A line in the form of an act."""

    name: str
    label: str
    value: str = ""
    type: str = "text"
    hint: str | None = None
    error: str | None = None
    is_required: bool = True


@dataclass(frozen=True, slots=True)
class AreaPart:
    """A longer text in the form of an act."""

    name: str
    label: str
    value: str = field(default="", repr=False)
    hint: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """The letter as the person will read it."""

    language: str  # BCP 47
    subject: str
    paragraphs: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class NoteLine:
    """Something written, opened."""

    use: str
    author: str
    written_at: datetime
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class WordsPage:
    """Template `console/request_words.html`: what was written, opened for a stated purpose."""

    eyebrow: str
    back_url: str
    url: str
    csrf_token: str
    purposes: tuple[Option, ...]
    purpose: str | None = None
    error: str | None = None
    notes: tuple[NoteLine, ...] | None = None  # None: the purpose was not stated yet


@dataclass(frozen=True, slots=True)
class NewPage:
    """Template `console/request_new.html`: writing down a request that came otherwise."""

    url: str
    back_url: str
    csrf_token: str
    kinds: tuple[Option, ...]  # of identifiers
    purposes: tuple[Option, ...]
    rights: tuple[Option, ...]
    channels: tuple[Option, ...]
    laws: tuple[Option, ...]
    languages: tuple[Option, ...]
    requesters: tuple[Option, ...]
    proofs: tuple[Option, ...]
    facts: tuple[Option, ...]  # what can be compared
    today: str
    values: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    errors: Mapping[str, str] = field(default_factory=dict[str, str])
    is_not_found: bool = False

"""What the pages of connections need."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from candor.surface.console.views import Option, Pager, Pair


@dataclass(frozen=True, slots=True)
class FlowBox:
    """One system in the picture of the flows."""

    name: str
    note: str  # under the name: "1,204 in the last hour"
    tone: str  # "good" "attention" "still"
    top: int  # where it begins, in units of the drawing
    href: str | None


@dataclass(frozen=True, slots=True)
class Picture:
    """Sources → Candor → destinations, drawn."""

    sources: tuple[FlowBox, ...]
    destinations: tuple[FlowBox, ...]
    height: int
    company: str
    told: str  # the whole picture in a sentence, for whoever does not see it


@dataclass(frozen=True, slots=True)
class Figure:
    """One number on top."""

    name: str
    value: int | str
    note: str = ""
    is_alert: bool = False
    href: str = ""  # the page with what it counts


@dataclass(frozen=True, slots=True)
class ConnectionLine:
    """One connection in the list."""

    name: str
    href: str
    kind: str
    vendor: str
    ways: str
    state: str
    tone: str
    problem: str | None
    lag: str
    waiting: int
    parked: int
    took: str  # p50 / p95 / p99
    people: int
    answered_at: datetime | None
    hourly: tuple[int, ...]  # acknowledged, 24 hours, oldest first


@dataclass(frozen=True, slots=True)
class ConnectionsPage:
    """Template `console/connections.html`."""

    picture: Picture
    figures: tuple[Figure, ...]
    lines: tuple[ConnectionLine, ...]
    ended: tuple[Option, ...]  # address and name of those that ended
    new_url: str | None


@dataclass(frozen=True, slots=True)
class ProblemLine:
    """What goes wrong with open deliveries."""

    what: str
    advice: str
    count: int
    last_at: datetime
    href: str


@dataclass(frozen=True, slots=True)
class Column:
    """One hour in the chart."""

    label: str
    value: int
    needless: int = 0


@dataclass(frozen=True, slots=True)
class MappingLine:
    """One line of the mapping."""

    there: str
    ours: str
    purposes: str
    way: str
    is_key: bool


@dataclass(frozen=True, slots=True)
class Act:
    """Something that can be done with a connection."""

    label: str
    href: str
    is_form: bool = False  # else it leads to a page that asks
    look: str = "quiet"


@dataclass(frozen=True, slots=True)
class Copy:
    """Something to copy: a DNS record, a public key; no secret."""

    title: str
    name: str  # of the record, of the setting
    text: str


@dataclass(frozen=True, slots=True)
class ConnectionPage:
    """Template `console/connection.html`."""

    name: str
    eyebrow: str
    state: str
    tone: str
    why: str
    problem: str | None
    advice: str
    url: str
    back_url: str
    csrf_token: str
    said: str | None  # what was just done
    wrong: str | None  # why it was not
    figures: tuple[Figure, ...]
    columns: tuple[Column, ...]
    sweep_percent: int | None  # how far everybody is being compared
    problems: tuple[ProblemLine, ...]
    counts: tuple[Option, ...]  # deliveries by state: address, and words with a number
    facts: tuple[Pair, ...]
    settings: tuple[Pair, ...]
    mapping: tuple[MappingLine, ...]
    heard: tuple[Pair, ...]  # what became of what it said in a day
    drift: str | None  # what the last comparison of their refusals with ours found
    acts: tuple[Act, ...]
    looks: tuple[Act, ...]  # that change nothing: previews, deliveries
    copies: tuple[Copy, ...] = ()  # what must be put elsewhere for it to work


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """One delivery; nothing about whom."""

    code: str
    state: str
    tone: str
    cause: str
    changed_at: datetime
    settled_at: datetime | None
    took: str
    attempts: int
    fields: str
    problem: str | None
    advice: str
    retry_url: str | None
    drop_url: str | None
    ref: str


@dataclass(frozen=True, slots=True)
class DeliveriesPage:
    """Template `console/deliveries.html`."""

    name: str
    url: str
    back_url: str
    csrf_token: str
    states: tuple[Option, ...]
    state: str
    lines: tuple[DeliveryLine, ...]
    pager: Pager
    retry_url: str | None  # of all that are parked
    drop_url: str | None
    parked: int
    said: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One field of a form: typed, or chosen from a list."""

    name: str
    label: str
    value: str = ""
    hint: str = ""
    type: str = "text"  # as in HTML; "area", "select" and "check" besides
    options: tuple[Option, ...] = ()
    is_required: bool = False
    empty: str | None = None
    part: str = ""  # the heading under which it stands


@dataclass(frozen=True, slots=True)
class ActPage:
    """Template `console/connection_act.html`: says what will happen, and asks."""

    title: str
    eyebrow: str
    back_url: str
    post_url: str
    csrf_token: str
    effects: tuple[str, ...]
    button: str
    look: str = "danger"
    entries: tuple[Entry, ...] = ()
    error: str | None = None


@dataclass(frozen=True, slots=True)
class KindCard:
    """One kind of system that Candor speaks with."""

    title: str
    about: str
    ways: str
    href: str


@dataclass(frozen=True, slots=True)
class KindsPage:
    """Template `console/connection_kinds.html`."""

    kinds: tuple[KindCard, ...]
    back_url: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the mapping, as it is edited."""

    number: int
    there: str = ""
    ours: str = ""  # "attribute:city"
    way: str = "out"
    purposes: str = ""


@dataclass(frozen=True, slots=True)
class FormPage:
    """Template `console/connection_form.html`."""

    title: str
    eyebrow: str
    back_url: str
    post_url: str
    csrf_token: str
    button: str
    about: tuple[Entry, ...]
    directions: tuple[Entry, ...]
    purposes: tuple[Entry, ...]
    settings: tuple[Entry, ...]
    secrets: tuple[Entry, ...]
    rows: tuple[Row, ...]
    ours: tuple[Option, ...]
    ways: tuple[Option, ...]
    effects: tuple[str, ...] = ()
    error: str | None = None


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """One field of what would go about a person."""

    there: str
    ours: str
    value: str | None  # None: nothing would go, or it is not shown
    goes: str
    tone: str
    why: str
    is_news: bool


@dataclass(frozen=True, slots=True)
class PreviewPage:
    """Template `console/connection_preview.html`."""

    name: str
    back_url: str
    post_url: str
    csrf_token: str
    kinds: tuple[Option, ...]
    purposes: tuple[Option, ...]
    values: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    error: str | None = None
    outcome: str | None = None  # what would happen, in a sentence
    lines: tuple[PreviewLine, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class FieldCount:
    """For how many a field may go."""

    there: str
    people: str
    percent: int


@dataclass(frozen=True, slots=True)
class DryRunPage:
    """Template `console/connection_dry_run.html`."""

    name: str
    back_url: str
    figures: tuple[Figure, ...]
    fields: tuple[FieldCount, ...]

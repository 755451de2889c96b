"""What the page Today needs."""

from dataclasses import dataclass
from datetime import datetime

from candor.surface.console.views import Option


@dataclass(frozen=True, slots=True)
class Count:
    """A number that leads to what it counts."""

    value: int
    href: str | None  # none when the reader may not open it


@dataclass(frozen=True, slots=True)
class DoorCount:
    """What the door did in the last 24 hours, in one respect."""

    total: int
    hourly: tuple[int, ...]  # 24 numbers, oldest hour first
    href: str | None


@dataclass(frozen=True, slots=True)
class DoorLine:
    """One source at the door, last 24 hours."""

    name: str
    href: str | None
    heard: str  # "this hour", "19:00 to 20:00", "nothing yet"
    stored: int
    duplicate: int
    no_purpose: int
    refused: int
    masked_card: int
    hourly: tuple[int, ...]  # stored, 24 numbers, oldest hour first


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart."""

    label: str
    value: int
    href: str | None = None


@dataclass(frozen=True, slots=True)
class RuleLine:
    """The merges of one rule."""

    rule: str  # in words
    in_force: int
    undone: int


@dataclass(frozen=True, slots=True)
class OptIn:
    """How one purpose that people choose about is answered."""

    name: str
    href: str
    share: str  # of active people for whom it is allowed: "43%"
    note: str  # "1,204 people"
    yeses: tuple[int, ...]  # by week, oldest first; what is too small to be said is 0


@dataclass(frozen=True, slots=True)
class Trust:
    """How trust goes: what people choose. Small groups are not counted out."""

    purposes: tuple[OptIn, ...]
    yeses_today: str
    noes_today: str
    taken_back_today: str
    waiting: str  # people with a yes to confirm
    choices_url: str
    log_url: (
        str  # the rows, where the reader may open them; else where the numbers are explained
    )
    waiting_url: str


@dataclass(frozen=True, slots=True)
class Promised:
    """How requests of people go."""

    in_time: str  # share of those answered in 90 days: "97%", or "–"
    answered: str  # "of 12 answered in 90 days"
    open: int
    overdue: int
    stuck: int
    weekly: tuple[int, ...]  # received, oldest week first
    url: str


@dataclass(frozen=True, slots=True)
class Flowing:
    """How connections do."""

    troubled: int  # need somebody
    all: int
    waiting: int  # deliveries on their way
    oldest: str  # how old the oldest of them is
    reached: int  # changes that were acknowledged in a day
    slowest: str  # p99 of the slowest: "0.8 s"
    url: str


@dataclass(frozen=True, slots=True)
class Decision:
    """Something that waits for whoever looks."""

    text: str  # begins with the number, where there is one
    href: str
    since: datetime | None = None  # when the oldest of them came
    note: str | None = None  # "2 critical"


@dataclass(frozen=True, slots=True)
class TodayPage:
    """Template `console/today.html`."""

    now: datetime
    profiles: Count
    people: Count
    known_people: int  # of them, those known by more than a browser or phone
    merges: Count
    undone: Count
    reviews: Count
    people_by_profiles: tuple[Bar, ...]  # "1 profile", "2 profiles", …
    profiles_by_source: tuple[Bar, ...]  # which source brought them first
    merges_by_rule: tuple[RuleLine, ...]
    stored: DoorCount
    duplicate: DoorCount
    no_purpose: DoorCount
    refused: DoorCount
    masked_card: DoorCount
    sources: tuple[DoorLine, ...]
    hours: tuple[Option, ...]  # 24 labels such as "13:00", oldest first, for the table behind
    counted_at: str | None = None  # when people were counted; none: for this view
    trust: Trust | None = None  # none for whoever may not see counts of choices
    promised: Promised | None = None  # none for whoever may not see requests
    flowing: Flowing | None = None  # none for whoever may not see connections, or without any
    decisions: tuple[Decision, ...] = ()  # what the reader may decide on, most urgent first

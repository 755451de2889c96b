"""What the page Where it has reached needs."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Stop:
    """One place that a change comes to, in words."""

    name: str  # of the vendor, as people know it; or of a channel
    said: str  # "0.3 seconds later"
    tone: str  # "good", "attention", "refusal", or none
    detail: str | None = None  # country, or why it is held back


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that changed, and where that has come."""

    at: datetime
    said: tuple[str, ...]  # what the person did, one line for each
    here: str | None  # what holds at once, in our own house
    stops: tuple[Stop, ...]


@dataclass(frozen=True, slots=True)
class ChangesOfDay:
    """The changes of one day, newest first."""

    day: date
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class ReachedPage:
    """Template `portal/reached.html`. Newest day first."""

    days: tuple[ChangesOfDay, ...]
    on_the_way: int  # that have not come to an end
    held: int  # that somebody must see to
    is_live: bool
    here_url: str
    kept_days: int
    allow_url: str
    systems: tuple[str, ...] = ()  # who is told now, for a page with nothing on it

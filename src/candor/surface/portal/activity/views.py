"""What the page of purchases and activity needs."""

from dataclasses import dataclass
from datetime import date, datetime

from candor.surface.portal.views import Pager


@dataclass(frozen=True, slots=True)
class Activity:
    """One thing that happened."""

    at: datetime
    title: str  # "Bought 3 things", "Used a coupon"
    source: str  # "the till in Hamburg"
    details: tuple[str, ...]
    kept_for: tuple[str, ...]  # purposes in words
    lines: tuple[
        tuple[str, tuple[str, ...]], ...
    ] = ()  # all that is kept: name, one value or several
    amount_minor: int | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class ActivityDay:
    """One day."""

    day: date
    items: tuple[Activity, ...]


@dataclass(frozen=True, slots=True)
class ActivityPage:
    """Template `portal/activity.html`. Newest day first."""

    total: int
    since: datetime | None
    days: tuple[ActivityDay, ...]
    pager: Pager

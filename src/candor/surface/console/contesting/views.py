"""What the pages of contested decisions need."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from candor.surface.console.requests.views import ClockPart
from candor.surface.console.views import Option, Pair


@dataclass(frozen=True, slots=True)
class ContestLine:
    """One contested decision that waits for a person."""

    href: str
    who: str
    title: str
    received_at: datetime
    clock: ClockPart | None
    assignee: str | None


@dataclass(frozen=True, slots=True)
class ContestsPage:
    """Template `console/contests.html`."""

    lines: tuple[ContestLine, ...]


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """Template `console/review.html`: one decision, its logic, what it rests on, the verdict."""

    title: str
    eyebrow: str
    back_url: str
    request_url: str
    csrf_token: str
    plain: str  # its logic in words
    meaning: str
    decided_at: datetime
    outcome: str
    source: str
    edition: int
    purposes: tuple[Option, ...]
    open_url: str
    post_url: str | None  # none: it was reviewed
    verdicts: tuple[Option, ...]
    outcomes: tuple[Option, ...]  # what it could be instead
    purpose: str | None = None
    inputs: tuple[Pair, ...] | None = field(default=None, repr=False)  # None: not opened yet
    refused: str | None = None  # why it was not opened
    verdict: str | None = None  # what was made of it, in words
    values: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    errors: Mapping[str, str] = field(default_factory=dict[str, str])
    done: str | None = None

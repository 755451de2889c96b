"""What the page of the door needs."""

from dataclasses import dataclass
from datetime import datetime

from candor.surface.console.views import Option


@dataclass(frozen=True, slots=True)
class OutcomeLine:
    """How often one thing happened, for one event or property."""

    outcome: str  # code: stored, duplicate, no_purpose, …
    label: str  # in words: "not kept for lack of a purpose"
    tone: str  # "good" "calm" "attention" "refusal": a badge's tone
    what: str  # name of the event or property
    count: int
    help: str | None  # what to change at the source


@dataclass(frozen=True, slots=True)
class Sample:
    """One thing that was refused, every value masked."""

    reason: str  # in words
    message: str  # what was wrong and what to send instead
    what: str
    at: datetime
    shape: str  # indented JSON with masked values


@dataclass(frozen=True, slots=True)
class SourcePanel:
    """One source at the door."""

    code: str
    name: str
    heard: str  # "this hour", "19:00 to 20:00", "nothing since then"
    stored: int
    not_stored: int
    trend: tuple[int, ...]  # what was asked for, oldest first
    trend_label: str  # "stored from the till, by hour"
    outcomes: tuple[OutcomeLine, ...]
    samples: tuple[Sample, ...]


@dataclass(frozen=True, slots=True)
class DoorPage:
    """Template `console/door.html`."""

    url: str
    window: str  # "in the last 24 hours"
    source_options: tuple[Option, ...]
    outcome_options: tuple[Option, ...]
    window_options: tuple[Option, ...]
    source: str | None  # chosen
    outcome: str | None  # chosen
    window_code: str
    total: int  # of all that is shown, so that a number elsewhere is found again here
    total_label: str  # "stored", "refused", "things done"
    sources: tuple[SourcePanel, ...]

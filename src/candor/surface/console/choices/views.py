"""What the page of everybody's choices needs. Numbers are words here: a small group is not told."""

from dataclasses import dataclass

from candor.surface.console.views import Option


@dataclass(frozen=True, slots=True)
class PurposeCount:
    """How everybody stands with one purpose."""

    code: str
    name: str
    law: str  # what it rests on under most laws: "their yes"
    share: str  # of active people for whom it is allowed: "43%"
    allowed: str
    said_yes: str
    said_no: str
    silent: str
    changed: str  # a yes to an earlier edition
    expired: str
    minor: str
    waiting: str  # for a confirmation
    yeses: tuple[int, ...]  # over time; what is too small to be said is 0
    noes: tuple[int, ...]
    words_url: str | None
    log_url: str | None


@dataclass(frozen=True, slots=True)
class ChannelReach:
    """A topic on a channel: whom a message reaches now, and why not the others."""

    topic: str
    channel: str
    purpose: str
    purpose_url: str
    reached: str
    held_back: tuple[Option, ...]  # code of the reason, "1,204 for want of consent"


@dataclass(frozen=True, slots=True)
class StepLine:
    """One step of time in the table behind the lines."""

    label: str
    yeses: str
    noes: str
    taken_back: str


@dataclass(frozen=True, slots=True)
class ChoicesPage:
    """Template `console/choices.html`."""

    url: str
    windows: tuple[Option, ...]
    window: str
    window_label: str
    step: str  # "by day"
    people: str
    waiting: str
    purposes: tuple[PurposeCount, ...]
    reach: tuple[ChannelReach, ...]
    yeses_total: str
    noes_total: str
    taken_back_total: str
    yeses: tuple[int, ...]
    noes: tuple[int, ...]
    taken_back: tuple[int, ...]
    steps: tuple[StepLine, ...]
    log_url: str | None
    notices_url: str | None

"""What pages of files that are handed over show."""

from dataclasses import dataclass
from datetime import datetime

from candor.surface.console.views import Pair


@dataclass(frozen=True, slots=True)
class FileLine:
    """One file; nothing about whom."""

    href: str
    code: str
    state: str
    tone: str
    asked_at: datetime
    asked_by: str
    approved_by: str | None
    people: int | None  # None: it was not made yet
    changed: int  # of them, who changed their mind since
    expires_at: datetime | None  # of one that lies there
    problem: str | None
    percent: int | None  # how far it is made; None: it is not being made


@dataclass(frozen=True, slots=True)
class FilesPage:
    """Template `console/files.html`."""

    name: str
    back_url: str
    lines: tuple[FileLine, ...]
    ask_url: str | None
    why_not: str | None  # why none can be asked for now
    said: str | None
    schedule: str | None = None  # when one is asked for by itself


@dataclass(frozen=True, slots=True)
class FilePage:
    """Template `console/file.html`."""

    line: FileLine
    name: str
    back_url: str
    csrf_token: str
    said: str | None
    facts: tuple[Pair, ...]
    advice: str | None  # what somebody should know or do about it
    alarm: str | None  # it lies there and should not
    proposal_url: str | None
    withdraw_url: str | None
    effects: tuple[str, ...]  # of withdrawing it
    ask_url: str | None  # a new one

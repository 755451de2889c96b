"""What the pages of the notices need."""

from dataclasses import dataclass
from datetime import datetime

from candor.surface.console.views import Pair


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """One notice in a list."""

    edition: int
    language: str
    title: str
    since: datetime
    is_in_force: bool
    fingerprint: str  # first signs of its id
    url: str
    yeses: str | None  # people whose standing yes was to these words; none without permission


@dataclass(frozen=True, slots=True)
class PurposeNotices:
    """Every notice about one purpose, the newest first."""

    code: str
    name: str
    edition: int
    lines: tuple[NoticeLine, ...]


@dataclass(frozen=True, slots=True)
class NoticesPage:
    """Template `console/notices.html`."""

    purposes: tuple[PurposeNotices, ...]
    shows_yeses: bool


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of words, as it changed."""

    text: str
    state: str  # "same", "gone" or "new"


@dataclass(frozen=True, slots=True)
class Change:
    """What changed in one part of a notice."""

    part: str  # "Words", "Who receives it"
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class NoticePage:
    """Template `console/notice.html`: the exact words, and what changed before and after."""

    name: str
    title: str
    plain: str
    gain: str
    language: str
    locale: str  # BCP 47, for the lang attribute
    edition: int
    is_in_force: bool
    since: datetime
    fingerprint: str
    details: tuple[Pair, ...]
    yeses: str | None
    before_url: str | None  # the words before these, in the same language
    changes: tuple[Change, ...]
    back_url: str

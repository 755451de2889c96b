"""What the pages What you allow need."""

from dataclasses import dataclass
from datetime import datetime

from candor.surface.portal.views import Pager


@dataclass(frozen=True, slots=True)
class Answer:
    """A button: what it sends and what it says."""

    code: str
    label: str


@dataclass(frozen=True, slots=True)
class PurposeWords:
    """What was or is said about a purpose, all of it."""

    title: str
    plain: str
    gain: str  # what it brings the person; empty when nothing is promised
    data: tuple[str, ...]  # what is used, in words
    recipients: tuple[str, ...]
    kept_for: str
    yes_lasts: (
        str | None
    )  # how long a yes counts; none: until it is taken back, or no yes needed
    law: str
    article: str | None


@dataclass(frozen=True, slots=True)
class ChoiceLine:
    """One choice in the history."""

    key: str  # for the address of the line and of its receipt
    said: str  # "Yes"
    tone: str  # of the badge: "good" or "no"
    at: datetime
    where: str  # who and where: "you, on these pages"
    until: datetime | None  # when a yes runs out
    words_url: str | None  # the exact words, when it is known which
    receipt_url: str


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What a press of a button did."""

    is_yes: bool
    at: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class ChoiceCard:
    """One purpose."""

    code: str
    words: PurposeWords
    kind: str  # "ask" (needs a yes), "object" (runs until a no) or "fixed" (no switch)
    is_on: bool
    because: str
    chosen: str | None  # the answer that stands: "granted", "denied" or none
    yes: Answer
    no: Answer
    asks: str | None  # a yes that lapsed says so and asks
    again_at: datetime | None  # after a no: nobody asks before
    hears_browser: bool  # the browser says no to this, by Global Privacy Control
    is_over_browser: bool  # and the person said yes all the same
    history: tuple[ChoiceLine, ...]
    history_url: str | None  # when there is more
    done: Confirmation | None = None


@dataclass(frozen=True, slots=True)
class AllowPage:
    """Template `portal/allow.html`."""

    cards: tuple[ChoiceCard, ...]
    choose_url: str
    stop_url: str
    undo_url: str
    can_stop: bool  # something that needs a yes is on or was not answered
    back: str  # where the buttons lead
    stopped: bool = False  # everything that needs a yes has just been stopped
    undo_token: str | None = None
    undone: bool = False
    is_restricted: bool = False


@dataclass(frozen=True, slots=True)
class ChoicesPage:
    """Template `portal/choices.html`: everything that was said about one purpose."""

    title: str
    lines: tuple[ChoiceLine, ...]
    back_url: str
    pager: Pager


@dataclass(frozen=True, slots=True)
class WordsPage:
    """Template `portal/notice.html`: the exact words under which a choice was made."""

    words: PurposeWords
    edition: int
    since: datetime
    fingerprint: str
    company: str
    address: str
    contact: str
    authority: str
    back_url: str

"""What the pages about rights need. Every sentence is ready, in the reader's language."""

from dataclasses import dataclass, field
from datetime import datetime

from candor.surface.plain.doors import ChallengeView


@dataclass(frozen=True, slots=True)
class RightCard:
    """One right: a plain sentence and one button."""

    code: str  # in addresses and anchors
    title: str
    plain: str
    button: str
    url: str
    acts: bool  # the button acts at once; else it leads to a page that asks more
    running_url: str | None = None  # of a request of this kind that is under way


@dataclass(frozen=True, slots=True)
class RequestLine:
    """One request in a list."""

    href: str
    title: str  # "You asked to see everything"
    asked_at: datetime
    state: str  # a word
    tone: str  # of a badge
    clock: str | None  # time that is left, in words
    urgency: str = ""  # of the clock: "" "soon" "late"
    confirm_url: str = ""  # it waits for "yes, that was me"; empty: it does not
    deny_url: str = ""


@dataclass(frozen=True, slots=True)
class RightsPage:
    """Template `portal/rights.html`."""

    cards: tuple[RightCard, ...]
    waiting: tuple[RequestLine, ...]  # asked by another way: for a yes or a no
    running: tuple[RequestLine, ...]
    past: tuple[RequestLine, ...]
    law: str | None  # name of the law that protects the reader; none: not known, so all of them
    authority: str  # where they may complain; empty: not declared
    said: str | None = None  # what was just done
    asks_again: bool = False  # a proof was given for a form that must be pressed again
    has_older: bool = False  # more requests than are listed


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a request, for the macro `timeline`."""

    title: str
    at: datetime | None
    state: str  # "done" "waiting" "past" "undone"
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """How a request ended, in words."""

    title: str
    text: str
    tone: str
    words: str | None = field(default=None, repr=False)  # what somebody wrote with it
    kept: tuple[str, ...] = ()  # what had to stay, and why


@dataclass(frozen=True, slots=True)
class Archive:
    """What can be downloaded."""

    post_url: str
    until: datetime
    downloads: int


@dataclass(frozen=True, slots=True)
class RequestPage:
    """Template `portal/request.html`: one request with its clock, its steps and its end."""

    title: str
    what: str | None  # exactly what was asked, in words
    asked_at: datetime
    state: str
    tone: str
    clock: str | None
    urgency: str
    steps: tuple[Step, ...]
    answer: Answer | None
    is_live: bool  # something may change by itself within seconds
    back_url: str
    here_url: str
    certificate_url: str | None = None
    archive: Archive | None = None
    confirm_url: str | None = None  # "yes, that was me"
    deny_url: str | None = None  # "no, that was not me"
    withdraw_url: str | None = None
    appeal_url: str | None = None
    complain_url: str | None = None
    is_no: bool = False  # all or a part of it was not done: they may disagree
    authority: str = ""
    words: str | None = field(default=None, repr=False)  # what the person wrote
    said: str | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """One line of what goes or stays."""

    what: str
    rows: int


@dataclass(frozen=True, slots=True)
class ForgetPage:
    """Template `portal/forget.html`: what goes, what stays and why, in numbers, then a button."""

    post_url: str
    back_url: str
    goes: tuple[Count, ...]
    stays: tuple[str, ...]
    gone_by: datetime | None  # the day on which the last backup with it is gone
    held: str | None = None  # why nothing can go now
    running_url: str | None = None
    asks_again: bool = False


@dataclass(frozen=True, slots=True)
class UseLine:
    """One purpose that somebody can say no to."""

    code: str
    title: str
    plain: str
    is_on: bool
    state: str  # a word


@dataclass(frozen=True, slots=True)
class ObjectPage:
    """Template `portal/object.html`."""

    post_url: str
    back_url: str
    uses: tuple[UseLine, ...]
    allow_url: str


@dataclass(frozen=True, slots=True)
class Pick:
    """One line of a list to choose from."""

    code: str
    label: str


@dataclass(frozen=True, slots=True)
class CorrectPage:
    """Template `portal/put_right.html`."""

    post_url: str
    back_url: str
    facts_url: str
    picks: tuple[Pick, ...]
    chosen: str = ""
    value: str = field(default="", repr=False)
    why: str = field(default="", repr=False)
    error: str | None = None


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """One decision that a machine made."""

    decision_id: str
    title: str
    outcome: str
    logic: str  # in plain words, of the edition that decided
    meaning: str
    at: datetime
    inputs: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    is_contested: bool = False
    request_url: str | None = None
    verdict: str | None = None  # what a person made of it


@dataclass(frozen=True, slots=True)
class KindLine:
    """One kind of decision, with the switch "by people only"."""

    code: str
    title: str
    logic: str
    meaning: str
    by_people: bool


@dataclass(frozen=True, slots=True)
class HumanPage:
    """Template `portal/human.html`: decisions by machine."""

    contest_url: str
    only_url: str
    back_url: str
    kinds: tuple[KindLine, ...]
    decisions: tuple[DecisionLine, ...]


@dataclass(frozen=True, slots=True)
class ComplainPage:
    """Template `portal/complain.html`: a complaint, or an appeal against a refusal."""

    post_url: str
    back_url: str
    is_appeal: bool
    about: str | None  # the request that it is about
    authority: str
    contact: str
    words: str = field(default="", repr=False)
    error: str | None = None


@dataclass(frozen=True, slots=True)
class ProgressPage:
    """Template `portal/progress.html`: for whoever has the link. Names nobody.

    States: "open" something runs or has ended; "ask" we wait for a "yes, that was me"; "points"
    the same, and facts can be compared; "done" they said yes; "withdrawn" they said no; "gone"
    there is no such link, or it has run out.
    """

    state: str
    title: str = ""
    asked_at: datetime | None = None
    badge: str = ""
    tone: str = ""
    clock: str | None = None
    urgency: str = ""
    steps: tuple[Step, ...] = ()
    answer: Answer | None = None
    is_live: bool = False
    here_url: str = ""
    certificate_url: str | None = None
    is_farewell: bool = False  # the person was erased: there is no page of theirs any more
    has_archive: bool = False
    yes_url: str = ""
    no_url: str = ""
    points_url: str = ""
    left: int = 0  # tries
    home_url: str = ""
    error: str | None = None
    csrf_token: str = ""
    contact: str = ""
    authority: str = ""


@dataclass(frozen=True, slots=True)
class BackPage:
    """Template `portal/back.html`: coming back after an erasure.

    States: "address", "code", "done". It never says whether an address was erased.
    """

    state: str
    post_url: str = ""
    start_url: str = ""
    csrf_token: str = ""
    contact: str = ""
    address: str = field(default="", repr=False)
    error: str | None = None
    said: str | None = None
    challenge: ChallengeView | None = None
    lasts_minutes: int = 0

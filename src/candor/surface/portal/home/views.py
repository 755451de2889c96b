"""What the letter needs. Every number is counted, none is written by hand."""

from dataclasses import dataclass, field
from datetime import datetime

from candor.surface.portal.allow.views import ChoiceCard
from candor.surface.portal.rights.views import RequestLine


@dataclass(frozen=True, slots=True)
class SourceShare:
    """Where facts came from."""

    name: str  # "the till in Hamburg"
    facts: int


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who else may receive something, and for what."""

    name: str
    purposes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Given:
    """Who was given something in the last 30 days, and when last."""

    name: str
    country: str | None
    purposes: tuple[str, ...]
    last_at: datetime
    is_held: bool  # they keep something still


@dataclass(frozen=True, slots=True)
class LookShare:
    """Who looked, counted."""

    role: str  # "customer service"
    times: int
    purpose: str


@dataclass(frozen=True, slots=True)
class LetterPage:
    """Template `portal/home.html`. A paragraph about nothing is left out."""

    name: str | None = field(repr=False)  # first name, none when not known
    known_since: datetime
    facts: int
    facts_url: str
    sources: tuple[SourceShare, ...]
    guesses: int  # guessed or counted by us, told by nobody
    disagreements: int  # facts on which sources disagree
    records_joined: int  # profiles of this person; 1 when nothing was joined
    joined_by: tuple[str, ...]  # what they share: "your e-mail address"
    purposes: tuple[ChoiceCard, ...]  # each with its switch
    choose_url: str  # takes the forms of the switches
    back: str  # where they lead
    allow_url: str
    write_url: str
    account_url: str
    receivers: tuple[Receiver, ...]  # of what is on
    looks: int  # by people, last 30 days
    looks_url: str
    look_shares: tuple[LookShare, ...]
    machine_looks: int  # by machine, last 30 days
    activity: int
    activity_url: str
    activity_since: datetime | None
    given: tuple[Given, ...] = ()  # in the last 30 days, the last one first
    reached_url: str = "/me/reached"
    is_restricted: bool = False
    rights_url: str = "/me/rights"
    running: tuple[RequestLine, ...] = ()  # requests that are under way

"""What is said over a connection: parcels out and their answers, what is heard, what an adapter is.

Values only. Adapters (`connections/adapters/<name>/`) turn them into the other system's words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from candor.domain.connections.model.connection import Direction, Field
from candor.domain.connections.model.delivery import Act
from candor.domain.consent.model.signal import SignalKind
from candor.kernel.pii import Pii

Value = str | int | float | bool | None


# ------------------------------------------------------------------ out
@dataclass(frozen=True, slots=True)
class Ticket:
    """What the gate answered for one attempt at one delivery; committed before anything leaves.

    Only `service/admitting.py` makes one, and no adapter sends without.
    """

    delivery_id: UUID
    attempt: int
    entry_id: int  # of the audit log, in which the decision and the reading stand
    # Names these very words: what stands may change between two tries of one delivery, and whoever
    # got the first must not take the second for the same.
    words: UUID | None = None

    @property
    def key(self) -> str:
        """Return the idempotency key that the other side gets: the same when it is said again."""
        return str(self.words or self.delivery_id)


@dataclass(frozen=True, slots=True)
class Parcel:
    """What one person's record there is to become. Everything by the other side's names.

    `facts`: None clears the field. `choices`: yes or no. What is missing is left as it is.
    """

    ticket: Ticket
    act: Act
    remote_id: Pii[str] | None  # as they call the person; None: they were never told
    version: str | None  # of their record, when we last agreed: write only over this one
    # The fields by which they find the person. Of a removal: only where they were told of somebody
    # and never acknowledged it; whoever has these is to be removed.
    keys: Mapping[str, Pii[str]]
    facts: Mapping[str, Pii[Value]]
    choices: Mapping[str, bool]
    changed_at: datetime
    # What both sides last agreed on about each choice; missing: nothing. An adapter that can not
    # write under a condition reads first, and does not write over a no that is news.
    agreed: Mapping[str, bool] = field(default_factory=dict[str, bool])
    # By what they may have been told of the person without an answer, try after try. A system that
    # calls people by what it finds them by has them under each of these.
    tried: Sequence[Mapping[str, Pii[str]]] = ()
    # When each choice was made here, to be kept there where they keep such times. A no that nobody
    # said (`withheld`: a restriction, a pause) is older than the yes that it holds back: so
    # nobody takes it for the person's own when it is heard again.
    chosen_at: Mapping[str, datetime] = field(default_factory=dict[str, datetime])
    withheld: frozenset[str] = frozenset()
    # Until when we know what was said there about each choice: a no that was chosen there later is
    # news, although a no was agreed on; missing: since ever.
    known_until: Mapping[str, datetime] = field(default_factory=dict[str, datetime])


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """They hold it now (or, of a removal, nothing any more: also when they never did)."""

    remote_id: Pii[str] | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Later:
    """Not now: try this one again, in so many seconds if they said so."""

    problem: str
    after: float | None = None


@dataclass(frozen=True, slots=True)
class Never:
    """They do not take it, and will not: a person must look."""

    problem: str


@dataclass(frozen=True, slots=True)
class Changed:
    """Their record changed since we agreed: nothing was written; this is what it says now."""

    heard: "Heard"


Reply = Acknowledged | Later | Never | Changed


# ------------------------------------------------------------------ in
@dataclass(frozen=True, slots=True)
class Heard:
    """What another system says about one person, by its own names.

    Only what its message or record holds: a missing field says nothing, None that it is empty.
    """

    remote_id: Pii[str] | None = None
    keys: Mapping[str, Pii[str]] = field(default_factory=dict[str, Pii[str]])
    facts: Mapping[str, Pii[Value]] = field(default_factory=dict[str, Pii[Value]])
    choices: Mapping[str, bool] = field(default_factory=dict[str, bool])
    # When each choice was made there, where it knows; a missing one: some time before it was read.
    chosen_at: Mapping[str, datetime] = field(default_factory=dict[str, datetime])
    changed_at: datetime | None = None
    version: str | None = None
    is_removed: bool = False  # they hold the person no more
    signals: Sequence[tuple[SignalKind, str]] = ()  # about a channel of ours, by its code
    signalled_at: datetime | None = None
    message_id: str | None = None  # the same again is the same message
    # Whose it is, where a token says so that we made ourselves and that proved itself; it goes
    # before `remote_id` and `keys`.
    profile_id: UUID | None = None
    note: str = ""  # what is counted and changes nothing: `soft_bounce`, `policy`, `delivered`


@dataclass(frozen=True, slots=True)
class Page:
    """Some of what changed there, and where to go on. `cursor` holds nothing about anybody."""

    heard: Sequence[Heard]
    cursor: str | None
    is_all: bool = True


@dataclass(frozen=True, slots=True)
class Received:
    """A request of another system to us, before anything of it is believed."""

    method: str
    url: str  # whole, as it was called: some vendors sign it
    headers: Mapping[str, str] = field(repr=False)  # names in lower case
    body: bytes = field(repr=False)
    query: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)


@dataclass(frozen=True, slots=True)
class Returned:
    """What a vendor's request is answered with, where it wants certain words."""

    status: int = 204
    content_type: str = "text/plain; charset=utf-8"
    body: bytes = b""


# ------------------------------------------------------------------ what an adapter is
class Kind(StrEnum):
    """How a setting is asked for."""

    TEXT = "text"
    URL = "url"
    NUMBER = "number"
    CHOICE = "choice"
    SWITCH = "switch"
    LONG = "long"  # several lines: a key, a template


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing that an adapter wants to know of whoever sets it up."""

    name: str
    title: str
    hint: str = ""
    kind: Kind = Kind.TEXT
    is_required: bool = True
    is_secret: bool = False
    default: str = ""
    choices: tuple[str, ...] = ()
    part: str = ""  # under which heading it is asked for; empty: none
    # Of a secret: the settings that say where it, or a proof made with it, is sent; empty: nowhere.
    # Whoever changes one of them gives the secret anew.
    sent_to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Spec:
    """What there is to say about an adapter."""

    kind: str  # `hubspot`
    title: str
    about: str  # one sentence for whoever chooses
    directions: frozenset[Direction]
    settings: tuple[Setting, ...] = ()
    at_once: int = 1  # people per call at most
    per_minute: int | None = None  # calls, by the vendor's documentation
    channel: str | None = (
        None  # kind of identifier that it carries messages to: email, phone, push
    )
    suggested: tuple[Field, ...] = ()
    can_compare: bool = False  # it can list whom it holds, with their choices

    @property
    def secrets(self) -> tuple[Setting, ...]:
        """Return what must be sealed."""
        return tuple(one for one in self.settings if one.is_secret)


# ------------------------------------------------------------------ messages
@dataclass(frozen=True, slots=True)
class Message:
    """One message to one contact point of one person, with the gate's ticket for it."""

    ticket: Ticket
    to: Pii[str]  # address, number; of a browser its subscription as JSON
    locale: str
    subject: str = ""
    text: str = ""
    html: str = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    link: str = ""  # where a push message leads
    # Whose contact point it is: sealed into what comes back to us. None: nothing needs to.
    profile_id: UUID | None = field(default=None, repr=False)
    campaign: str = ""  # code of what it is a part of


@dataclass(frozen=True, slots=True)
class Taken:
    """The next system has the message."""

    their_id: str | None = None


@dataclass(frozen=True, slots=True)
class Gone:
    """The contact point takes nothing any more, and will not."""

    problem: str
    signal: SignalKind = SignalKind.BOUNCE


@dataclass(frozen=True, slots=True)
class Shown:
    """Something that must be put elsewhere for a connection to work: a DNS record, a public key."""

    title: str
    name: str  # of the record
    text: str  # to copy; no secret


Outcome = Taken | Later | Never | Gone
Details = Mapping[str, Any]

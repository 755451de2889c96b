"""What a person's page and the page that undoes a merge need."""

from dataclasses import dataclass, field
from datetime import date, datetime

from candor.surface.console.views import Option, Pager, Pair


@dataclass(frozen=True, slots=True)
class OtherAnswer:
    """What another source says, and why it lost."""

    value: str = field(repr=False)  # plain text or mask
    source: str
    observed_at: datetime
    lost_because: str | None  # "older", "less trusted", "the same answer"
    agrees: bool = False  # says the same


@dataclass(frozen=True, slots=True)
class Fact:
    """One attribute with the answer that counts."""

    label: str
    value: str = field(repr=False)  # plain text, or the mask when is_masked
    is_masked: bool
    masked_because: str | None  # "support does not need it"
    source: str  # "the till in Hamburg"
    observed_at: datetime
    purposes: tuple[str, ...]  # labels
    is_guess: bool = False
    others: tuple[OtherAnswer, ...] = ()


@dataclass(frozen=True, slots=True)
class FactGroup:
    """Facts of one part of life: contact, household and so on."""

    title: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class IdentifierLine:
    """What finds this person."""

    kind: str
    value: str = field(repr=False)  # plain text, or the mask when is_masked
    is_masked: bool
    is_verified: bool
    source: str
    first_seen_at: datetime
    profile: str  # short name of the profile that it came with


@dataclass(frozen=True, slots=True)
class MergeStep:
    """One entry of the merge history, newest first. Used by the macro `timeline`."""

    at: datetime
    title: str  # "Shop profile 7f3a and till profile 91c0 were taken for one person"
    text: str  # rule, evidence and who, in words
    state: str  # "done" or "undone"
    undo_url: str | None  # page that says what undoing does; none when undone or not allowed


@dataclass(frozen=True, slots=True)
class EventLine:
    """One event."""

    at: datetime
    name: str
    source: str
    properties: tuple[Pair, ...]
    purposes: tuple[str, ...]
    amount_minor: int | None = None
    currency: str | None = None
    is_masked: bool = False  # the stated purpose does not need its details


@dataclass(frozen=True, slots=True)
class SaidLine:
    """A choice that a decision rests on."""

    said: str  # "granted", "withdrawn"
    tone: str  # of its badge
    at: datetime
    where: str  # "our shop"
    until: datetime | None
    edition: int
    by_guardian: bool
    words_url: str | None  # the exact words that were shown
    url: str | None  # the choice with its receipt; none without permission


@dataclass(frozen=True, slots=True)
class AllowLine:
    """What a person allows about one purpose now, and what that rests on."""

    code: str
    purpose: str  # in the few words that staff use
    title: str  # as the person reads it
    is_allowed: bool
    reason: str  # "consent given", "never asked", "needed for the contract"
    law: str  # "needs their yes"
    edition: int | None  # of the words in force, where a yes counts
    lapsed: str | None  # a sentence about a yes that counts no more
    ask_after: datetime | None  # nobody asks again before
    said: tuple[SaidLine, ...]


@dataclass(frozen=True, slots=True)
class ChannelStand:
    """A channel: whether a person can be reached through it at all."""

    title: str
    is_reachable: bool
    blocked: str | None  # what closed it, and what opens it again
    blocked_at: datetime | None


@dataclass(frozen=True, slots=True)
class TopicCell:
    """A topic on a channel."""

    channel: str
    frequency: str | None  # none: it is not offered there
    is_open: bool
    said_at: datetime | None  # when the person said so; none: as the catalogue begins


@dataclass(frozen=True, slots=True)
class TopicRow:
    """A topic on every channel."""

    title: str
    purpose: str
    is_allowed: bool  # its purpose, now
    cells: tuple[TopicCell, ...]


@dataclass(frozen=True, slots=True)
class Writing:
    """How a person wants to be written to."""

    channels: tuple[ChannelStand, ...]
    topics: tuple[TopicRow, ...]
    paused_until: datetime | None
    quiet: str
    zone: str
    is_own_zone: bool
    sends_gpc: bool
    gpc_at: datetime | None


@dataclass(frozen=True, slots=True)
class GuardianLine:
    """Who may choose for a child, or once might."""

    code: str
    url: str
    since: datetime
    ended_at: datetime | None
    proof: str


@dataclass(frozen=True, slots=True)
class Protection:
    """Which law protects a person, and who says yes for them."""

    regime: str
    differs: bool  # their profiles stand under several laws
    is_minor: bool
    minor_until: date | None
    guardians: tuple[GuardianLine, ...]
    change_url: str | None  # none without permission


@dataclass(frozen=True, slots=True)
class AskForm:
    """The form that asks the gate, by GET."""

    url: str
    stated: str  # code of the purpose in the band
    purposes: tuple[Option, ...]
    channels: tuple[Option, ...]
    topics: tuple[Option, ...]
    about: str | None = None
    channel: str | None = None
    topic: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class ReaderLine:
    """Somebody who has read this profile."""

    at: datetime
    who: str
    role: str
    purpose: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trait:
    """Worked out from activity, without looking at who."""

    label: str
    value: str
    note: str | None  # how it was worked out


@dataclass(frozen=True, slots=True)
class HeldBy:
    """A hold on the person."""

    ground: str
    reference: str
    review_on: date
    url: str


@dataclass(frozen=True, slots=True)
class AskedLine:
    """A request of the person."""

    href: str
    right: str
    state: str
    tone: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class PersonPage:
    """Template `console/person.html`."""

    title: str = field(repr=False)  # name when the purpose needs it, else "Person 7f3a 91c0"
    code: str  # short form of the id
    standing: str  # "active", "restricted" or "erased"
    purpose: str  # label of the stated purpose
    change_purpose_url: str
    is_reading_visible: bool  # the customer sees this reading
    known_since: datetime
    profile_count: int
    sources: tuple[str, ...]
    groups: tuple[FactGroup, ...]
    identifiers: tuple[IdentifierLine, ...]
    merges: tuple[MergeStep, ...]
    traits: tuple[Trait, ...]
    allows: tuple[AllowLine, ...]
    writing: Writing
    protection: Protection
    ask: AskForm
    readers: tuple[ReaderLine, ...]
    events: tuple[EventLine, ...]
    events_total: int
    events_pager: Pager
    done: str | None = None  # what was just done: "The merge is undone."
    guardians_url: str | None = None  # minors and guardians; none without permission
    capture_url: str | None = None  # where a choice is written down; none without permission
    holds: tuple[HeldBy, ...] = ()  # what stops an erasure of them now
    hold_url: str | None = None  # where a hold is placed; none without permission
    requests: tuple[AskedLine, ...] = ()  # what they asked for, newest first


@dataclass(frozen=True, slots=True)
class Half:
    """One of the people who will be there after undoing."""

    title: str = field(repr=False)
    profiles: int
    identifiers: int
    facts: int
    events: int
    identifier_lines: tuple[str, ...] = ()  # kinds, without values


@dataclass(frozen=True, slots=True)
class UnmergePage:
    """Template `console/unmerge.html`: says in numbers what undoing does, before it does."""

    title: str  # "Person 7f3a 91c0": nothing is opened for this page
    merged_at: datetime
    rule: str  # why they were taken for one person
    halves: tuple[Half, ...]  # one when other merges still hold them together
    purposes_changed: tuple[str, ...]  # sentences: "Offers by e-mail: allowed → not allowed"
    is_kept_apart: bool  # they will not be merged again by the same rule
    post_url: str
    back_url: str
    csrf_token: str


@dataclass(frozen=True, slots=True)
class PurposePage:
    """Template `console/purpose.html`: why is this person to be read? Sends `purpose` by GET."""

    code: str  # short form of the id
    url: str
    purposes: tuple[Option, ...]
    purpose: str | None = None  # what was chosen before
    refused: str | None = None  # why that purpose is refused, as a sentence
    error: str | None = None
    done: str | None = None


@dataclass(frozen=True, slots=True)
class GateGround:
    """Something that an answer of the gate rests on."""

    title: str
    text: str
    at: datetime | None = None
    url: str | None = None
    link: str | None = None


@dataclass(frozen=True, slots=True)
class GateAnswer:
    """What the gate says now."""

    about: str
    is_allowed: bool
    reason: str
    law: str
    at: datetime
    ask_after: datetime | None
    grounds: tuple[GateGround, ...]


@dataclass(frozen=True, slots=True)
class AskPage:
    """Template `console/ask.html`: the gate's answer with everything that it rests on."""

    code: str  # nothing of the person is opened for it
    purpose: str  # label of the stated purpose
    back_url: str
    change_purpose_url: str
    form: AskForm
    answer: GateAnswer | None = None


@dataclass(frozen=True, slots=True)
class RegimeLine:
    """What would be allowed under a law."""

    code: str
    label: str
    is_now: bool
    gained: tuple[str, ...]  # purposes that would be allowed
    lost: tuple[str, ...]  # purposes that would not be any more


@dataclass(frozen=True, slots=True)
class RegimePage:
    """Template `console/regime.html`: says what another law changes, before it does."""

    code: str
    back_url: str
    post_url: str
    csrf_token: str
    regime: str  # in words
    lines: tuple[RegimeLine, ...]
    profiles: int
    error: str | None = None

"""What a person's page and the page that undoes a merge need."""

from dataclasses import dataclass, field
from datetime import datetime

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
class DecisionLine:
    """Whether a purpose is allowed for this person now, and what that rests on."""

    purpose: str
    is_allowed: bool
    reason: str  # "consent given", "never asked", "needed for the contract"
    evidence: str | None  # "granted in the shop on 3 March, notice v2"


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
    decisions: tuple[DecisionLine, ...]
    readers: tuple[ReaderLine, ...]
    events: tuple[EventLine, ...]
    events_total: int
    events_pager: Pager
    done: str | None = None  # what was just done: "The merge is undone."
    capture_url: str | None = None  # where a choice is written down; none without permission


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

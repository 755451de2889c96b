"""What the pages What we know, and Put it right, need."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class OtherAnswer:
    """What another source says."""

    value: str = field(repr=False)
    source: str
    observed_at: datetime
    lost_because: str | None = None
    agrees: bool = False  # says the same as the answer that counts


@dataclass(frozen=True, slots=True)
class KnownFact:
    """One fact. Used by the macro `fact`; the customer sees every value in full."""

    label: str
    value: str = field(repr=False)
    source: str
    observed_at: datetime
    purposes: tuple[str, ...]
    is_guess: bool = False
    is_count: bool = False  # added up by us, not told
    others: tuple[OtherAnswer, ...] = ()
    details: tuple[str, ...] = ()  # what a count consists of, most first
    more: tuple[str, ...] = ()  # the rest of it, folded
    is_masked: bool = False
    masked_because: str | None = None
    code: str = ""  # its name in the catalogue: the anchor of the line
    url: str = ""  # the page that puts it right; empty: there is none
    is_own: bool = False  # the customer's own word
    is_empty: bool = False  # the customer says: none of these


@dataclass(frozen=True, slots=True)
class KnownGroup:
    """Facts of one part of life."""

    title: str  # "How to reach you", "About you", "What we guess"
    lede: str | None
    facts: tuple[KnownFact, ...]


@dataclass(frozen=True, slots=True)
class Done:
    """What the customer changed a moment ago, and the way to undo it."""

    title: str
    text: str
    undo_url: str = ""  # takes a form; empty: nothing to undo


@dataclass(frozen=True, slots=True)
class FactsPage:
    """Template `portal/facts.html`."""

    total: int
    sources: int
    groups: tuple[KnownGroup, ...]
    done: Done | None = None


@dataclass(frozen=True, slots=True)
class Option:
    """One answer to choose."""

    code: str
    label: str


@dataclass(frozen=True, slots=True)
class AnswerField:
    """The field for an answer, by the type that the catalogue declares."""

    kind: str  # "text", "date", "datetime-local", or "select"
    value: str = field(default="", repr=False)  # what stands in it
    options: tuple[Option, ...] = ()  # of a "select"
    hint: str | None = None
    error: str | None = None
    inputmode: str | None = None


@dataclass(frozen=True, slots=True)
class CorrectPage:
    """Template `portal/correct.html`. One fact; three acts: keep, set aside, take back."""

    label: str
    known: KnownFact | None  # as it stands now; none when nobody said anything yet
    answer: AnswerField | None  # none: cannot be changed without a proof
    post_url: str
    back_url: str
    is_guess: bool
    may_set_aside: bool
    needed_for: tuple[str, ...]  # why it cannot be set aside
    contact: str
    contact_url: str | None

"""What the page What we know needs."""

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


@dataclass(frozen=True, slots=True)
class KnownGroup:
    """Facts of one part of life."""

    title: str  # "How to reach you", "About you", "What we guess"
    lede: str | None
    facts: tuple[KnownFact, ...]


@dataclass(frozen=True, slots=True)
class FactsPage:
    """Template `portal/facts.html`."""

    total: int
    sources: int
    groups: tuple[KnownGroup, ...]

"""What the trust page needs. Every number is counted, none is written by hand."""

from dataclasses import dataclass
from datetime import datetime

from candor.surface.trust.rounding import Share


@dataclass(frozen=True, slots=True)
class LanguageLink:
    """The same page in another language."""

    tag: str  # BCP 47
    name: str  # as the language calls itself
    href: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class TrustFrame:
    """Around the page: known without anybody being signed in."""

    company: str
    locale: str
    direction: str
    is_demo: bool
    written_at: datetime
    portal_url: str
    languages: tuple[LanguageLink, ...]


@dataclass(frozen=True, slots=True)
class PurposePart:
    """One purpose, in the words of the reader's language."""

    code: str
    title: str
    plain: str
    gain: str
    because: tuple[str, ...]  # what makes it lawful, a sentence per group of laws
    data: tuple[str, ...]
    recipients: tuple[str, ...]
    kept_for: str
    yes_lasts: (
        str | None
    )  # how long a yes counts; None: until it is taken back, or no yes needed
    needs_yes: bool  # somewhere
    is_sale: bool
    share: Share | None  # of those who chose, how many say yes; None where nobody is asked
    opened: int | None  # times, rounded; None: fewer than ten


@dataclass(frozen=True, slots=True)
class FigurePart:
    """The figures, rounded; None stands for a number under ten."""

    people: int | None
    taken_back: int | None
    opened_by_people: int | None  # by staff
    opened_by_machines: int | None
    opened_by_owners: int | None  # customers, on their own page
    refused: int | None
    not_kept: int | None
    counted_at: datetime


@dataclass(frozen=True, slots=True)
class SystemPart:
    """A system that is told what changes about people."""

    name: str  # of the vendor, or of our own system
    country: str | None  # None: our own
    purposes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PacePart:
    """How soon a change of mind was confirmed elsewhere, in words."""

    half: str
    most: str  # 95 of 100
    nearly_all: str  # 99 of 100


@dataclass(frozen=True, slots=True)
class Answering:
    """Who answers for the data."""

    name: str
    address: str
    contact: str
    contact_url: str | None
    authority: str


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A public key."""

    name: str  # RFC 7638 thumbprint
    is_retired: bool


@dataclass(frozen=True, slots=True)
class DecisionPart:
    """A decision by machine, in the words of the reader's language."""

    code: str
    title: str
    plain: str  # its logic
    meaning: str
    contest: str
    inputs: tuple[str, ...]
    is_significant: bool
    kept_for: str


@dataclass(frozen=True, slots=True)
class TrustPage:
    """Template `trust/page.html`."""

    purposes: tuple[PurposePart, ...]
    decisions: tuple[DecisionPart, ...]  # that a machine takes alone
    figures: FigurePart | None  # None: they cannot be counted just now
    answering: Answering
    keys: tuple[KeyLine, ...]
    keys_url: str
    log_url: str
    smallest: int  # groups below it are not shown
    days: int  # that "lately" means
    systems: tuple[SystemPart, ...] = ()
    pace: PacePart | None = None  # None: too few changes to tell


@dataclass(frozen=True, slots=True)
class HeadPart:
    """The newest signed head of the log."""

    note: str
    size: int
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class LogPage:
    """Template `trust/log.html`."""

    head: HeadPart | None
    keys: tuple[KeyLine, ...]  # the one that signs first
    checkpoint_url: str
    addresses: tuple[str, ...]  # what programs fetch
    formats: str  # the names of the standards
    trust_url: str


@dataclass(frozen=True, slots=True)
class RightLine:
    """One right in one year; None stands for too few to tell."""

    right: str  # in the reader's words
    received: int | None
    in_whole: int | None
    in_part: int | None
    denied: int | None
    median_days: str | None
    mean_days: str | None


@dataclass(frozen=True, slots=True)
class YearPart:
    """What was asked in one year."""

    year: str
    is_over: bool
    rights: tuple[RightLine, ...]


@dataclass(frozen=True, slots=True)
class YearPage:
    """Template `trust/requests.html`."""

    years: tuple[YearPart, ...]
    smallest: int  # groups below it are not told
    json_url: str
    trust_url: str

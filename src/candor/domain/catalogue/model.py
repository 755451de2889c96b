"""The catalogue as values: purposes, data, sources, and what messages come about and how.

A `Document` is what the TOML files say. `InForce` is a document with the numbers that the
database gave to its names. Durations are ISO 8601 (`P25M`), kept as text and read by `days_of`.
"""

import hashlib
import re
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Final

import msgspec

from candor.domain.catalogue.errors import Problem
from candor.kernel.units import mask_of
from candor.kernel.values import ValueType

# What a mail about a choice rests on: a catalogue that wants such mails declares this purpose.
MAIL_PURPOSE: Final = "privacy_choices"


class Regime(StrEnum):
    """A law with its own rights, deadlines and defaults."""

    GDPR = "gdpr"
    UK_GDPR = "uk_gdpr"
    CCPA = "ccpa"
    LGPD = "lgpd"


class LegalBasis(StrEnum):
    """What makes a purpose lawful (GDPR Art. 6(1); LGPD Art. 7)."""

    CONSENT = "consent"
    CONTRACT = "contract"
    LEGAL_OBLIGATION = "legal_obligation"
    LEGITIMATE_INTEREST = "legitimate_interest"
    OPT_OUT = "opt_out"  # allowed until the person says no (CCPA sale and sharing)


class Survivorship(StrEnum):
    """Which of several sources' answers is taken for the profile."""

    MOST_TRUSTED = "most_trusted"
    MOST_RECENT = "most_recent"


class Frequency(StrEnum):
    """At most how often messages about a topic may come, from the fewest to the most."""

    NEVER = "never"
    MONTHLY = "monthly"
    WEEKLY = "weekly"
    DAILY = "daily"
    ANY = "any"  # whenever there is something


class PurposeText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A purpose in the words of one language, for the customer."""

    title: str
    plain: str
    gain: str = ""


class Purpose(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why data is used."""

    code: str
    texts: dict[str, PurposeText]
    basis: dict[Regime, LegalBasis]
    recipients: tuple[str, ...] = ()
    retention: str = "P25M"
    consent_lasts: str = ""  # empty: until withdrawn
    categories: tuple[str, ...] = ()  # names of it in `context.consent.categoryPreferences`
    roles: tuple[str, ...] = ()  # who may state it when they open a profile; none: no staff
    edition: int = 1  # counts up when a change of the words makes earlier yeses lapse
    is_sale: bool = False  # sale, sharing, cross-context advertising: what GPC says no to
    tcf: tuple[int, ...] = ()  # purposes of the IAB TCF that together make this one up
    confirm: bool = False  # a yes from an unproven address counts once it was confirmed by mail
    ask_again: str = "P12M"  # after a no, nobody asks again for this long
    dpv: str = ""  # purpose in the W3C Data Privacy Vocabulary: `DirectMarketing`

    def title(self, locale: str = "en") -> str:
        """Return the title in a language, else in English."""
        return (self.texts.get(locale) or self.texts["en"]).title

    def is_work_of(self, role: str) -> bool:
        """Tell whether somebody with a role may state it when they open a profile."""
        return role in self.roles


class ChannelText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A channel in the words of one language."""

    title: str


class Channel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A way in which messages come."""

    code: str
    texts: dict[str, ChannelText]
    contact: str = ""  # kind of identifier that it reaches; empty: needs none
    is_loud: bool = False  # rings: the company's own quiet hours hold for everybody

    def title(self, locale: str = "en") -> str:
        """Return the title in a language, else in English."""
        return (self.texts.get(locale) or self.texts["en"]).title


class TopicText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A topic in the words of one language."""

    title: str
    plain: str


class Topic(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What messages are about. Each serves one purpose, and needs a yes to it first."""

    code: str
    purpose: str
    texts: dict[str, TopicText]
    channels: tuple[str, ...] = ()  # that the words of the purpose name: open with its yes
    offers: tuple[str, ...] = ()  # that can be switched on besides
    frequency: Frequency = Frequency.WEEKLY  # until the person chooses another

    def title(self, locale: str = "en") -> str:
        """Return the title in a language, else in English."""
        return (self.texts.get(locale) or self.texts["en"]).title


class Controller(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who answers for the data (GDPR Art. 4(7)), as notices and receipts name them."""

    legal_name: str = ""  # empty: the name of the company
    address: str = ""
    country: str = ""  # ISO 3166-1 alpha-2
    contact: str = ""  # where people write to about their data
    authority: str = ""  # where they may complain
    time_zone: str = "UTC"  # where somebody is whose zone is unknown
    quiet_hours: str = ""  # "21-8": loud channels are silent from 21:00 to 8:00


class Identifier(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of identifier and the protections around it."""

    kind: str
    title: str
    normalise: str = "exact"  # exact, email, phone, digits
    priority: int = 0  # the highest one present decides whose profile it is
    limit: int = 5  # identifiers of this kind per person at most
    merges: bool = False  # a shared verified one makes one person
    names_person: bool = True  # False for devices
    purposes: tuple[str, ...] = ()  # for which staff may see it in the clear
    blocked: tuple[str, ...] = ()  # values that are nobody's, compared after normalising


class Attribute(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A declared fact about a person."""

    code: str
    title: str
    group: str  # contact, about, household, device, inferred
    purposes: tuple[str, ...]
    type: ValueType = ValueType.TEXT
    values: tuple[str, ...] = ()
    max_length: int = 200
    identifier: str = ""  # kind, when the value finds the profile
    accepts: tuple[str, ...] = ()  # other names that sources use for it
    survivorship: Survivorship = Survivorship.MOST_TRUSTED
    retention: str = "P36M"
    is_sensitive: bool = False
    is_inferred: bool = False


class Property(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A declared property of an event."""

    name: str
    type: ValueType = ValueType.TEXT
    values: tuple[str, ...] = ()
    required: bool = False
    is_personal: bool = False  # sealed with the subject key
    is_free_text: bool = False  # searched for contacts, which are masked
    identifier: str = ""  # kind: taken out to the vault, not kept with the event
    max_length: int = 500
    items: tuple["Property", ...] = ()  # of each object in a list


class Event(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A declared event."""

    code: str
    title: str
    purposes: tuple[str, ...]
    properties: tuple[Property, ...] = ()
    amount: str = ""  # the number property that tallies add up
    favourite: str = ""  # "products.category": counted per value
    retention: str = "P25M"
    # A law keeps its sums, from the end of the year on, even when the person is erased.
    statutory: str = ""  # a span
    statutory_ground: str = ""  # which law, as customers read it


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A system that sends data to the door."""

    code: str
    title: str
    place: str  # as a customer reads it: "the till", "our web shop"
    user_id: str  # the kind of identifier that `userId` is
    trust: int = 50  # 0 to 100, for survivorship
    verifies: tuple[str, ...] = ()  # kinds of identifiers that it vouches for
    regime: Regime | None = None
    origins: tuple[str, ...] = ()  # web pages whose scripts may speak for it


class MachineDecisionText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A decision by machine in the words of one language (GDPR Art. 13(2)(f))."""

    title: str
    plain: str  # the logic: what is looked at, and what follows from it
    meaning: str  # what it means for the person
    contest: str  # how a human looks at it again


class MachineDecision(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A decision about people that a machine takes alone (GDPR Art. 22; LGPD Art. 20)."""

    code: str
    texts: dict[str, MachineDecisionText]
    purpose: str
    inputs: tuple[str, ...]  # attributes and events that it looks at
    outcomes: tuple[str, ...]
    is_significant: bool = False  # has legal effects, or others that weigh as much
    edition: int = 1  # of its logic; counts up with every change of it
    retention: str = "P36M"

    def text(self, locale: str = "en") -> MachineDecisionText:
        """Return its words in a language, else in English."""
        return self.texts.get(locale) or self.texts["en"]

    def title(self, locale: str = "en") -> str:
        """Return the title in a language, else in English."""
        return self.text(locale).title


class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole catalogue."""

    company: str
    locales: tuple[str, ...]
    purposes: tuple[Purpose, ...]
    identifiers: tuple[Identifier, ...]
    attributes: tuple[Attribute, ...]
    events: tuple[Event, ...]
    sources: tuple[Source, ...]
    channels: tuple[Channel, ...] = ()
    topics: tuple[Topic, ...] = ()
    decisions: tuple[MachineDecision, ...] = ()
    controller: Controller = Controller()


class Numbers(msgspec.Struct, frozen=True):
    """The number that the database gave to each name."""

    purposes: dict[str, int]
    attributes: dict[str, int]
    event_types: dict[str, int]
    sources: dict[str, int]
    channels: dict[str, int] = {}
    topics: dict[str, int] = {}


class InForce(msgspec.Struct, frozen=True, dict=True):
    """A catalogue in force: the document, its numbers, and look-ups by name and number."""

    version_id: int
    document: Document
    numbers: Numbers

    @cached_property
    def purposes(self) -> dict[str, Purpose]:
        """Return the purposes by code."""
        return {p.code: p for p in self.document.purposes}

    @cached_property
    def purposes_by_bit(self) -> dict[int, Purpose]:
        """Return the purposes by their bit."""
        return {self.numbers.purposes[p.code]: p for p in self.document.purposes}

    @cached_property
    def identifiers(self) -> dict[str, Identifier]:
        """Return the kinds of identifiers by name."""
        return {i.kind: i for i in self.document.identifiers}

    @cached_property
    def attributes(self) -> dict[str, Attribute]:
        """Return the attributes by code."""
        return {a.code: a for a in self.document.attributes}

    @cached_property
    def attributes_by_id(self) -> dict[int, Attribute]:
        """Return the attributes by number."""
        return {self.numbers.attributes[a.code]: a for a in self.document.attributes}

    @cached_property
    def events(self) -> dict[str, Event]:
        """Return the events by code."""
        return {e.code: e for e in self.document.events}

    @cached_property
    def events_by_id(self) -> dict[int, Event]:
        """Return the events by number."""
        return {self.numbers.event_types[e.code]: e for e in self.document.events}

    @cached_property
    def sources(self) -> dict[str, Source]:
        """Return the sources by code."""
        return {s.code: s for s in self.document.sources}

    @cached_property
    def sources_by_id(self) -> dict[int, Source]:
        """Return the sources by number."""
        return {self.numbers.sources[s.code]: s for s in self.document.sources}

    @cached_property
    def channels(self) -> dict[str, Channel]:
        """Return the channels by code."""
        return {c.code: c for c in self.document.channels}

    @cached_property
    def channels_by_bit(self) -> dict[int, Channel]:
        """Return the channels by their bit."""
        return {self.numbers.channels[c.code]: c for c in self.document.channels}

    @cached_property
    def topics(self) -> dict[str, Topic]:
        """Return the topics by code."""
        return {t.code: t for t in self.document.topics}

    @cached_property
    def topics_by_bit(self) -> dict[int, Topic]:
        """Return the topics by their bit."""
        return {self.numbers.topics[t.code]: t for t in self.document.topics}

    @cached_property
    def decisions(self) -> dict[str, MachineDecision]:
        """Return the decisions by machine by code."""
        return {d.code: d for d in self.document.decisions}

    def codes_of(self, mask: int) -> list[str]:
        """Return the codes of the purposes in a mask, in the order of the document."""
        bits = self.numbers.purposes
        return [p.code for p in self.document.purposes if mask >> bits[p.code] & 1]

    def source_code(self, source_id: int | None) -> str | None:
        """Return the code of a source; None for one that is no longer declared, or none."""
        found = self.sources_by_id.get(source_id or 0)
        return found.code if found else None

    def place(self, source_id: int | None) -> str | None:
        """Return a source as a customer reads it; None for one that is no longer declared."""
        found = self.sources_by_id.get(source_id or 0)
        return found.place if found else None

    def mask(self, codes: tuple[str, ...]) -> int:
        """Return the bit mask of these purposes."""
        return mask_of(self.numbers.purposes[code] for code in codes)


class How(StrEnum):
    """What happened to something declared."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"
    REORDERED = "reordered"  # same declarations, shown in another order


class Difference(msgspec.Struct, frozen=True):
    """One key that differs, named as in TOML. An empty side means that it is not there."""

    key: str
    before: str
    after: str


class Change(msgspec.Struct, frozen=True):
    """One declaration that differs between two catalogues."""

    kind: (
        str  # company, purpose, identifier, attribute, event, source, channel, topic, decision
    )
    name: str
    how: How
    differences: tuple[Difference, ...] = ()


class Plan(msgspec.Struct, frozen=True):
    """What would change, and what somebody should think about before it does."""

    changes: tuple[Change, ...]
    warnings: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to do."""
        return not self.changes

    def count(self, how: How) -> int:
        """Return how many declarations were added, changed, removed or reordered."""
        return sum(change.how is how for change in self.changes)


class Version(msgspec.Struct, frozen=True):
    """One catalogue that was in force, by its counts."""

    version_id: int
    applied_at: datetime
    applied_by: str
    digest: bytes
    purposes: int
    attributes: int
    events: int
    sources: int
    channels: int = 0
    topics: int = 0
    decisions: int = 0


class CodeCheck(msgspec.Struct, frozen=True):
    """What a look through a tree of code found.

    `unreadable` counts calls whose event is named by a variable: they cannot be checked.
    """

    files: int
    calls: int
    unreadable: int
    findings: tuple[Problem, ...]


def canonical(document: Document) -> bytes:
    """Return the document as JSON that is the same for the same document."""
    return msgspec.json.encode(document, order="sorted")


def digest_of(document: Document) -> bytes:
    """Return the SHA-256 of the canonical document: what tells two catalogues apart."""
    return hashlib.sha256(canonical(document)).digest()


_DURATION: Final = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?")
_DAYS: Final = (365.25, 30.4375, 7, 1)


def days_of(duration: str) -> int | None:
    """Return the days of an ISO 8601 duration of years, months, weeks, days; None if wrong."""
    match = _DURATION.fullmatch(duration)
    if match is None or not any(match.groups()):
        return None
    return round(sum(int(n) * d for n, d in zip(match.groups(default="0"), _DAYS, strict=True)))

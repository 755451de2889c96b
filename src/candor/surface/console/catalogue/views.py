"""What the catalogue page needs."""

from dataclasses import dataclass
from datetime import datetime

from candor.surface.console.views import Pair


@dataclass(frozen=True, slots=True)
class PurposeCard:
    """One purpose. Used by the macro `purpose_card`."""

    code: str
    title: str
    plain: str
    basis: str  # legal basis in words: "your consent", "the contract"
    details: tuple[tuple[str, str], ...]  # name and value: how long, who receives it


@dataclass(frozen=True, slots=True)
class AttributeLine:
    """One declared attribute."""

    code: str
    label: str
    kind: str  # "text", "whole number", "date"
    classification: str
    purposes: tuple[str, ...]
    retention: str
    survivorship: str  # which answer counts


@dataclass(frozen=True, slots=True)
class IdentifierLine:
    """One declared kind of identifier."""

    code: str
    label: str
    joins: str  # when it makes two profiles one person, in words
    limit: int  # of this kind per person at most
    purposes: tuple[str, ...]  # for which staff may see it


@dataclass(frozen=True, slots=True)
class EventCard:
    """One declared event with its properties."""

    code: str
    label: str
    purposes: tuple[str, ...]
    retention: str
    properties: tuple[Pair, ...]  # name, and type with classification in words


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One declared source."""

    code: str
    name: str
    trust: str
    provides: str  # what it may send, in words


@dataclass(frozen=True, slots=True)
class VersionLine:
    """One catalogue that was in force."""

    number: int
    applied_at: datetime
    applied_by: str
    digest: str  # short hexadecimal
    summary: str  # "12 attributes, 9 events, 6 purposes"


@dataclass(frozen=True, slots=True)
class CataloguePage:
    """Template `console/catalogue.html`."""

    version: VersionLine
    purposes: tuple[PurposeCard, ...]
    attributes: tuple[AttributeLine, ...]
    identifiers: tuple[IdentifierLine, ...]
    events: tuple[EventCard, ...]
    sources: tuple[SourceLine, ...]
    versions: tuple[VersionLine, ...]

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
    origins: tuple[str, ...]  # web pages whose scripts may speak for it


@dataclass(frozen=True, slots=True)
class ChannelLine:
    """One way in which messages come."""

    code: str
    label: str
    reaches: str  # what somebody needs so that it reaches them, in words
    silence: str  # whether the company's quiet hours hold, in words


@dataclass(frozen=True, slots=True)
class TopicLine:
    """What messages are about."""

    code: str
    label: str
    plain: str
    purpose: str
    open_on: tuple[str, ...]  # channels that open with the yes
    offered_on: tuple[str, ...]  # channels that the person may switch on
    frequency: str  # at most how often, in words


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """A decision that a machine takes alone."""

    code: str
    label: str
    plain: str  # its logic
    purpose: str
    inputs: tuple[str, ...]
    outcomes: tuple[str, ...]
    is_significant: bool
    edition: int
    retention: str


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
    controller: tuple[Pair, ...]  # who answers for the data
    purposes: tuple[PurposeCard, ...]
    attributes: tuple[AttributeLine, ...]
    identifiers: tuple[IdentifierLine, ...]
    events: tuple[EventCard, ...]
    channels: tuple[ChannelLine, ...]
    topics: tuple[TopicLine, ...]
    decisions: tuple[DecisionLine, ...]
    sources: tuple[SourceLine, ...]
    versions: tuple[VersionLine, ...]

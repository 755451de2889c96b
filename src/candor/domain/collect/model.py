"""Calls as they come in (Segment's HTTP tracking API), and what becomes of them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import msgspec

from candor.domain.consent.model.signal import SignalKind
from candor.domain.profiles.model import Sighted
from candor.kernel.pii import Pii

MAX_CALL_BYTES: Final = 32 * 1024
MAX_BATCH_BYTES: Final = 500 * 1024
MAX_BATCH_EVENTS: Final = 2_500
MAX_MESSAGE_ID: Final = 100
MAX_NAME: Final = 200


class Call(msgspec.Struct, gc=False):
    """One call, as much of it as Candor looks at. Everything else is not even decoded."""

    type: str = ""
    event: str | None = None
    name: str | None = None
    category: str | None = None
    userId: str | int | None = None  # noqa: N815 - names of the wire format
    anonymousId: str | int | None = None  # noqa: N815
    previousId: str | int | None = None  # noqa: N815
    messageId: str | None = None  # noqa: N815
    timestamp: str | None = None
    originalTimestamp: str | None = None  # noqa: N815
    sentAt: str | None = None  # noqa: N815
    properties: dict[str, Any] | None = None
    traits: dict[str, Any] | None = None
    context: "Context | None" = None


class NoticeShown(msgspec.Struct, gc=False):
    """The words under which a choice was made: their id (SHA-256 in hex) and edition."""

    id: str
    edition: int = 1


class Consent(msgspec.Struct, gc=False):
    """What the person chose, by the names of categories; which words they saw, by purpose."""

    categoryPreferences: dict[str, bool] | None = None  # noqa: N815
    notices: dict[str, NoticeShown] | None = None
    overGpc: bool = False  # noqa: N815 - a yes to a sale, given knowing what one's browser says
    # Strings of the IAB frameworks. What is no string is one that cannot be read.
    tcf: Any = None
    gpp: Any = None


class ExternalId(msgspec.Struct, gc=False):
    """A further identifier."""

    id: str | int
    type: str


class Context(msgspec.Struct, gc=False):
    """The parts of `context` that are used. Addresses, devices, user agents are not read."""

    consent: Consent | None = None
    traits: dict[str, Any] | None = None
    externalIds: list[ExternalId] | None = None  # noqa: N815
    locale: str | None = None
    # Global Privacy Control, as a script reads it; only `true` itself counts.
    gpc: Any = None
    globalPrivacyControl: Any = None  # noqa: N815


class Envelope(msgspec.Struct):
    """A batch: its calls undecoded, so that a bad one harms only itself."""

    batch: list[msgspec.Raw]
    sentAt: str | None = None  # noqa: N815
    context: Context | None = None
    writeKey: str | None = None  # noqa: N815


class Outcome(StrEnum):
    """What the door did, as it is counted."""

    STORED = "stored"
    IDENTIFIED = "identified"
    CONSENT = "consent_recorded"
    DUPLICATE = "duplicate"
    NO_PURPOSE = "no_purpose"
    FACT_KEPT = "fact_kept"
    FACT_NO_PURPOSE = "fact_no_purpose"
    REFUSED = "refused"
    DROPPED = "dropped_property"
    WRONG_FACT = "wrong_fact"
    CARD_MASKED = "card_masked"
    CONTACT_MASKED = "contact_masked"
    BAD_IDENTIFIER = "bad_identifier"
    BLOCKED_IDENTIFIER = "blocked_identifier"
    LIMITED_IDENTIFIER = "limited_identifier"
    UNPROVEN_IDENTIFIER = "unproven_identifier"
    ERASED = "erased"  # it names somebody who was erased and has not come back
    UNKNOWN_CATEGORY = "unknown_category"
    SIGNAL = "signal"
    UNREADABLE_SIGNAL = "unreadable_signal"


Counts = Counter[tuple[str, str]]  # by outcome and declared name


@dataclass(frozen=True, slots=True)
class Trait:
    """A declared fact in an identify call."""

    attribute_id: int
    mask: int
    code: str
    value: Pii[Any]


class Taken(msgspec.Struct, gc=False):
    """A call that may come in: all that is known of it before the database is asked."""

    message_key: bytes  # 16 bytes, a UUID in the database
    what: str
    identifiers: tuple[Sighted, ...]
    occurred_at: datetime
    event_type_id: int = 0  # 0: nothing to store as an event
    mask: int = 0
    properties: bytes = b""
    personal: bytes = b""
    traits: tuple[Trait, ...] = ()
    choices: tuple[tuple[int, bool], ...] = ()  # purpose bit, yes or no
    shown: Mapping[int, NoticeShown] = {}  # by purpose bit: the words, where the sender says it
    is_over_gpc: bool = False
    signals: tuple[tuple[SignalKind, str | None], ...] = ()  # and the string that came with it
    locale: str | None = None
    region: str | None = None  # ISO 3166, to read phone numbers in national form

    def is_over(self, bit: int) -> bool:
        """Tell whether a choice was made knowing what one's browser says: its page says which."""
        return self.is_over_gpc and bit in self.shown


@dataclass(frozen=True, slots=True)
class Refusal:
    """A call that was refused: its place in the batch, why, and its masked shape."""

    place: int
    reason: str
    what: str
    message: str
    sample: str


@dataclass(slots=True)
class Load:
    """One request, read: what may come in, what was refused, what was counted on the way."""

    source_id: int
    source_code: str
    regime: str | None
    received_at: datetime
    is_gpc: bool = False  # the browser that sends this says so in a header
    taken: list[Taken] = field(default_factory=list[Taken])
    refused: list[Refusal] = field(default_factory=list[Refusal])
    counts: Counts = field(default_factory=Counter[tuple[str, str]])

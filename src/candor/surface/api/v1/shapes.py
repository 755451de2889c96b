"""What goes in and out. Unknown fields are refused; times need a zone; no field holds free text."""

from datetime import date, datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from candor.domain.catalogue.model import Frequency, LegalBasis, Regime
from candor.domain.consent.model.choice import Choice
from candor.domain.consent.model.notice import Notice
from candor.domain.consent.model.signal import SignalKind

_END: Final = r"(?![\s\S])"  # `$` would let a line feed pass


class Given(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a caller sends."""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller gets."""


Code = Annotated[
    str,
    Meta(
        pattern=rf"^[a-z][a-z0-9_]{{0,59}}{_END}",
        description="Code of the catalogue.",
        examples=["newsletter"],
    ),
]
Surface = Annotated[
    str,
    Meta(
        pattern=rf"^[a-z][a-z0-9_]{{0,39}}{_END}",
        description="Where it was said, as a code: `web_form`, `paper`, `call_centre`.",
        examples=["web_form"],
    ),
]
Reference = Annotated[
    str,
    Meta(
        pattern=rf"^[A-Za-z0-9._:/-]{{1,80}}{_END}",
        description="Number of the paper, form or ticket that proves it. No free text.",
        examples=["form/2026-0815"],
    ),
]
LocaleCode = Annotated[
    str, Meta(pattern=rf"^[a-z]{{2,3}}{_END}", description="Language code.", examples=["de"])
]
NoticeId = Annotated[
    str,
    Meta(
        pattern=rf"^[0-9a-f]{{64}}{_END}",
        description="SHA-256 of the exact words that were shown.",
    ),
]
Instant = Annotated[
    datetime,
    Meta(
        tz=True,
        description="RFC 3339 with a zone; at most five minutes ahead of our clock.",
        examples=["2026-11-21T12:00:00Z"],
    ),
]
Limit = Annotated[int, Meta(ge=1, le=200, description="At most so many.")]
Cursor = Annotated[
    str,
    Meta(
        pattern=rf"^[A-Za-z0-9_-]{{1,120}}{_END}",
        description="`next` of the page before; without it, the first page.",
    ),
]
Identity = Annotated[
    str, Meta(min_length=1, max_length=320, description="An identifier, exactly.")
]


class Who(Given, frozen=True, kw_only=True):
    """A person: by the id of a profile, or by an identifier (that needs `people:find` too)."""

    id: UUID | UnsetType = UNSET
    kind: Code | UnsetType = UNSET
    value: Identity | UnsetType = UNSET

    def __post_init__(self) -> None:
        """Hold the two ways apart."""
        by_id = not isinstance(self.id, UnsetType)
        kind, value = (not isinstance(one, UnsetType) for one in (self.kind, self.value))
        if kind != value or by_id == kind:
            message = "a person is named by `id`, or by `kind` and `value`"
            raise ValueError(message)

    @property
    def named(self) -> tuple[str, str] | None:
        """Return kind and value, or None when the person is named by an id."""
        if isinstance(self.kind, UnsetType) or isinstance(self.value, UnsetType):
            return None
        return self.kind, self.value


# What a schema made from a class cannot say.
BESIDES: Final[dict[str, dict[str, Any]]] = {
    "Who": {
        "oneOf": [
            {"required": ["id"], "maxProperties": 1},
            {"required": ["kind", "value"], "maxProperties": 2},
        ]
    }
}


# ------------------------------------------------------------------------------- decisions
class AskIn(Given, frozen=True, kw_only=True):
    """May this be done with this person, now?"""

    profile: Who
    purpose: Code
    channel: Code | None = None
    topic: Code | None = None
    explain: Annotated[
        bool,
        Meta(description="Tell the records too: a read about a person, written down as one."),
    ] = False


class PlainAsk(Given, frozen=True, kw_only=True):
    """One question of many."""

    profile: Who
    purpose: Code
    channel: Code | None = None
    topic: Code | None = None


class BulkIn(Given, frozen=True, kw_only=True):
    """Many questions about whomever."""

    asks: Annotated[list[PlainAsk], Meta(min_length=1, max_length=1_000)]


class SpreadIn(Given, frozen=True, kw_only=True):
    """One question about many people."""

    purpose: Code
    channel: Code | None = None
    topic: Code | None = None
    profiles: Annotated[list[Who], Meta(min_length=1, max_length=1_000)]


class Evidence(Told, frozen=True, kw_only=True):
    """A choice that a decision rests on."""

    record_id: UUID
    choice: Choice
    decided_at: datetime
    surface: str
    notice: str | None
    edition: int


class Verdict(Told, frozen=True, kw_only=True):
    """Allowed or not, with the reason."""

    allowed: bool
    reason: str
    words: Annotated[str, Meta(description="The reason as a sentence.")]


class Explained(Verdict, frozen=True, kw_only=True, omit_defaults=True):
    """Allowed or not, with the reason and, when asked for, what it rests on."""

    profile: UUID | UnsetType = UNSET
    evidence: list[Evidence] | UnsetType = UNSET
    wishes: Annotated[
        list[UUID] | UnsetType, Meta(description="Preferences that it rests on.")
    ] = UNSET
    may_ask: Annotated[
        bool | UnsetType, Meta(description="Whether the person may be asked for a yes now.")
    ] = UNSET
    ask_after: Annotated[
        datetime | UnsetType, Meta(description="When there was a no: nobody asks before.")
    ] = UNSET


class Verdicts(Told, frozen=True, kw_only=True):
    """The answers, in the order of the questions."""

    decisions: list[Verdict]
    allowed: int


class AudienceIn(Given, frozen=True, kw_only=True):
    """How many people may this reach, now?"""

    purpose: Code
    channel: Code | None = None
    topic: Code | None = None


class Audience(Told, frozen=True, kw_only=True):
    """A number of people; never who."""

    people: int
    at: datetime


# ------------------------------------------------------------------------------- catalogue
class PageQuery(Given, frozen=True, kw_only=True):
    """A place in a list."""

    limit: Limit = 50
    after: Cursor | None = None


class PurposeTold(Told, frozen=True, kw_only=True):
    """Why data is used."""

    code: str
    edition: int
    titles: dict[str, str]
    basis: dict[Regime, LegalBasis]
    recipients: tuple[str, ...]
    retention: str
    consent_lasts: str
    is_sale: bool
    confirm: bool
    ask_again: str
    notices: Annotated[
        dict[str, str], Meta(description="Id of the words in force, by language.")
    ]


class TopicTold(Told, frozen=True, kw_only=True):
    """What messages are about."""

    code: str
    purpose: str
    titles: dict[str, str]
    channels: tuple[str, ...]
    offers: tuple[str, ...]
    frequency: Frequency


class ChannelTold(Told, frozen=True, kw_only=True):
    """How messages come."""

    code: str
    titles: dict[str, str]
    contact: str
    is_loud: bool


class Purposes(Told, frozen=True, kw_only=True):
    """A page of purposes."""

    items: list[PurposeTold]
    next: str | None


class Topics(Told, frozen=True, kw_only=True):
    """A page of topics."""

    items: list[TopicTold]
    next: str | None


class Channels(Told, frozen=True, kw_only=True):
    """A page of channels."""

    items: list[ChannelTold]
    next: str | None


class NoticeTold(Told, frozen=True, kw_only=True):
    """The exact words that were shown, for ever."""

    notice_id: str
    published_at: datetime
    notice: Notice


# ------------------------------------------------------------------------------- people
class FindIn(Given, frozen=True, kw_only=True):
    """An exact identifier. It stands in the body, never in an address."""

    kind: Code
    value: Identity


class Found(Told, frozen=True, kw_only=True):
    """Whose it is."""

    profile: UUID


class RegimeIn(Given, frozen=True, kw_only=True):
    """The law that protects a person; null: unknown, so the strictest counts."""

    regime: Regime | None


class RegimeTold(Told, frozen=True, kw_only=True):
    """The law that protects a person; null: unknown, so the strictest counts."""

    regime: Regime | None


class TokenIn(Given, frozen=True, kw_only=True):
    """Where the widget is shown."""

    origin: Annotated[
        str,
        Meta(
            pattern=rf"^https?://[a-z0-9.-]{{1,200}}(:[0-9]{{1,5}})?{_END}",
            description="Origin of the page, as its source declares it.",
            examples=["https://shop.nordmarkt.example"],
        ),
    ]


class TokenTold(Told, frozen=True, kw_only=True):
    """What the widget shows to prove for whom it speaks."""

    token: str
    expires_at: datetime


# ------------------------------------------------------------------------------- choices
class ChoiceIn(Given, frozen=True, kw_only=True):
    """A choice that a person made. Sent again with the same id, it is left as it is."""

    id: UUID
    purpose: Code
    choice: Choice
    decided_at: Instant
    surface: Surface
    notice: NoticeId | None = None
    edition: Annotated[int, Meta(ge=1, le=32_767)] | None = None
    locale: LocaleCode | None = None
    evidence: Reference | None = None
    witness: Reference | None = None
    guardian: Annotated[
        UUID | None,
        Meta(description="Profile of the appointed guardian who said it for a minor."),
    ] = None
    address_proven: Annotated[
        bool,
        Meta(description="The person proved that the address is theirs: no mail to confirm."),
    ] = False
    over_gpc: Annotated[
        bool,
        Meta(description="The page told the person that their browser says no to sale."),
    ] = False


class ChoiceTold(Told, frozen=True, kw_only=True):
    """A choice, as it is kept."""

    id: UUID
    purpose: str
    choice: Choice
    decided_at: datetime
    expires_at: datetime | None
    surface: str
    source: str | None
    notice: str | None
    edition: int
    locale: str | None
    by_guardian: bool


class ChoiceMade(Told, frozen=True, kw_only=True):
    """What became of a choice."""

    status: Annotated[
        Literal["recorded", "awaiting_confirmation"],
        Meta(description="Awaiting: it counts once the person pressed the button in our mail."),
    ]
    id: UUID


class ChoicesQuery(PageQuery, frozen=True, kw_only=True):
    """A place in a person's history, of one purpose or all."""

    purpose: Code | None = None


class Choices(Told, frozen=True, kw_only=True):
    """A page of a person's choices, newest first."""

    items: list[ChoiceTold]
    next: str | None


# ------------------------------------------------------------------------------- guardians
class MinorIn(Given, frozen=True, kw_only=True):
    """The first day on which a person says yes by themselves; null: they are no minor."""

    minor_until: date | None


class EndIn(Given, frozen=True, kw_only=True):
    """A guardian, by their profile."""

    guardian: UUID


class GuardianIn(EndIn, frozen=True, kw_only=True):
    """A guardian, by their profile, and what shows that they are one."""

    proof: Reference


class GuardianTold(Told, frozen=True, kw_only=True):
    """Somebody who may say yes for a person, or might once."""

    guardian: UUID
    since: datetime
    ended_at: datetime | None
    proof: str
    may_choose: bool


class Guardians(Told, frozen=True, kw_only=True):
    """Until when a person is a minor, and their guardians, the newest first."""

    minor_until: date | None
    is_minor: bool
    items: list[GuardianTold]


# ------------------------------------------------------------------------------- preferences
class TopicWishIn(Given, frozen=True, kw_only=True):
    """At most how often messages about a topic may come through a channel."""

    topic: Code
    channel: Code
    frequency: Frequency


class QuietIn(Given, frozen=True, kw_only=True):
    """Hours of the day, in a time zone, in which nothing may come."""

    hours: Annotated[list[Annotated[int, Meta(ge=0, le=23)]], Meta(max_length=24)]
    zone: Annotated[
        str, Meta(pattern=rf"^[A-Za-z0-9_+/-]{{1,60}}{_END}", examples=["Europe/Berlin"])
    ]


class PreferencesIn(Given, frozen=True, kw_only=True):
    """What a person said about how they are written to. What is not named stays as it is."""

    id: UUID
    decided_at: Instant
    surface: Surface
    locale: LocaleCode | None = None
    evidence: Reference | None = None
    topics: Annotated[list[TopicWishIn], Meta(max_length=200)] = []
    paused_until: (
        Annotated[datetime, Meta(tz=True, description="A time that has passed ends a pause.")]
        | None
    ) = None
    quiet: QuietIn | None = None


class TopicWishTold(Told, frozen=True, kw_only=True):
    """At most how often messages about a topic may come through a channel."""

    topic: str
    channel: str
    frequency: Frequency


class PreferencesTold(Told, frozen=True, kw_only=True):
    """How a person wants to be written to, now."""

    topics: list[TopicWishTold]
    blocked: Annotated[dict[str, str], Meta(description="What closed a channel, by channel.")]
    reachable: list[str]
    paused_until: datetime | None
    quiet_hours: list[int]
    zone: str
    sends_gpc: bool


class WishTold(Told, frozen=True, kw_only=True):
    """One preference that was said."""

    id: UUID
    kind: str
    topic: str | None
    channel: str | None
    frequency: Frequency | None
    until: datetime | None
    hours: list[int] | None
    zone: str | None
    decided_at: datetime
    surface: str
    source: str | None


class Wishes(Told, frozen=True, kw_only=True):
    """A page of what a person said about messages, newest first."""

    items: list[WishTold]
    next: str | None


# ------------------------------------------------------------------------------- signals
class SignalIn(Given, frozen=True, kw_only=True):
    """A choice that a machine passed on."""

    id: UUID
    profile: Who
    kind: SignalKind
    decided_at: Instant
    surface: Surface
    channel: Code | None = None
    value: (
        Annotated[
            str,
            Meta(
                pattern=rf"^[!-~]{{1,8192}}{_END}",
                description="The TCF or GPP string. One that cannot be read means no.",
            ),
        ]
        | None
    ) = None


class SignalHeard(Told, frozen=True, kw_only=True):
    """A signal is kept; what follows from it holds now."""

    id: UUID
    status: Literal["heard"] = "heard"


class ContactIn(Given, frozen=True, kw_only=True):
    """A message left: it counts for how often messages may come."""

    id: UUID
    profile: Who
    channel: Code
    topic: Code
    at: Instant


class Counted(Told, frozen=True, kw_only=True):
    """A message is counted."""

    id: UUID
    status: Literal["counted"] = "counted"


# ------------------------------------------------------------------------------- the log
Hash = Annotated[str, Meta(description="SHA-256 in base64.")]
Size = Annotated[
    int, Meta(ge=1, lt=1 << 60, description="Entries of the log, as in a checkpoint.")
]


class HeadTold(Told, frozen=True, kw_only=True):
    """The newest signed head of the audit log."""

    size: int
    root: Hash
    signed_at: datetime
    checkpoint: Annotated[str, Meta(description="Signed note (C2SP tlog-checkpoint).")]


class ProofTold(Told, frozen=True, kw_only=True):
    """That an entry is under the newest head."""

    entry: Annotated[
        str, Meta(description="The exact text that is hashed: canonical JSON (RFC 8785).")
    ]
    index: int
    size: int
    hashes: list[Hash]
    checkpoint: str
    file: Annotated[str, Meta(description="The same as a file by itself (C2SP tlog-proof).")]


class GrowthQuery(Given, frozen=True, kw_only=True):
    """Two sizes of the log, each from a checkpoint."""

    first: Size
    second: Size


class GrowthTold(Told, frozen=True, kw_only=True):
    """That the log of one size is the beginning of that of another."""

    first: int
    second: int
    hashes: list[Hash]

"""What goes in and out about requests. Words go in and are sealed; none comes out."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from candor.domain.catalogue.model import Regime
from candor.domain.profiles.service.returning import Ground as Comeback
from candor.domain.rights.model.request import (
    Channel,
    Ground,
    Outcome,
    Proof,
    Requester,
    Right,
    State,
)
from candor.surface.api.v1.shapes import (
    Code,
    Given,
    Identity,
    Instant,
    LocaleCode,
    Reference,
    Told,
    Who,
)

Words = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=10_000,
        description="What the person wrote. Sealed as it comes; it is never given out here.",
    ),
]


class Proved(StrEnum):
    """How the calling system made sure that it is the person."""

    NONE = "none"
    MAILBOX = "mailbox"
    DATA_POINTS = "data_points"
    ACCOUNT = "account"

    @property
    def proof(self) -> Proof:
        """Return it as requests keep it."""
        return Proof(self.value)


class ScopeIn(Given, frozen=True, kw_only=True, omit_defaults=True):
    """What exactly is asked for, in codes of the catalogue."""

    purpose: Code | None = None
    attribute: Code | None = None
    decision: Code | None = None


class RequestIn(Given, frozen=True, kw_only=True):
    """What a person asks for."""

    profile: Who
    right: Right
    external_ref: Reference
    scope: ScopeIn = ScopeIn()
    proof: Proved = Proved.NONE
    locale: LocaleCode = "en"
    regime: Regime | None = None
    received_at: Instant | None = None
    words: Words | None = None
    about_request: UUID | None = None


class RequestTold(Told, frozen=True, kw_only=True):
    """A request as it stands."""

    id: UUID
    profile: UUID | None
    right: Right
    regime: Regime | None
    channel: Channel
    requester: Requester
    state: State
    outcome: Outcome | None
    ground: Ground | None
    proof: Proof
    external_ref: str | None
    received_at: datetime
    acknowledge_by: datetime | None
    due_at: datetime | None
    extended_at: datetime | None
    closed_at: datetime | None


class RequestOpened(Told, frozen=True, kw_only=True):
    """The request, new or the one that is under way for the same thing."""

    request: RequestTold
    is_new: bool


class Requests(Told, frozen=True, kw_only=True):
    """Requests of a person, newest first; the last fifty."""

    items: list[RequestTold]


class EventTold(Told, frozen=True, kw_only=True):
    """Something that happened to a request."""

    at: datetime
    what: str
    code: str | None


class TaskTold(Told, frozen=True, kw_only=True):
    """Something that must be done for a request."""

    id: UUID
    step: str
    state: str
    due_at: datetime | None
    done_at: datetime | None
    problem: str | None


class Progress(Told, frozen=True, kw_only=True):
    """What happened to a request, in order, and what is done for it."""

    events: list[EventTold]
    tasks: list[TaskTold]


class Nothing(Given, frozen=True, kw_only=True):
    """An empty object: that it is sent is all that is said."""


class ExtensionIn(Given, frozen=True, kw_only=True):
    """Why it takes the longer time that the law gives."""

    ground: Literal["complex", "many_requests"]


class RefusalIn(Given, frozen=True, kw_only=True):
    """Why it is refused; the person is told in their language, with these words besides."""

    ground: Literal[
        "not_identified",
        "no_data",
        "unfounded",
        "excessive",
        "no_authority",
        "others_rights",
        "not_applicable",
        "accurate",
        "legal_claims",
        "legal_obligation",
        "investigation",
    ]
    words: Words | None = None


class SettledIn(Given, frozen=True, kw_only=True):
    """What proves that a task was done by a person."""

    reference: Reference


class FiguresQuery(Given, frozen=True, kw_only=True):
    """Between which instants requests were received."""

    since: Instant | None = None
    until: Instant | None = None


class FigureTold(Told, frozen=True, kw_only=True):
    """What became of the requests for one right; days are null while none was answered."""

    right: Right
    received: int
    in_full: int
    in_part: int
    refused: int
    withdrawn: int
    in_time: int
    median_days: float | None
    mean_days: float | None


class RequestFigures(Told, frozen=True, kw_only=True):
    """What was asked and what became of it (11 CCR 7102)."""

    items: list[FigureTold]


class ComebackIn(Given, frozen=True, kw_only=True):
    """Somebody who was erased may be known again by an identifier."""

    kind: Code
    value: Identity
    ground: Comeback


class ComebackTold(Told, frozen=True, kw_only=True):
    """How many tombstones stood for it: none or one."""

    lifted: int


class MailTaken(Told, frozen=True, kw_only=True):
    """What became of a mail."""

    status: Annotated[
        str,
        Meta(
            description="`request`; `ignored`: sent by a machine; `known`: sent before; without a "
            "request: a stranger sent enough for today, and nothing new was opened."
        ),
    ]
    request: UUID | None

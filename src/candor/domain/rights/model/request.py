"""A request: which right, by whom, under which law, where it stands, and how it may move.

    received → verifying → in_progress → fulfilled | refused
          any open one → withdrawn

It is worked on only once it is known whose it is; a refusal says its ground.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from candor.domain.catalogue.model import Regime
from candor.kernel.ids import ProfileId


class Right(StrEnum):
    """What can be asked for: GDPR Art. 12-22, CCPA 1798.100-125, LGPD Art. 18, and what follows."""

    INFORMATION = "information"  # Art. 13-14; LGPD 18 I, VII, VIII
    ACCESS = "access"  # Art. 15; CCPA right to know; LGPD 18 II
    PORTABILITY = "portability"  # Art. 20; LGPD 18 V
    RECTIFICATION = "rectification"  # Art. 16; CCPA right to correct; LGPD 18 III
    ERASURE = "erasure"  # Art. 17; CCPA right to delete; LGPD 18 IV, VI
    RESTRICTION = "restriction"  # Art. 18; LGPD 18 IV (blocking)
    OBJECTION = "objection"  # Art. 21; LGPD 18 §2
    AUTOMATED_DECISION = "automated_decision"  # Art. 22; LGPD Art. 20
    SALE_OPT_OUT = "sale_opt_out"  # CCPA 1798.120
    LIMIT_SENSITIVE = "limit_sensitive"  # CCPA 1798.121
    COMPLAINT = "complaint"  # UK DUAA; GDPR Art. 12(4) points to the authority
    APPEAL = "appeal"  # US states


class State(StrEnum):
    """Where a request stands."""

    RECEIVED = "received"
    VERIFYING = "verifying"
    IN_PROGRESS = "in_progress"
    FULFILLED = "fulfilled"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Channel(StrEnum):
    """How a request came."""

    PORTAL = "portal"
    CONSOLE = "console"
    API = "api"
    MAIL = "mail"
    PHONE = "phone"
    LETTER = "letter"
    OPENDSR = "opendsr"
    DRP = "drp"


class Requester(StrEnum):
    """Who asks for the person."""

    SELF = "self"
    GUARDIAN = "guardian"
    AGENT = "agent"
    HEIR = "heir"


class Outcome(StrEnum):
    """How much of what was asked was done."""

    FULL = "full"
    PART = "part"


class Ground(StrEnum):
    """Why something is refused, kept or takes longer; each is told to the person in words."""

    # of a refusal
    NOT_IDENTIFIED = "not_identified"  # Art. 11(2), 12(6)
    NO_DATA = "no_data"  # nothing is held about them
    UNFOUNDED = "unfounded"  # Art. 12(5)
    EXCESSIVE = "excessive"  # Art. 12(5)
    NO_AUTHORITY = "no_authority"  # the agent may not
    OTHERS_RIGHTS = "others_rights"  # Art. 15(4)
    NOT_APPLICABLE = "not_applicable"  # the right does not reach this processing
    ACCURATE = "accurate"  # what is kept is right
    # of what stays, or stops an erasure
    LEGAL_CLAIMS = "legal_claims"  # Art. 17(3)(e)
    LEGAL_OBLIGATION = "legal_obligation"  # Art. 17(3)(b)
    INVESTIGATION = "investigation"  # Art. 17(3)(e), CCPA 1798.105(d)(2)
    # of an extension
    COMPLEX = "complex"  # Art. 12(3)
    MANY_REQUESTS = "many_requests"  # Art. 12(3)


REFUSALS: Final = frozenset(
    {
        Ground.NOT_IDENTIFIED,
        Ground.NO_DATA,
        Ground.UNFOUNDED,
        Ground.EXCESSIVE,
        Ground.NO_AUTHORITY,
        Ground.OTHERS_RIGHTS,
        Ground.NOT_APPLICABLE,
        Ground.ACCURATE,
        Ground.LEGAL_CLAIMS,
        Ground.LEGAL_OBLIGATION,
        Ground.INVESTIGATION,
    }
)
EXTENSIONS: Final = frozenset({Ground.COMPLEX, Ground.MANY_REQUESTS})
HOLDS: Final = frozenset({Ground.LEGAL_CLAIMS, Ground.LEGAL_OBLIGATION, Ground.INVESTIGATION})

OPEN: Final = frozenset({State.RECEIVED, State.VERIFYING, State.IN_PROGRESS})
MOVES: Final[Mapping[State, frozenset[State]]] = {
    State.RECEIVED: frozenset(
        {State.VERIFYING, State.IN_PROGRESS, State.REFUSED, State.WITHDRAWN}
    ),
    State.VERIFYING: frozenset({State.IN_PROGRESS, State.REFUSED, State.WITHDRAWN}),
    State.IN_PROGRESS: frozenset({State.FULFILLED, State.REFUSED, State.WITHDRAWN}),
    State.FULFILLED: frozenset(),
    State.REFUSED: frozenset(),
    State.WITHDRAWN: frozenset(),
}


def may_move(current: State, target: State) -> bool:
    """Tell whether a request may move from one state to another."""
    return target in MOVES[current]


class Proof(StrEnum):
    """How it was made sure that a request comes from the person, weakest first."""

    NONE = "none"
    MAILBOX = "mailbox"  # a link in a mail to an address we had before
    DATA_POINTS = "data_points"  # two facts that agree (CCPA regulations 7062)
    ACCOUNT = "account"  # signed in, and proved anew
    DECLARATION = "declaration"  # three facts and a signed declaration (7062(c))
    AUTHORITY = "authority"  # power of attorney, or the person confirmed their agent


_WORDS: Final[Mapping[str, type[StrEnum]]] = {
    "kind": Right,
    "regime": Regime,
    "channel": Channel,
    "requester": Requester,
    "state": State,
    "outcome": Outcome,
    "ground": Ground,
    "extension_ground": Ground,
    "proof": Proof,
}


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it stands. Fields as the columns of `rights.request` say."""

    request_id: UUID
    profile_id: UUID | None
    subject: bytes | None
    kind: Right
    regime: Regime | None
    channel: Channel
    requester: Requester
    agent_id: UUID | None
    state: State
    outcome: Outcome | None
    ground: Ground | None
    locale: str
    external_ref: str | None
    received_at: datetime
    acknowledge_by: datetime | None
    acknowledged_at: datetime | None
    due_at: datetime | None
    extended_at: datetime | None
    extension_ground: Ground | None
    paused_at: datetime | None
    paused_for: timedelta
    proof: Proof
    proved_at: datetime | None
    failures: int
    assignee_id: UUID | None
    duplicate_of: UUID | None
    about_request_id: UUID | None
    results_until: datetime | None
    downloads: int
    begun_at: datetime | None
    closed_at: datetime | None
    scope: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def __post_init__(self) -> None:
        """Turn what the database gives into words of ours; anything unknown is refused."""
        for name, kind in _WORDS.items():
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, kind(value))

    @property
    def is_open(self) -> bool:
        """Tell whether it is not answered yet."""
        return self.state in OPEN

    def is_overdue(self, now: datetime) -> bool:
        """Tell whether the law's time is over and it is not answered; a paused clock stands."""
        return (
            self.is_open
            and self.paused_at is None
            and self.due_at is not None
            and self.due_at <= now
        )

    @property
    def person(self) -> ProfileId | None:
        """Return about whom it is, when that is known."""
        return None if self.profile_id is None else ProfileId(self.profile_id)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a request."""

    event_id: int
    at: datetime
    actor: str
    what: str
    code: str | None
    detail: Mapping[str, Any]

"""The Data Rights Protocol 1.0, from the side of the business: what is sent and what is answered.

Consumer Reports, data-rights-protocol, sections 2.01-2.06 and 3.01-3.07 (read 2026-11-22). Names
with hyphens are the protocol's.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

import msgspec
from msgspec import Meta, field

from candor.domain.rights.model.request import Ground, Request, Right, State

VERSIONS: Final = ("1.", "0.9")
LONGEST_LIFE: Final = timedelta(minutes=10)  # 2.01: keep it short
_NAME: Final = 64
_TEXT: Final = 320

Short = Annotated[str, Meta(max_length=_NAME)]
Text = Annotated[str, Meta(max_length=_TEXT)]
Ref = Annotated[str, Meta(max_length=_NAME, pattern=r"^[!-~](?:[ -~]*[!-~])?(?![\s\S])")]

EXERCISES: Final[Mapping[str, Right]] = {
    "sale:opt-out": Right.SALE_OPT_OUT,
    "sale:opt_out": Right.SALE_OPT_OUT,  # as the table of 3.01 spells it
    "deletion": Right.ERASURE,
    "access": Right.ACCESS,
    "access:categories": Right.ACCESS,
    "access:specific": Right.ACCESS,
}
# A yes to a sale is said by the person, under the words that are shown to them: never by an agent.
OPT_INS: Final = frozenset({"sale:opt-in", "sale:opt_in"})


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """What every signed message begins with (2.01, first group)."""

    agent_id: Short = field(name="agent-id")
    business_id: Short = field(name="business-id")
    issued_at: datetime = field(name="issued-at")
    expires_at: datetime = field(name="expires-at")

    @property
    def issued(self) -> datetime:
        """Return when it was said, in UTC."""
        return in_utc(self.issued_at)

    def is_for(self, agent: str, business: str, now: datetime) -> bool:
        """Tell whether it is of this agent, for this business, and in its time (3.07.1)."""
        issued, expires = self.issued, in_utc(self.expires_at)
        return (
            self.agent_id == agent
            and bool(business)
            and self.business_id == business
            and issued < now < expires
            and expires - issued <= LONGEST_LIFE
        )


class Exercise(Envelope, frozen=True, kw_only=True):
    """A right that is exercised for somebody (2.01)."""

    version: Short = field(name="drp.version", default="1.0")
    exercise: Short
    regime: Short | None = None
    agent_request_id: Ref | None = field(name="agent-request-id", default=None)
    status_callback: Annotated[str, Meta(max_length=2048)] | None = None
    relationships: Annotated[list[Short], Meta(max_length=20)] | None = None
    email: Text | None = None
    email_verified: bool = False
    phone_number: Text | None = None
    phone_number_verified: bool = False


class Revocation(msgspec.Struct, frozen=True, kw_only=True):
    """The agent takes a request back (2.04)."""

    reason: Annotated[str, Meta(max_length=2000)] | None = None


class Status(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a request stands (3.03)."""

    request_id: str
    received_at: str
    status: str
    agent_request_id: str | None = None
    expected_by: str | None = None
    processing_details: str | None = None
    reason: str | None = None
    user_verification_url: str | None = None
    results_url: str | None = None
    expires_at: str | None = None


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with a message (3.06)."""

    code: str
    message: str
    fatal: bool


_REASONS: Final[Mapping[Ground, str]] = {
    Ground.NOT_IDENTIFIED: "insuf_verification",
    Ground.NO_AUTHORITY: "insuf_verification",
    Ground.NO_DATA: "no_match",
    Ground.EXCESSIVE: "too_many_requests",
    Ground.NOT_APPLICABLE: "claim_not_covered",
    Ground.ACCURATE: "claim_not_covered",
    Ground.LEGAL_CLAIMS: "claim_not_covered",
    Ground.LEGAL_OBLIGATION: "claim_not_covered",
    Ground.INVESTIGATION: "claim_not_covered",
}
_WAITS: Final = "The person has to confirm it: we wrote to the address that we have of them."


def status_of(
    request: Request, *, agent_request_id: str | None, is_own: bool, page: str
) -> Status:
    """Return how a request stands, in the protocol's words.

    Whom an agent asks for is answered alike whether we know them or not, until the person has
    confirmed it. What came out of an access is for the person, on their own page: the agent
    is only told where that is.

    Args:
        request: the request.
        agent_request_id: how the agent calls it.
        is_own: whether it is the agent's; if somebody else asked the same before, nothing
            but its end is told.
        page: the address of the page on which the person confirms, and finds what came of it.
    """
    known = Status(
        request_id=str(request.request_id),
        received_at=_moment(request.received_at),
        status="in_progress",
        agent_request_id=agent_request_id,
        expected_by=None if request.due_at is None else _moment(request.due_at),
    )
    is_sale = request.kind == Right.SALE_OPT_OUT
    match request.state:
        case State.REFUSED if is_sale and request.ground is Ground.NO_DATA:
            # Nothing is sold of whom we do not know: done, as with those whom we know.
            return msgspec.structs.replace(known, status="fulfilled")
        case State.FULFILLED:
            is_access = request.kind == Right.ACCESS and is_own
            return msgspec.structs.replace(
                known,
                status="fulfilled",
                results_url=page if is_access else None,
                expires_at=_moment(request.results_until)
                if is_access and request.results_until
                else None,
            )
        case State.REFUSED:
            ground = request.ground or Ground.UNFOUNDED
            return msgspec.structs.replace(
                known, status="denied", reason=_REASONS.get(ground, "other")
            )
        case State.WITHDRAWN:
            return msgspec.structs.replace(known, status="revoked")
        case State.IN_PROGRESS if is_own:
            return known
        case State.RECEIVED | State.VERIFYING | State.IN_PROGRESS if is_sale:
            return known  # nobody has to confirm it
        case _:
            return msgspec.structs.replace(
                known,
                reason="need_user_verification",
                user_verification_url=page,
                processing_details=_WAITS,
            )


def in_utc(at: datetime) -> datetime:
    """Return an instant in UTC; one without a zone is taken for UTC."""
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

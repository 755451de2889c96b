"""OpenDSR 2.0, both sides: what controllers send to processors, and what these answer.

OpenDSR specification, sections 6-9 (read 2026-11-22); its predecessors OpenGDPR and
OpenCompliance name routes and headers differently and are understood too (10.1).
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from msgspec import Meta

from candor.domain.catalogue.model import Regime
from candor.domain.rights.model.request import Ground, Request, Right, State

VERSION: Final = "2.0"
DOMAIN_HEADER: Final = "X-OpenDSR-Processor-Domain"
SIGNATURE_HEADER: Final = "X-OpenDSR-Signature"
OLD_HEADERS: Final = {
    DOMAIN_HEADER: ("X-OpenGDPR-Processor-Domain", "X-OpenCompliance-Processor-Domain"),
    SIGNATURE_HEADER: ("X-OpenGDPR-Signature", "X-OpenCompliance-Signature"),
}
MOST_IDENTITIES: Final = 50
Word = Annotated[str, Meta(max_length=64)]
Url = Annotated[str, Meta(max_length=2048)]
# A UUID of version 4 in small letters (7.1); the letters of others are taken as they are meant.
RequestId = Annotated[
    str,
    Meta(
        pattern=r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-4[0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}(?![\s\S])"
    ),
]

TYPES: Final[Mapping[str, Right]] = {
    "access": Right.ACCESS,
    "portability": Right.PORTABILITY,
    "erasure": Right.ERASURE,
}
REGULATIONS: Final[Mapping[str, Regime]] = {"gdpr": Regime.GDPR, "ccpa": Regime.CCPA}
EMAIL: Final = "email"
CUSTOMER: Final = "controller_customer_id"
# How they call devices.
DEVICES: Final = (
    "android_id", "android_advertising_id", "fire_advertising_id", "ios_advertising_id",
    "ios_vendor_id", "microsoft_advertising_id", "microsoft_publisher_id",
    "roku_publisher_id", "roku_advertising_id",
)  # fmt: skip


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """An identity of a person (5.3)."""

    identity_type: Word
    identity_value: Annotated[str, Meta(min_length=1, max_length=320)]
    identity_format: Word = "raw"


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """A request (7.1). `regulation` is required since 2.0, and missing in its own example."""

    subject_request_id: RequestId
    subject_request_type: Word
    submitted_time: datetime
    subject_identities: Annotated[list[Named], Meta(max_length=MOST_IDENTITIES)] = []
    regulation: Word | None = None
    api_version: Word | None = None
    status_callback_urls: Annotated[list[Url], Meta(max_length=5)] = []
    extensions: dict[str, Any] | None = None


class Received(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """That a request, or its cancellation, was received (7.3, 9.2)."""

    controller_id: str
    received_time: str
    subject_request_id: str
    expected_completion_time: str | None = None
    encoded_request: str | None = None
    api_version: str = ""


class Told(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a request stands (8.3), and the body of a callback (8.6)."""

    controller_id: str
    expected_completion_time: str
    subject_request_id: str
    request_status: str
    status_callback_url: str | None = None
    api_version: str = ""
    results_url: str | None = None
    results_count: int | None = None


class SupportedIdentity(msgspec.Struct, frozen=True):
    """A kind of identity that is understood."""

    identity_type: str
    identity_format: str


class Discovery(msgspec.Struct, frozen=True, kw_only=True):
    """What a processor understands (6)."""

    api_version: str
    supported_identities: list[SupportedIdentity]
    supported_subject_request_types: list[str]
    processor_certificate: str


class Detail(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong."""

    domain: str
    reason: str
    message: str


class Error(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with a request (7.6)."""

    code: int
    message: str
    errors: list[Detail]


class Errors(msgspec.Struct, frozen=True):
    """As it is sent."""

    error: Error


class Answered(StrEnum):
    """How a request stands, in the protocol's words (8)."""

    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


def answered(request: Request) -> Answered:
    """Return how a request stands. One about nobody known is complete: there is nothing."""
    match request.state:
        case State.RECEIVED | State.VERIFYING:
            return Answered.PENDING
        case State.IN_PROGRESS:
            return Answered.IN_PROGRESS
        case State.FULFILLED:
            return Answered.COMPLETED
        case State.REFUSED if request.ground == Ground.NO_DATA:
            return Answered.COMPLETED
        case _:
            return Answered.CANCELLED


def told_of(
    request: Request,
    *,
    controller: str,
    ref: str,
    results_url: str | None = None,
    callback: str | None = None,
) -> Told:
    """Return how a request stands, as it is told to its controller."""
    status = answered(request)
    is_out = (
        status is Answered.COMPLETED
        and request.state == State.FULFILLED
        and request.kind in {Right.ACCESS, Right.PORTABILITY}
    )
    return Told(
        controller_id=controller,
        expected_completion_time=moment(request.due_at or request.received_at),
        subject_request_id=ref,
        request_status=status.value,
        status_callback_url=callback,
        api_version=VERSION,
        results_url=results_url if is_out else None,
        results_count=0 if request.ground == Ground.NO_DATA else 1 if is_out else None,
    )


def results_at(public_url: str, ref: str) -> str:
    """Return the address of the archive of a request, by the name that its controller gave it."""
    return f"{public_url}/opendsr/v{VERSION.partition('.')[0]}/requests/{ref}/results"


def moment(at: datetime) -> str:
    """Return an instant as RFC 3339 in UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def request_id_of(task_id: UUID) -> str:
    """Return the id under which a system outside is asked: a UUID of version 4 made from a task's.

    The same task asked again has the same id, so that a repeated question is recognised there.
    """
    raw = bytearray(task_id.bytes)
    raw[6] = raw[6] & 0x0F | 0x40
    raw[8] = raw[8] & 0x3F | 0x80
    return str(UUID(bytes=bytes(raw)))

"""Systems outside that are told of requests, and what they are called by."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from candor.kernel.pii import Pii


class Protocol(StrEnum):
    """How a system outside is told."""

    OPENDSR = "opendsr"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True)
class Downstream:
    """One system. Fields as the columns of `rights.downstream` say."""

    downstream_id: UUID
    name: str
    protocol: Protocol
    base_url: str
    domain: str
    identities: list[str]
    certificate: str | None
    token: bytes | None = field(repr=False)
    added_by: str
    added_at: datetime
    answered_at: datetime | None
    problem: str | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Identity:
    """An identifier of a person, opened to be sent on."""

    kind: str  # of the catalogue
    value: Pii[str]

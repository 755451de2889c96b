"""Canaries: profiles, keys and accounts that nobody has a reason to touch."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class CanaryKind(StrEnum):
    """What was laid out."""

    PROFILE = "profile"
    API_KEY = "api_key"
    WRITE_KEY = "write_key"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Canary:
    """One canary. `mark` is what gives it away: pseudonym, hash of the key, or staff id."""

    canary_id: UUID
    kind: str
    mark: bytes
    note: str
    created_at: datetime
    ended_at: datetime | None

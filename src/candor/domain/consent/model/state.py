"""What is kept of a person's choices: the fold, per profile."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from candor.domain.consent.model.preference import LONG_AGO


class Standing(StrEnum):
    """What may be done with a profile at all."""

    ACTIVE = "active"
    RESTRICTED = "restricted"  # GDPR Art. 18: kept, not used
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class State:
    """The fold for one profile; the same for all profiles of one person."""

    profile_id: UUID
    head_id: UUID
    standing: str
    regime: str | None
    allowed: int
    valid_until: datetime
    points: int = 0  # channels with a verified contact point
    heard: int = 0  # standing signals
    minor_until: date | None = None
    paused_until: datetime = LONG_AGO
    quiet_hours: int = 0
    zone: str | None = None

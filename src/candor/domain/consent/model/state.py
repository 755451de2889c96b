"""What is kept of a person's choices: the fold, per profile."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


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

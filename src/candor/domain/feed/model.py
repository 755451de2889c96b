"""Changes, and how far a follower has read."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NewType
from uuid import UUID


class Changed(StrEnum):
    """What changed on a profile."""

    CREATED = "profiles.created"
    MERGED = "profiles.merged"
    UNMERGED = "profiles.unmerged"
    ATTRIBUTES = "profiles.attributes"
    IDENTIFIERS = "profiles.identifiers"
    CONSENT = "consent.changed"
    ERASED = "profiles.erased"
    DECIDED = "rights.decided"  # a decision by machine was contested or reviewed


# What makes a cached answer of "whose is this, and what may be done with it" stale.
CHANGES_STANDING: Final = (Changed.MERGED, Changed.UNMERGED, Changed.CONSENT, Changed.ERASED)


# How far a follower has read: a snapshot of PostgreSQL, which knows each running transaction.
Horizon = NewType("Horizon", str)


@dataclass(frozen=True, slots=True)
class Since:
    """The profiles that changed since a horizon, and the horizon to ask from next time."""

    profile_ids: frozenset[UUID]
    horizon: Horizon

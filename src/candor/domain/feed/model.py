"""Changes, and how far a follower has read."""

from dataclasses import dataclass
from datetime import datetime
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
class Snapshot:
    """Which transactions a reader sees (PostgreSQL, `pg_snapshot`).

    Those below `xmin`; and those below `xmax` that are not in `running`.
    """

    xmin: int
    xmax: int
    running: frozenset[int]

    @classmethod
    def read(cls, text: str) -> "Snapshot":
        """Read the form in which PostgreSQL writes it: `10:20:10,14`."""
        xmin, xmax, running = text.split(":")
        return cls(int(xmin), int(xmax), frozenset(map(int, filter(None, running.split(",")))))

    def sees(self, xid: int) -> bool:
        """Tell whether it sees a transaction."""
        return xid < self.xmax and xid not in self.running

    def without(self, own: int | None) -> "Snapshot":
        """Return it as if one's own transaction were still running, which leaves itself out."""
        if own is None or not self.sees(own):
            return self
        return Snapshot(min(self.xmin, own), self.xmax, self.running | {own})

    def partway(self, earlier: "Snapshot", last: int) -> "Snapshot":
        """Return what was seen by a reader who stood at `earlier` and read up to `last`.

        That reader saw with this snapshot every transaction up to `last`, and none behind it. So
        behind it counts what `earlier` saw, and before it what this one sees.
        """
        running = {xid for xid in self.running if xid <= last}
        running |= {xid for xid in earlier.running if xid > last}
        xmax = max(last + 1, earlier.xmax)
        # Between the two: transactions behind `last` that `earlier` did not know yet are beyond
        # `xmax`; those up to `last` that began after this snapshot do not exist.
        return Snapshot(min(running, default=xmax), xmax, frozenset(running))

    @property
    def horizon(self) -> Horizon:
        """Return it as PostgreSQL reads it."""
        return Horizon(f"{self.xmin}:{self.xmax}:{','.join(map(str, sorted(self.running)))}")


@dataclass(frozen=True, slots=True)
class Change:
    """What changed on one profile since a horizon: the kinds, the first time, and how often."""

    profile_id: UUID
    kinds: frozenset[Changed]
    changed_at: datetime
    count: int


@dataclass(frozen=True, slots=True)
class Changes:
    """Some changes since a horizon, the first made first, and the horizon to go on from."""

    changes: tuple[Change, ...]
    horizon: Horizon
    is_all: bool  # False: there are more already


@dataclass(frozen=True, slots=True)
class Since:
    """The profiles that changed since a horizon, and the horizon to ask from next time."""

    profile_ids: frozenset[UUID]
    horizon: Horizon

"""How long keys live: the pure rules of epochs, versions and the root.

An epoch is open for `lasts` (setting `epoch_days`), then closed: all living keys are wrapped in
the next one. It stays for as long again, so that a backup of these days can be restored, and is
then destroyed. From that day on nobody can read those who were erased while it was open, in any
copy of the database, however old.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

# Somebody may have read a wrapped key just before it was wrapped anew, in a long transaction.
GRACE: Final = timedelta(hours=1)
# The daily job starts some seconds earlier or later: that must not cost an epoch another day.
SLACK: Final = timedelta(minutes=30)
_JOB_EVERY: Final = timedelta(days=1)


class Use(StrEnum):
    """What a fixed key with versions is for."""

    INDEX = "index"
    RECEIPT = "receipt"
    CHECKPOINT = "checkpoint"


@dataclass(frozen=True, slots=True)
class Epoch:
    """The life of a key-encryption key."""

    epoch_id: int
    opened_at: datetime
    closed_at: datetime | None
    emptied_at: datetime | None
    destroyed_at: datetime | None
    keys: int

    def is_due(self, now: datetime, lasts: timedelta) -> bool:
        """Tell whether this epoch is open and has lasted long enough."""
        return self.closed_at is None and now >= self.opened_at + lasts - SLACK

    def may_be_destroyed(self, now: datetime, lasts: timedelta) -> bool:
        """Tell whether nobody needs this epoch any more: no key, no reader, no recent backup."""
        return (
            self.closed_at is not None
            and self.destroyed_at is None
            and self.keys == 0
            and self.emptied_at is not None
            and now >= self.emptied_at + GRACE
            and now >= self.closed_at + lasts - SLACK
        )


@dataclass(frozen=True, slots=True)
class KeyVersion:
    """One version of a fixed key.

    `retired_at`: when the next took its place; `done_at`: when nothing depended on it any more.
    """

    use: str
    version: int
    opened_at: datetime
    retired_at: datetime | None
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class Root:
    """The root that a database belongs to, and when a recovery copy of it was last read back."""

    fingerprint: str
    bound_at: datetime
    confirmed_at: datetime | None


def current(versions: Sequence[KeyVersion], use: Use) -> int:
    """Return the number of the version in use: 1 for a key that never changed."""
    return max((v.version for v in versions if v.use == use), default=1)


def unfinished(versions: Sequence[KeyVersion], use: Use) -> int | None:
    """Return the retired version that something still depends on, if there is one."""
    return next(
        (v.version for v in versions if v.use == use and v.retired_at and not v.done_at), None
    )


def unreadable_by(epochs: Sequence[Epoch], lasts: timedelta) -> datetime | None:
    """Return the day by which who is erased now is unreadable in every copy; None: no keys yet.

    As long as the daily job runs: it may find each of the two steps a day late.
    """
    opened = next((e.opened_at for e in epochs if e.closed_at is None), None)
    return None if opened is None else opened + 2 * (lasts + _JOB_EVERY)


def next_destruction(epochs: Sequence[Epoch], lasts: timedelta) -> datetime | None:
    """Return when the next epoch's key will be destroyed; None when none is closed."""
    closed = [e.closed_at for e in epochs if e.closed_at and not e.destroyed_at]
    return min(closed) + lasts if closed else None

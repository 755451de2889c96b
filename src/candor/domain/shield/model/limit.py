"""Limits: so many acts in so much time, by the generic cell rate algorithm (GCRA).

The whole state of a limit for somebody is one instant: when all that they took is paid back.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Limit:
    """So many acts at once (`burst`), paid back evenly over `per`.

    `name` tells limits apart: the same account has a bucket in each.
    """

    name: str
    burst: int
    per: timedelta

    @property
    def each(self) -> timedelta:
        """Return how long one act takes to be paid back."""
        return self.per / self.burst


@dataclass(frozen=True, slots=True)
class Taken:
    """Whether an act fitted into a limit, and in how many seconds the next one does."""

    is_allowed: bool
    wait_seconds: float


def judge(limit: Limit, due_at: datetime | None, now: datetime, cost: int = 1) -> Taken:
    """Say whether an act fits, given when all that was taken before is paid back."""
    start = now if due_at is None else max(due_at, now)
    over = start + limit.each * cost - now - limit.per
    if over > timedelta(0):
        return Taken(is_allowed=False, wait_seconds=over.total_seconds())
    return Taken(is_allowed=True, wait_seconds=0.0)

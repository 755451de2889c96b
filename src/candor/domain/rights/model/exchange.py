"""How a request came from a machine outside, and what that machine was told of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

MOST_CALLBACKS: Final = 5
MOST_ATTEMPTS: Final = 12
_FIRST_WAIT: Final = timedelta(minutes=1)
_LONGEST_WAIT: Final = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One exchange. Fields as the columns of `rights.exchange` say."""

    party: str
    ref: str
    request_id: UUID
    is_own: bool
    digest: bytes
    asked: str
    callbacks: list[str]
    told: str | None
    told_at: datetime | None
    attempts: int
    not_before: datetime
    problem: str | None


def wait_after(attempts: int) -> timedelta:
    """Return how long to wait after so many failed callbacks: 1, 2, 4 … minutes, at most 12 h."""
    return min(_FIRST_WAIT * 2 ** max(0, attempts - 1), _LONGEST_WAIT)

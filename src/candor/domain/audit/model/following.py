"""How far a reader of the whole log has come, and what is usual in it."""

from dataclasses import dataclass
from typing import NewType

# A snapshot of PostgreSQL, which knows each running transaction: as in the change feed.
Horizon = NewType("Horizon", str)


@dataclass(frozen=True, slots=True)
class Peak:
    """The most requests that an actor made in any span of some length."""

    actor_id: str
    requests: int


@dataclass(frozen=True, slots=True)
class Habit:
    """On how many days somebody was at work at some hours, and on how many at all."""

    at_these_hours: int
    at_any: int

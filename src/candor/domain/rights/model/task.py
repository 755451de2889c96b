"""Tasks: what must be done for a request, and how a failure is answered.

A step is a code that the composition root gives a meaning. Tasks of a stage begin when all of the
stages before are done or dropped. A worker takes a task for a time (a lease); when it dies, the
lease runs out and another takes it: so every step must be harmless to do twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID


class TaskState(StrEnum):
    """Where a task stands."""

    WAITING = "waiting"
    RUNNING = "running"
    ASKED = "asked"  # a system outside has it; looked at again at `not_before`
    MANUAL = "manual"  # somebody must do it
    STUCK = "stuck"  # tried too often: somebody must look
    DONE = "done"
    DROPPED = "dropped"


OVER: Final = frozenset({TaskState.DONE, TaskState.DROPPED})
LEASE: Final = timedelta(minutes=2)
MOST_ATTEMPTS: Final = 8
_FIRST_WAIT: Final = timedelta(seconds=2)
_LONGEST_WAIT: Final = timedelta(hours=6)
_LONGEST_IS_REACHED: Final = 7


def wait_after(attempts: int) -> timedelta:
    """Return how long to wait after so many failed attempts: 2, 8, 32 … seconds, at most 6 h."""
    return min(_FIRST_WAIT * 4 ** min(attempts - 1, _LONGEST_IS_REACHED), _LONGEST_WAIT)


@dataclass(frozen=True, slots=True)
class Task:
    """One task as it stands. Fields as the columns of `rights.task` say."""

    request_id: UUID
    task_id: UUID
    step: str
    party: str
    stage: int
    state: TaskState
    attempts: int
    not_before: datetime
    leased_until: datetime | None
    due_at: datetime | None
    assignee_id: UUID | None
    reminded_at: datetime | None
    problem: str | None
    done_at: datetime | None
    done_by: str | None
    evidence: Mapping[str, Any]

    def __post_init__(self) -> None:
        """Turn what the database gives into a word of ours."""
        object.__setattr__(self, "state", TaskState(self.state))


@dataclass(frozen=True, slots=True)
class Planned:
    """A task that is to be made."""

    step: str
    party: str = ""
    stage: int = 0
    is_manual: bool = False
    due_at: datetime | None = None


# ---------------------------------------------------------------- what a step answers


@dataclass(frozen=True, slots=True)
class Done:
    """It is done; evidence is counts, codes and ids, never values of people."""

    evidence: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Later:
    """It goes on, nothing failed: look again at an instant. Does not count as an attempt."""

    at: datetime
    evidence: Mapping[str, Any]
    is_asked: bool = False  # a system outside has it


@dataclass(frozen=True, slots=True)
class Failed:
    """It failed; it is tried again later, and after too many tries somebody must look."""

    problem: str  # a code


@dataclass(frozen=True, slots=True)
class ByHand:
    """No machine can do it: somebody must."""

    why: str  # a code


Answer = Done | Later | Failed | ByHand

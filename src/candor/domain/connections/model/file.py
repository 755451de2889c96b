"""Files that are handed over: a copy of what stands, encrypted, for a time, by two pairs of eyes.

proposed → approved   by another member of staff
proposed → declined   by another, by whoever asked, or by time
approved → making     a worker has it; back to approved when it could not go on
making   → put        it lies at its place
put      → expired    it was taken away again: by time, by hand, or because of an erasure
approved, making → failed    nothing of it lies anywhere; a new one is asked for
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from candor.domain.connections.model.talk import Heard, Spec

EXPIRES: Final = "expires_hours"  # the setting of an adapter that says for how long a file lies
EVERY: Final = "every"  # the setting that says how often one is asked for by itself
PERIODS: Final[Mapping[str, timedelta]] = {
    "daily": timedelta(days=1),
    "weekly": timedelta(days=7),
    "monthly": timedelta(days=30),
}
_USUAL_HOURS: Final = 72
_MOST_HOURS: Final = 24 * 30
TRIES: Final = 8  # of making one; taking it away is tried for ever


class State(StrEnum):
    """How far a file is."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    MAKING = "making"
    PUT = "put"
    FAILED = "failed"
    EXPIRED = "expired"
    DECLINED = "declined"


OPEN: Final = (State.PROPOSED, State.APPROVED, State.MAKING)
MOVES: Final[Mapping[State, frozenset[State]]] = {
    State.PROPOSED: frozenset({State.APPROVED, State.DECLINED}),
    State.APPROVED: frozenset({State.MAKING, State.FAILED}),
    State.MAKING: frozenset({State.APPROVED, State.PUT, State.FAILED}),
    State.PUT: frozenset({State.EXPIRED}),
    State.FAILED: frozenset(),
    State.EXPIRED: frozenset(),
    State.DECLINED: frozenset(),
}


class Trouble(StrEnum):
    """Why a file failed, or was taken away early."""

    TERMS_CHANGED = "terms_changed"  # fields, purposes, place or recipients are others now
    NOT_ACTIVE = "not_active"  # the connection, or the vendor's contract
    WITHDRAWN = "withdrawn"  # by hand
    ERASED = "erased"  # somebody in it was
    NOBODY = "nobody"  # no person may be in it
    STOPPED = "stopped"  # the connection stops


@dataclass(frozen=True, slots=True)
class File:
    """One file. Fields as the columns of `connections.file` say; `changed`: people in it who."""

    file_id: UUID
    connection_id: UUID
    state: State
    proposal_id: UUID | None
    people: int | None
    size: int | None
    sha256: bytes | None
    name: str | None
    made_at: datetime | None
    put_at: datetime | None
    expires_at: datetime | None
    recalled_at: datetime | None
    gone_at: datetime | None
    problem: str | None
    terms: bytes
    looked: int
    total: int
    forgotten: int
    attempts: int
    due_at: datetime
    added_at: datetime
    changed: int  # have changed their mind since, or were erased

    @property
    def is_there(self) -> bool:
        """Tell whether it lies at its place, by our books."""
        return self.state is State.PUT and self.gone_at is None

    @property
    def percent(self) -> int:
        """Return how far it is made, in hundredths."""
        return min(100, 100 * self.looked // self.total) if self.total else 0


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row of a file for us that nobody could understand; a code why, and nothing of it."""

    why: str


Read = Heard | BadRow


def gets_files(spec: Spec) -> bool:
    """Tell whether a kind of system gets files: whoever sets it up says for how long they lie."""
    return any(one.name == EXPIRES for one in spec.settings)


def lasts(settings: Mapping[str, str]) -> timedelta:
    """Return for how long a file lies at its place."""
    given = settings.get(EXPIRES, "")
    hours = int(given) if given.isascii() and given.isdigit() else _USUAL_HOURS
    return timedelta(hours=min(max(hours, 1), _MOST_HOURS))


def repeats(settings: Mapping[str, str]) -> timedelta | None:
    """Return how long after one file the next is asked for by itself; None: it is not."""
    return PERIODS.get(settings.get(EVERY, ""))


def pause_of(attempts: int) -> timedelta:
    """Return how long it is waited after so many tries in a row that failed."""
    return timedelta(seconds=min(5 * 2 ** min(attempts, 12), 1800))

"""Deliveries: one change on its way over one connection, until it is acknowledged."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Final
from uuid import UUID

from candor.kernel.ids import ProfileId


class Stage(StrEnum):
    """How far a delivery is."""

    WAITING = "waiting"
    SENDING = "sending"
    PARKED = "parked"  # it keeps failing, or cannot succeed; somebody must look
    ACKNOWLEDGED = "acknowledged"
    NEEDLESS = "needless"  # the other side held the same already
    DROPPED = "dropped"  # its connection ended, or somebody gave it up


MOVES: Final[Mapping[Stage, frozenset[Stage]]] = {
    Stage.WAITING: frozenset({Stage.SENDING, Stage.DROPPED}),
    Stage.SENDING: frozenset(
        {Stage.WAITING, Stage.PARKED, Stage.ACKNOWLEDGED, Stage.NEEDLESS, Stage.DROPPED}
    ),
    Stage.PARKED: frozenset({Stage.WAITING, Stage.DROPPED}),
    Stage.ACKNOWLEDGED: frozenset(),
    Stage.NEEDLESS: frozenset(),
    Stage.DROPPED: frozenset(),
}


class Rank(IntEnum):
    """What goes first."""

    MIND = 0  # a changed mind, an erasure
    FACT = 1
    EVERYBODY = 2  # a replay, a new mapping


class Act(StrEnum):
    """What the other side is asked to do."""

    PUT = "put"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery. Fields as the columns of `connections.delivery` say."""

    profile_id: ProfileId
    delivery_id: UUID
    connection_id: UUID
    cause: str
    task_id: UUID | None
    state: Stage
    rank: Rank
    changed_at: datetime
    changes: int
    claimed: int | None
    due_at: datetime
    attempts: int
    leased_until: datetime | None
    leased_by: str | None
    act: Act | None
    fields: list[str] | None
    sent_at: datetime | None
    settled_at: datetime | None
    problem: str | None

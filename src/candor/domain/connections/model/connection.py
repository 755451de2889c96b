"""A connection: what it is told and why, what it is heard of, and the states that it can be in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec


class Direction(StrEnum):
    """Which way data goes."""

    OUT = "out"
    IN = "in"
    BOTH = "both"  # of a field; a connection has a set of the other two


class State(StrEnum):
    """What a connection does."""

    DRAFT = "draft"  # being set up; nothing moves
    ACTIVE = "active"
    PAUSED = "paused"  # changes are kept for it; nothing moves
    STOPPING = "stopping"  # removals go, and nothing else
    ENDED = "ended"


MOVES: Final[Mapping[State, frozenset[State]]] = {
    State.DRAFT: frozenset({State.ACTIVE, State.ENDED}),
    State.ACTIVE: frozenset({State.PAUSED, State.STOPPING}),
    State.PAUSED: frozenset({State.ACTIVE, State.STOPPING}),
    State.STOPPING: frozenset({State.ACTIVE, State.ENDED}),
    State.ENDED: frozenset(),
}


class Why(StrEnum):
    """Why a connection is not active."""

    BY_HAND = "by_hand"
    NOT_LET_IN = "not_let_in"
    VENDOR_LAPSED = "vendor_lapsed"  # it starts again by itself when the vendor is renewed
    LAPSED_WHILE_PAUSED = "lapsed_while_paused"  # it does not: somebody had paused it
    VENDOR_ENDED = "vendor_ended"


class Removal(StrEnum):
    """What happens to a person there for whom no purpose is left."""

    REMOVE = "remove"
    CLEAR = "clear"  # every fact is emptied and every choice is no; the record itself stays


class What(StrEnum):
    """What of ours goes into a field of theirs."""

    ATTRIBUTE = "attribute"  # `name`: its code
    IDENTIFIER = "identifier"  # `name`: its kind
    PURPOSE = "purpose"  # whether it is allowed now; `name`: its code
    TOPIC = "topic"  # whether messages about it may come; `name`: "topic/channel"


class Field(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of a mapping."""

    there: str  # the other side's name for it
    what: What
    name: str  # ours
    purposes: tuple[str, ...] = ()  # of the connection's, for which it goes; none: for each
    direction: Direction = Direction.OUT
    is_key: bool = False  # an identifier by which the other side finds the person

    @property
    def is_choice(self) -> bool:
        """Tell whether it says what a person allows: it goes as yes or no, whatever they chose."""
        return self.what in {What.PURPOSE, What.TOPIC}

    @property
    def is_out(self) -> bool:
        """Tell whether the other side is told it."""
        return self.direction != Direction.IN

    @property
    def is_in(self) -> bool:
        """Tell whether the other side is heard about it."""
        return self.direction != Direction.OUT


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection. Fields as the columns of `connections.connection` say; secrets stay sealed."""

    connection_id: UUID
    code: str
    name: str
    adapter: str
    vendor_id: UUID | None
    directions: frozenset[Direction]
    purposes: tuple[str, ...]
    mapping: tuple[Field, ...]
    settings: Mapping[str, str]
    secrets: bytes | None = field(repr=False)
    source: str | None
    removal: Removal
    at_once: int
    per_minute: int | None
    state: State
    why: Why | None
    edition: int
    added_by: str
    added_at: datetime
    changed_at: datetime
    ended_at: datetime | None

    @property
    def is_told(self) -> bool:
        """Tell whether changes go to it."""
        return Direction.OUT in self.directions

    @property
    def is_heard(self) -> bool:
        """Tell whether changes come from it."""
        return Direction.IN in self.directions

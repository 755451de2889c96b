"""Actors and entries."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

UNKNOWN: Final = "unknown"  # a customer whose key is gone


class ActorKind(StrEnum):
    """Who can act."""

    STAFF = "staff"
    CUSTOMER = "customer"
    MACHINE = "machine"


class Outcome(StrEnum):
    """How an act ended."""

    DONE = "done"
    ALLOWED = "allowed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a member of staff by id, a customer by profile, a part of the machine by name.

    The log knows a customer by the pseudonym that dies with their key, never by the profile: see
    `named`. `Vault.customer` makes one that has it.
    """

    kind: ActorKind
    id: str
    pseudonym: bytes | None = field(default=None, compare=False, repr=False)

    @staticmethod
    def machine(name: str) -> "Actor":
        """Return the actor for a part of Candor: door, worker, cli."""
        return Actor(ActorKind.MACHINE, name)

    @staticmethod
    def staff(staff_id: object) -> "Actor":
        """Return the actor for a member of staff."""
        return Actor(ActorKind.STAFF, str(staff_id))

    @staticmethod
    def customer(profile_id: object, pseudonym: bytes | None = None) -> "Actor":
        """Return the actor for a customer acting on their own profile."""
        return Actor(ActorKind.CUSTOMER, str(profile_id), pseudonym)

    @property
    def named(self) -> str:
        """Return the id under which the log names them.

        A customer stands there by pseudonym alone; one whose key is gone is nobody in particular.
        """
        if self.kind is not ActorKind.CUSTOMER:
            return self.id
        return self.pseudonym.hex() if self.pseudonym else UNKNOWN

    @property
    def label(self) -> str:
        """Return the form that rows keep: `staff:…`."""
        return f"{self.kind}:{self.id}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log."""

    entry_id: int
    recorded_at: datetime
    actor_kind: str
    actor_id: str
    action: str
    subject: bytes | None
    purpose: str | None
    fields: list[str]
    outcome: str
    reason: str | None
    request_id: str | None
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class LookCount:
    """How often somebody opened a person's data for a purpose, counted by request."""

    actor_kind: str
    actor_id: str
    purpose: str | None
    is_refused: bool
    times: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class DayCount:
    """How often the person or the machine did something on one day, folded."""

    day: date
    actor_kind: str
    action: str
    purpose: str | None
    first_at: datetime
    last_at: datetime
    times: int


@dataclass(frozen=True, slots=True)
class Window:
    """What was done about a person in some days: people one by one, the rest folded."""

    entries: list[Entry]
    days: list[DayCount]
    older: bool  # there is more before


@dataclass(frozen=True, slots=True)
class Openings:
    """How often records of people were opened for a purpose, by one kind of actor."""

    purpose: str | None
    actor_kind: str
    times: int

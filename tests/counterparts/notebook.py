"""A system that keeps people in memory, and fails on demand: for tests of what speaks with any.

As strict as the strictest: it finds people by their id or their keys, remembers the key of each
write and takes the same key for the same write (it answers again and does nothing), and refuses a
write over a version that is not its own. Each fault is used up by one call.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count
from typing import Final

from candor.domain.connections.adapters.line import Line
from candor.domain.connections.errors import NotLetIn, Unreached
from candor.domain.connections.model.connection import Direction
from candor.domain.connections.model.delivery import Act
from candor.domain.connections.model.talk import (
    Acknowledged,
    Changed,
    Heard,
    Later,
    Never,
    Parcel,
    Reply,
    Spec,
    Value,
)
from candor.kernel.pii import Pii


class Fault(StrEnum):
    """What may go wrong in a call."""

    DOWN = "down"  # nothing is taken
    LIMITED = "limited"  # nothing is taken: come back in seven seconds
    LOST = "lost"  # everything is taken, and the answer is lost
    HALF = "half"  # half of it is taken, and the answer is lost
    HANG = "hang"  # everything is taken, and no answer comes before it is let go
    SHUT = "shut"  # we are not let in
    LATER = "later"  # each is put off
    NEVER = "never"  # each is refused for good
    FEW = "few"  # taken, answered with too few answers
    WRONG = "wrong"  # a mistake in the adapter


@dataclass(slots=True)
class Person:
    """One person there."""

    remote_id: str
    fields: dict[str, Value] = field(default_factory=dict[str, Value])
    choices: dict[str, bool] = field(default_factory=dict[str, bool])
    version: int = 1


@dataclass(slots=True)
class Notebook:
    """The system and the way to it. `calls` holds what each call brought, by key and act."""

    is_two_way: bool = False
    at_once: int = 5
    per_minute: int | None = None
    people: dict[str, Person] = field(default_factory=dict[str, Person])
    faults: deque[Fault] = field(default_factory=deque[Fault])
    calls: list[list[Parcel]] = field(default_factory=list[list[Parcel]])
    taken: dict[str, str | None] = field(default_factory=dict[str, str | None])
    seconds: float = 0.0  # that each call takes
    before: Callable[[Sequence[Parcel]], None] | None = None
    hung: asyncio.Event = field(default_factory=asyncio.Event)
    let_go: asyncio.Event = field(default_factory=asyncio.Event)
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    @property
    def spec(self) -> Spec:
        both = {Direction.OUT, Direction.IN} if self.is_two_way else {Direction.OUT}
        return Spec(
            "notebook",
            "Notebook",
            "Keeps people in memory.",
            frozenset(both),
            at_once=self.at_once,
            per_minute=self.per_minute,
        )

    async def check(self, line: Line) -> None:
        """Find out whether it answers."""
        del line

    async def send(self, line: Line, parcels: Sequence[Parcel]) -> Sequence[Reply]:
        """Take parcels, or fail as was asked for."""
        del line
        self.calls.append(list(parcels))
        if self.before is not None:
            self.before(parcels)
        if self.seconds:
            await asyncio.sleep(self.seconds)
        fault = self.faults.popleft() if self.faults else None
        _fail_before(fault)
        if fault is Fault.LATER:
            return [Later("busy") for _ in parcels]
        if fault is Fault.NEVER:
            return [Never("refused") for _ in parcels]
        some = parcels[: len(parcels) // 2] if fault is Fault.HALF else parcels
        replies = [self._take(parcel) for parcel in some]
        if fault in {Fault.LOST, Fault.HALF}:
            raise Unreached("cut_off")
        if fault is Fault.HANG:
            self.hung.set()
            await self.let_go.wait()
        return replies[:-1] if fault is Fault.FEW else replies

    def named(self, key: str) -> Person | None:
        """Return who has a value in one of their fields."""
        return next((one for one in self.people.values() if key in one.fields.values()), None)

    def change(self, key: str, **choices: bool) -> None:
        """Change somebody's choices there."""
        person = self.named(key)
        assert person is not None
        person.choices |= choices
        person.version += 1

    def _take(self, parcel: Parcel) -> Reply:
        if parcel.ticket.key in self.taken:
            known = self.taken[parcel.ticket.key]
            person = self.people.get(known or "")
            return Acknowledged(Pii(known) if known else None, _version(person))
        person = self._found(parcel)
        if person is not None and self.is_two_way and parcel.version != str(person.version):
            return Changed(_heard(person))
        self.taken[parcel.ticket.key] = None
        if parcel.act is Act.REMOVE:
            if person is not None:
                del self.people[person.remote_id]
            return Acknowledged()
        if person is None:
            person = Person(f"n{next(self._numbers)}")
            self.people[person.remote_id] = person
        person.fields |= {there: value.reveal() for there, value in parcel.facts.items()}
        person.fields |= {there: key.reveal() for there, key in parcel.keys.items()}
        person.choices |= parcel.choices
        person.version += 1
        self.taken[parcel.ticket.key] = person.remote_id
        return Acknowledged(Pii(person.remote_id), _version(person))

    def _found(self, parcel: Parcel) -> Person | None:
        if parcel.remote_id is not None:
            found = self.people.get(parcel.remote_id.reveal())
            if found is not None or parcel.act is Act.REMOVE:
                return found
        keys = {there: key.reveal() for there, key in parcel.keys.items()}
        return next(
            (
                one
                for one in self.people.values()
                if any(one.fields.get(there) == key for there, key in keys.items())
            ),
            None,
        )


_RAISED: Final[dict[Fault, Exception]] = {
    Fault.DOWN: Unreached("status_503"),
    Fault.LIMITED: Unreached("limited", after=7.0),
    Fault.SHUT: NotLetIn(),
    Fault.WRONG: ZeroDivisionError(),
}


def _fail_before(fault: Fault | None) -> None:
    if fault is not None and fault in _RAISED:
        raise _RAISED[fault]


def _version(person: Person | None) -> str | None:
    return str(person.version) if person else None


def _heard(person: Person) -> Heard:
    return Heard(
        remote_id=Pii(person.remote_id),
        choices=dict(person.choices),
        facts={there: Pii(value) for there, value in person.fields.items()},
        version=str(person.version),
    )

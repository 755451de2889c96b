"""What the other side is to hold about a person, worked out from what stands now. Pure.

This is the one place in which it is decided what may go where; sending, previewing and comparing
all ask here. The order: erased or unknown → remove; restricted → choices, all no, facts untouched;
no purpose of the connection left → remove, or clear, but whom that system brought itself and who
never said anything about those purposes: they withdrew nothing, and what stands there is not ours
to take away, so nothing goes but a no; else every mapped fact for which one of its
purposes is allowed, and every other mapped fact emptied. Choices always go as they stand.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from candor.domain.connections.model.connection import Connection, Field, Removal, What
from candor.domain.connections.model.delivery import Act
from candor.domain.connections.model.talk import Value
from candor.domain.consent.model.state import Standing
from candor.kernel.pii import Pii


class Reason(StrEnum):
    """Why a field goes as it does."""

    GOES = "goes"
    NOTHING_KNOWN = "nothing_known"
    NOT_ALLOWED = "not_allowed"  # by none of its purposes now
    NOT_DECLARED = "not_declared"  # the catalogue does not name it, or not for these purposes
    RESTRICTED = "restricted"
    THEIRS = "theirs"  # they brought the person, who never said yes or no here
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a person said about one choice, whatever is allowed now.

    `said_at`: when, last; None: nothing. `is_open`: they said no no, so that it would be a yes were
    it not for a restriction, a pause or the like. `can_refuse`: a no of theirs would count.
    """

    said_at: datetime | None = None
    is_open: bool = False
    can_refuse: bool = True


_SILENT: Final = Spoken()


@dataclass(frozen=True, slots=True)
class Person:
    """What stands about a person, as far as a connection may be told of it.

    `allowed`: codes of purposes that are allowed now. `topics`: "topic/channel" → whether messages
    may come. `facts`: by code of attribute, opened for a purpose that allows it; None: emptied or
    set aside by the person; missing: nothing known. `identifiers`: by kind. `spoken`: by `spelt`
    names of choices, where it matters what the other side may have heard of the person.
    `is_silent`: it is known that they never said yes or no to any purpose of the connection.
    """

    standing: Standing | None  # None: never seen
    is_head: bool = True  # False: merged into another
    allowed: frozenset[str] = frozenset()
    topics: Mapping[str, bool] = field(default_factory=dict[str, bool])
    facts: Mapping[str, Pii[Value]] = field(default_factory=dict[str, Pii[Value]])
    identifiers: Mapping[str, Pii[str]] = field(default_factory=dict[str, Pii[str]])
    spoken: Mapping[str, Spoken] = field(default_factory=dict[str, Spoken])
    is_silent: bool = False

    def said_about(self, one: Field) -> Spoken:
        """Return what the person said about a choice."""
        return self.spoken.get(spelt(one), _SILENT)


def spelt(one: Field) -> str:
    """Return the name of what a field stands for, whatever it is called there."""
    return f"{one.what}:{one.name}"


@dataclass(frozen=True, slots=True)
class Line:
    """One field of what would go, and why it is so. `value` is missing of what is emptied."""

    field: Field
    reason: Reason
    value: "Pii[Value] | None" = None
    answer: bool | None = None  # of a choice


@dataclass(frozen=True, slots=True)
class Desired:
    """What the other side is to hold; nothing but its lines when it is to hold the person."""

    act: Act
    lines: tuple[Line, ...] = ()
    keys: Mapping[str, Pii[str]] = field(default_factory=dict[str, Pii[str]])

    @property
    def facts(self) -> dict[str, Pii[Value]]:
        """Return the facts by their names there; an empty one clears the field."""
        empty: Pii[Value] = Pii(None)
        return {
            one.field.there: one.value if one.value is not None else empty
            for one in self.lines
            if one.answer is None and one.reason not in _LEFT_AS_IT_IS
        }

    @property
    def choices(self) -> dict[str, bool]:
        """Return the choices by their names there."""
        return {one.field.there: one.answer for one in self.lines if one.answer is not None}


_REMOVED: Final = Desired(Act.REMOVE)
_LEFT_AS_IT_IS: Final = frozenset({Reason.RESTRICTED, Reason.THEIRS})


def for_purposes(one: Field, connection: Connection) -> tuple[str, ...]:
    """Return for which purposes a field goes over a connection."""
    return one.purposes or connection.purposes


def wanted(
    connection: Connection, allowed: frozenset[str], declared: Mapping[str, frozenset[str]]
) -> dict[str, tuple[str, ...]]:
    """Return which facts and identifiers are to be opened, each for which purposes it may.

    `declared`: "attribute code" or "identifier kind", prefixed `attribute:` / `identifier:`, → the
    purposes for which the catalogue lets it be used. The keys of the answer have the same form.
    """
    found: dict[str, tuple[str, ...]] = {}
    for one in connection.mapping:
        if one.is_choice or not (one.is_out or one.is_key):
            continue
        name = spelt(one)
        usable = declared.get(name, frozenset()) & allowed
        purposes = tuple(p for p in for_purposes(one, connection) if p in usable)
        if purposes:
            found[name] = tuple(dict.fromkeys((*found.get(name, ()), *purposes)))
    return found


def desired(connection: Connection, person: Person, *, is_brought: bool = False) -> Desired:
    """Return what the other side of a connection is to hold about a person now.

    `is_brought`: it holds a record of them that it brought itself, and was never told anything of
    them for a purpose. Then removing or clearing it needs a no, an erasure, or the end of the
    connection; that nobody ever said yes here is no reason.
    """
    if person.standing in {None, Standing.ERASED} or not person.is_head:
        return _REMOVED
    if person.standing == Standing.RESTRICTED:
        return Desired(
            Act.PUT, tuple(_restricted(connection.mapping)), _keys(connection, person)
        )
    is_any = bool(person.allowed & frozenset(connection.purposes))
    if not is_any and is_brought and person.is_silent:
        return Desired(Act.PUT, tuple(_theirs(connection.mapping, person)))
    if not is_any and connection.removal is Removal.REMOVE:
        return _REMOVED
    lines = [
        _choice(one, person) if one.is_choice else _fact(one, person, connection)
        for one in connection.mapping
        if one.is_out and not one.is_key
    ]
    return Desired(Act.PUT, tuple(lines), _keys(connection, person))


def _restricted(mapping: Sequence[Field]) -> list[Line]:
    """Return that nothing may be done, and nothing of what is held changes (GDPR Art. 18)."""
    return [
        Line(one, Reason.RESTRICTED, answer=False if one.is_choice else None)
        for one in mapping
        if one.is_out and not one.is_key
    ]


def _theirs(mapping: Sequence[Field], person: Person) -> list[Line]:
    """Return that nothing of ours goes, and nothing of theirs is touched; a no always goes."""
    lines = [
        _choice(one, person) if one.is_choice else Line(one, Reason.THEIRS)
        for one in mapping
        if one.is_out and not one.is_key
    ]
    return [Line(one.field, Reason.THEIRS) if one.answer else one for one in lines]


def _choice(one: Field, person: Person) -> Line:
    if one.what is What.PURPOSE:
        return Line(one, Reason.CHOICE, answer=one.name in person.allowed)
    return Line(one, Reason.CHOICE, answer=person.topics.get(one.name, False))


def _fact(one: Field, person: Person, connection: Connection) -> Line:
    if not person.allowed & frozenset(for_purposes(one, connection)):
        return Line(one, Reason.NOT_ALLOWED)
    value: Pii[Value] | None
    if one.what is What.IDENTIFIER:
        known = person.identifiers.get(one.name)
        value = None if known is None else known.map(_as_value)
    else:
        value = person.facts.get(one.name)
    if value is None:
        return Line(one, Reason.NOTHING_KNOWN)
    return Line(one, Reason.GOES, value)


def _as_value(text: str) -> Value:
    return text


def _keys(connection: Connection, person: Person) -> dict[str, Pii[str]]:
    return {
        one.there: person.identifiers[one.name]
        for one in connection.mapping
        if one.is_key and one.name in person.identifiers
    }

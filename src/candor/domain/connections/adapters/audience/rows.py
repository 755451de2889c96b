"""Rows of hashes: what a platform is told of a person, and what is to become of it there. Pure."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from candor.domain.connections.adapters.audience.normalising import IDENTIFYING, Rule
from candor.domain.connections.model.connection import Field
from candor.domain.connections.model.delivery import Act
from candor.domain.connections.model.talk import Parcel, Value
from candor.kernel.pii import Pii

Row = Mapping[str, str]  # hashes as 64 hexadecimal digits, by the name of what was hashed
_BETWEEN: Final = ":"
_NOWHERE: Final[Row] = {}


@dataclass(frozen=True, slots=True)
class Plan:
    """What is done for one parcel: rows that leave the audience, then one that joins it."""

    leaves: tuple[Row, ...] = ()
    joins: Row | None = None
    name: Pii[str] | None = None  # under which they are in our books from then on
    problem: str | None = None  # why nobody could join, though they may


def hashed(
    rules: Mapping[str, Rule], values: Mapping[str, Pii[str] | Pii[Value]]
) -> dict[str, str]:
    """Return the hashes of what a platform takes and what fits its rules; nothing of the rest."""
    found: dict[str, str] = {}
    for name, value in values.items():
        rule, held = rules.get(name), value.reveal()
        if rule is None or held is None or isinstance(held, bool):
            continue
        text = rule(str(held))
        if text is not None:
            found[name] = hashlib.sha256(text.encode()).hexdigest()
    return found


def name_of(audience: str, row: Row) -> Pii[str]:
    """Return how somebody is called there: the audience and the row."""
    return Pii(f"{audience}{_BETWEEN}{msgspec.json.encode(row, order='sorted').decode()}")


def row_of(audience: str, name: Pii[str] | None) -> Row | None:
    """Return the row in a name, empty when there is none in it; None: of another audience."""
    where, mark, row = ("" if name is None else name.reveal()).rpartition(f"{_BETWEEN}{{")
    if not mark:
        return _NOWHERE
    if where != audience:
        return None
    try:
        return msgspec.json.decode(f"{{{row}", type=dict[str, str])
    except msgspec.DecodeError:
        return None


def plan_of(
    parcel: Parcel, audience: str, mapping: Sequence[Field], rules: Mapping[str, Rule]
) -> Plan | None:
    """Return what is to be done for a parcel; None: their name is not of this audience."""
    held = row_of(audience, parcel.remote_id)
    if held is None:
        return None
    fresh = hashed(rules, {**parcel.keys, **parcel.facts})
    if parcel.act is Act.REMOVE:
        return Plan(leaves=_findable([held or fresh]))
    unsaid = {one.there for one in mapping if not one.is_key} - parcel.facts.keys()
    row = {**{name: held[name] for name in sorted(unsaid & held.keys())}, **fresh}
    is_member = all(parcel.choices.values())
    if is_member and row.keys() & IDENTIFYING:
        gone = () if _identity(held) <= _identity(row) else _findable([held])
        return Plan(gone, row, name_of(audience, row))
    # The row that they were told of, and one of which they may have been without an answer.
    rows = [held] if _identity(row) <= _identity(held) else [held, row]
    return Plan(
        leaves=_findable(rows),
        name=name_of(audience, held or row) if held or row else None,
        problem="nothing_to_match" if is_member else None,
    )


def _identity(row: Row) -> set[tuple[str, str]]:
    return {(name, row[name]) for name in row.keys() & IDENTIFYING}


def _findable(rows: Iterable[Row]) -> tuple[Row, ...]:
    return tuple(row for row in rows if row.keys() & IDENTIFYING)

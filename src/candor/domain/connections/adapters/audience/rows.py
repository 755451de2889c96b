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
    # Those that may have been said without an answer.
    tried = [hashed(rules, keys) for keys in parcel.tried]
    if parcel.act is Act.REMOVE:
        return Plan(leaves=_findable([held or fresh, *tried]))
    unsaid = {one.there for one in mapping if not one.is_key} - parcel.facts.keys()
    row = {**{name: held[name] for name in sorted(unsaid & held.keys())}, **fresh}
    is_member = all(parcel.choices.values())
    if is_member and row.keys() & IDENTIFYING:
        former = [one for one in (held, *tried) if not _identity(one) <= _identity(row)]
        return Plan(_findable(former), row, name_of(audience, row))
    return Plan(
        leaves=_findable([held, row, *tried]),
        name=name_of(audience, held or row) if held or row else None,
        problem="nothing_to_match" if is_member else None,
    )


def _identity(row: Row) -> set[tuple[str, str]]:
    return {(name, row[name]) for name in row.keys() & IDENTIFYING}


def _findable(rows: Iterable[Row]) -> tuple[Row, ...]:
    """Return the rows by which somebody can be found, but for those that another one holds."""
    found: list[Row] = []
    for row in rows:
        if _identity(row) and not any(_identity(row) <= _identity(one) for one in found):
            found.append(row)
    return tuple(found)

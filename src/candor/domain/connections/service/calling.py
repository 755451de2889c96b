"""Saying at the one door what another system says: an identify call, as a source of ours.

Identity, the tracking plan, tombstones, card numbers and the purposes that facts are kept for are
judged there, as for everybody else who knocks.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from candor.domain.catalogue.model import InForce
from candor.domain.connections.model.connection import Connection, Field, What
from candor.domain.connections.model.talk import Heard, Value
from candor.kernel.pii import Pii
from candor.kernel.values import ValueType

_YES: Final = frozenset({"true", "1", "yes"})
_NO: Final = frozenset({"false", "0", "no"})
_MOST_DIGITS: Final = 18

Named = tuple[str, Pii[str]]  # kind of identifier, and one of it


def keys_of(connection: Connection, heard: Heard) -> list[tuple[Field, Pii[str]]]:
    """Return by which identifiers of ours a heard person is named, in the order of the mapping."""
    return [
        (one, heard.keys[one.there])
        for one in connection.mapping
        if one.what is What.IDENTIFIER and one.there in heard.keys
    ]


def as_facts(
    keys: Sequence[tuple[Field, Pii[str]]], in_force: InForce
) -> list[tuple[Field, Pii[Value]]]:
    """Return new identifiers as the facts that they are, too: an address is known as a fact.

    Only those of the catalogue's attributes that stand for an identifier of that kind.
    """
    codes = {one.identifier: one.code for one in in_force.attributes.values() if one.identifier}
    return [
        (Field(known.there, What.ATTRIBUTE, codes[known.name]), value.map(_as_value))
        for known, value in keys
        if known.name in codes
    ]


def _as_value(text: str) -> Value:
    return text


def spelt(named: Named) -> tuple[str, str]:
    """Return an identifier as it is looked up."""
    kind, value = named
    return kind, value.reveal().strip()


def call(
    named: Sequence[Named],
    facts: Sequence[tuple[Field, Pii[Value]]],
    *,
    message_id: str,
    at: datetime,
    in_force: InForce,
) -> dict[str, Any]:
    """Return the call that says facts about whom these identifiers name, observed at an instant."""
    traits: dict[str, Any] = {}
    others = list(named)
    for one, value in facts:
        if one.what is What.IDENTIFIER:
            others.append((one.name, value.map(str)))
        elif one.name in in_force.attributes:
            traits[one.name] = _typed(value.reveal(), in_force.attributes[one.name].type)
    external = [{"type": kind, "id": text} for kind, text in dict.fromkeys(map(spelt, others))]
    return {
        "type": "identify",
        "messageId": message_id,
        "timestamp": at.isoformat(),
        "traits": traits,
        "context": {"externalIds": external},
    }


def message_id(*parts: object) -> str:
    """Return a name for a call: the same for the same thing heard in the same state."""
    content = "\x1f".join(map(str, parts)).encode()
    return f"heard-{hashlib.blake2b(content, digest_size=16).hexdigest()}"


def marks(base: Mapping[str, str | None]) -> str:
    """Return marks as one text, to name a call by."""
    return ",".join(f"{name}={mark}" for name, mark in sorted(base.items()))


def _typed(value: Value, kind: ValueType) -> Value:
    """Return a value in the type of its attribute, where the other side only has another form.

    What cannot be read so stays as it is: the door refuses and counts it.
    """
    match kind:
        case ValueType.INTEGER | ValueType.NUMBER if isinstance(value, str):
            return _number(value.strip(), kind)
        case ValueType.INTEGER if isinstance(value, float) and value.is_integer():
            return int(value)
        case ValueType.BOOLEAN if not isinstance(value, bool):
            return _boolean(value)
        case ValueType.TEXT | ValueType.ENUM if isinstance(value, int | float):
            return str(value)
        case ValueType.DATE if isinstance(value, str) and len(value) > len("2026-11-22"):
            return value[: len("2026-11-22")]
        case _:
            return value


def _number(text: str, kind: ValueType) -> Value:
    whole = text.removeprefix("-")
    if whole.isascii() and whole.isdigit() and len(whole) <= _MOST_DIGITS:
        return int(text)
    head, dot, tail = whole.partition(".")
    is_number = bool(dot) and head.isdigit() and tail.isdigit() and whole.isascii()
    if not is_number or len(whole) > _MOST_DIGITS:
        return text
    number = float(text)
    return int(number) if kind is ValueType.INTEGER and number.is_integer() else number


def _boolean(value: Value) -> Value:
    spelled = str(value).strip().lower()
    if spelled in _YES:
        return True
    return False if spelled in _NO else value

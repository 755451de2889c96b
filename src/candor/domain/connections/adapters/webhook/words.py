"""What webhooks say, out and in. Pure but for the bytes that leave.

A message is thin: how the receiver calls the person, and the mapped fields. `type` is
`profile.updated`, `profile.removed`, or `ping`, which asks for nothing.
"""

import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from candor.domain.connections.adapters.line import Line
from candor.domain.connections.errors import BadMessage
from candor.domain.connections.model.delivery import Act
from candor.domain.connections.model.talk import Heard, Parcel, Value
from candor.kernel.pii import Pii

UPDATED = "profile.updated"
REMOVED = "profile.removed"
PING = "ping"
_NAME_BYTES = 16


class _Said(msgspec.Struct):
    """What a receiver says about one person."""

    id: str | None = None
    keys: dict[str, str] = {}
    facts: dict[str, Value] = {}
    choices: dict[str, bool] = {}
    chosen_at: dict[str, datetime] = {}


class _Message(msgspec.Struct):
    """A message of a receiver."""

    type: str
    data: _Said
    timestamp: datetime | None = None


def name_of(parcel: Parcel, line: Line) -> Pii[str]:
    """Return how the receiver calls a person: a name that no other receiver can join with theirs.

    Of somebody whom it was never told of, a keyed hash of what it finds them by, so that the same
    person said twice is the same to it; with nothing to find them by, the name of the delivery.
    """
    if parcel.remote_id is not None:
        return parcel.remote_id
    return _name_by(parcel.keys, line) or Pii(parcel.ticket.delivery_id.hex)


def former_names(parcel: Parcel, line: Line) -> list[Pii[str]]:
    """Return other names under which the receiver may have the person, for want of an answer."""
    if parcel.remote_id is not None:
        return []  # the name stays, whatever their address is
    name = name_of(parcel, line)
    found = [_name_by(keys, line) for keys in parcel.tried]
    return [one for one in found if one is not None and one != name]


def _name_by(keys: Mapping[str, Pii[str]], line: Line) -> Pii[str] | None:
    """Return the name that is made of what they find a person by; None: of nothing."""
    told = sorted((name, key.reveal()) for name, key in keys.items())
    if not told:
        return None
    key = line.secrets["secret"].encode() + line.connection_id.bytes
    return Pii(hmac.digest(key, msgspec.json.encode(told), "sha256")[:_NAME_BYTES].hex())


def message_of(parcel: Parcel, name: Pii[str], at: datetime) -> bytes:
    """Return the body that says what a parcel says."""
    if parcel.act is not Act.PUT:
        return removal_of(name, at)
    data: dict[str, Any] = {"id": name.reveal()}
    data["keys"] = {there: key.reveal() for there, key in parcel.keys.items()}
    data["facts"] = {there: fact.reveal() for there, fact in parcel.facts.items()}
    data["choices"] = dict(parcel.choices)
    return msgspec.json.encode({"type": UPDATED, "timestamp": at, "data": data})


def removal_of(name: Pii[str], at: datetime) -> bytes:
    """Return the body that says that somebody is to be forgotten."""
    data = {"id": name.reveal()}
    return msgspec.json.encode({"type": REMOVED, "timestamp": at, "data": data})


def heard_of(body: bytes, message_id: str, line: Line) -> Heard | None:
    """Return what a message says of a person, by the names of the mapping; None: it is a ping.

    Raises:
        BadMessage: it is not of the form.
    """
    try:
        said = msgspec.json.decode(body, type=_Message)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise BadMessage from None
    if said.type == PING:
        return None
    if said.type not in {UPDATED, REMOVED} or not (said.data.id or said.data.keys):
        raise BadMessage
    known = {one.there: one for one in line.mapping if one.is_in or one.is_key}
    if any(at.tzinfo is None for at in said.data.chosen_at.values()):
        raise BadMessage
    return Heard(
        remote_id=Pii(said.data.id) if said.data.id else None,
        keys=_wrapped(said.data.keys, {n for n, one in known.items() if one.is_key}),
        facts={
            name: Pii(value)
            for name, value in said.data.facts.items()
            if name in known and not known[name].is_choice and not known[name].is_key
        },
        choices={
            n: v for n, v in said.data.choices.items() if n in known and known[n].is_choice
        },
        chosen_at={n: at for n, at in said.data.chosen_at.items() if n in said.data.choices},
        changed_at=said.timestamp if said.timestamp and said.timestamp.tzinfo else None,
        is_removed=said.type == REMOVED,
        message_id=message_id,
    )


def _wrapped(keys: Mapping[str, str], known: set[str]) -> dict[str, Pii[str]]:
    return {name: Pii(text) for name, text in keys.items() if name in known and text}

"""Setting connections up, and starting, pausing and ending them. Every act is audited.

A configuration is checked against the catalogue in force and against what its adapter declares: a
field that names nothing, or that would go for a purpose which the connection does not have, is
refused here, not noticed when somebody's data has left.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import msgspec

from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.domain.catalogue.model import InForce
from candor.domain.connections.adapters.line import Maker
from candor.domain.connections.errors import (
    BadConnection,
    BadMapping,
    NoSuchConnection,
    VendorNotInForce,
    WrongState,
)
from candor.domain.connections.model.connection import (
    MOVES,
    Connection,
    Direction,
    Field,
    Removal,
    State,
    What,
    Why,
)
from candor.domain.connections.model.talk import Kind, Setting, Spec
from candor.domain.connections.queries import connections as stored
from candor.domain.connections.service.exchange import Exchange, Lock
from candor.domain.governance import service as vendors
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.http import OutboundRefused
from candor.kernel.clock import Clock
from candor.kernel.ids import new_id

_LONGEST: Final = {Kind.LONG: 20_000}
_LONG: Final = 500
_LONGEST_NAME: Final = 80
_MOST_FIELDS: Final = 200


@dataclass(frozen=True, slots=True)
class Wanted:
    """A configuration as somebody wants it. `secrets`: those to be set; others stay as they are."""

    name: str
    adapter: str
    directions: frozenset[Direction]
    purposes: tuple[str, ...]
    mapping: tuple[Field, ...]
    settings: Mapping[str, str]
    secrets: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    vendor_id: UUID | None = None
    source: str | None = None
    removal: Removal = Removal.REMOVE
    at_once: int | None = None  # None: as many as the adapter takes
    per_minute: int | None = None


async def add(tx: Tx, code: str, wanted: Wanted, *, actor: Actor, exchange: Exchange) -> UUID:
    """Add a connection, a draft: nothing moves before it is started.

    Raises:
        NoSuchAdapter, BadConnection, BadMapping: it makes no sense; the message names the place.
    """
    if await stored.connection_by_code(tx, code=code) is not None:
        message = f"There is a connection {code!r} already."
        raise BadConnection(message)
    spec = await _checked(tx, wanted, {}, exchange)
    connection_id = new_id()
    lock = Lock(connection_id, exchange.keyring)
    secrets = _completed(wanted.secrets, wanted.adapter, exchange)
    await stored.insert_connection(
        tx,
        {
            **_columns(wanted, spec),
            "connection_id": connection_id,
            "code": _code(code),
            "adapter": wanted.adapter,
            "secrets": lock.seal_secrets(secrets) if secrets else None,
            "added_by": actor.label,
            "at": exchange.clock.now(),
        },
    )
    await _written(tx, "connections.added", connection_id, actor, exchange.clock)
    return connection_id


async def change(
    tx: Tx, connection_id: UUID, wanted: Wanted, *, actor: Actor, exchange: Exchange
) -> Connection:
    """Change a configuration; what is sent anew is compared for everybody; returns the new one.

    Raises:
        NoSuchConnection, WrongState: there is none, or it has ended.
        BadConnection, BadMapping, NoSuchAdapter; also when it would lead elsewhere with secrets
            that were given for another place.
        VendorNotInForce: it is active, and nothing may go to the vendor it would have.
    """
    before = await _locked(tx, connection_id)
    if before.state is State.ENDED or before.adapter != wanted.adapter:
        raise WrongState
    lock = exchange.lock(before)
    known = lock.open_secrets(before.secrets)
    spec = await _checked(tx, wanted, known, exchange)
    if before.state is State.ACTIVE and before.vendor_id != wanted.vendor_id:
        await check_vendor(tx, wanted.vendor_id, exchange.clock)
    given = {name: text for name, text in wanted.secrets.items() if text}
    _check_kept(before, wanted, known.keys() - given.keys(), spec)
    secrets = _completed({**known, **given}, wanted.adapter, exchange)
    is_new = (
        before.mapping != wanted.mapping
        or before.purposes != wanted.purposes
        or before.directions != wanted.directions
    )
    await stored.change_connection(
        tx,
        {
            **_columns(wanted, spec),
            "connection_id": connection_id,
            "secrets": lock.seal_secrets(secrets) if secrets else None,
            "is_new_edition": is_new,
            "at": exchange.clock.now(),
        },
    )
    detail = {"new_edition": int(is_new), "new_secrets": len(wanted.secrets)}
    await _written(
        tx, "connections.changed", connection_id, actor, exchange.clock, detail=detail
    )
    return await find(tx, connection_id)


async def move(
    tx: Tx,
    connection_id: UUID,
    state: State,
    *,
    why: Why | None = None,
    actor: Actor,
    clock: Clock,
) -> Connection:
    """Move a connection to another state, and return it as it is then; audited.

    Raises:
        NoSuchConnection: there is none.
        WrongState: it cannot go there from where it is.
    """
    before = await _locked(tx, connection_id)
    if state not in MOVES[before.state]:
        raise WrongState
    await stored.move_connection(
        tx,
        connection_id=connection_id,
        state=state,
        why=None if state is State.ACTIVE else why,
        from_states=[before.state],
        at=clock.now(),
    )
    detail = {"from": before.state.value, "to": state.value, "why": why.value if why else ""}
    await _written(tx, "connections.moved", connection_id, actor, clock, detail=detail)
    return await find(tx, connection_id)


async def check_vendor(tx: ReadTx, vendor_id: UUID | None, clock: Clock) -> None:
    """Make sure that something may go to a vendor now; None: it is a system of our own.

    Raises:
        VendorNotInForce: nothing may; says why.
    """
    if vendor_id is None:
        return
    trouble = await vendors.trouble(tx, vendor_id, clock.now().date())
    if trouble is not None:
        message = f"Nothing may go to its vendor: {trouble.replace('_', ' ')}."
        raise VendorNotInForce(message)


async def check(connection: Connection, *, exchange: Exchange) -> None:
    """Find out whether the other system answers and lets us in; changes nothing anywhere.

    Raises:
        Unreached, NotLetIn, OutboundRefused, BadConnection.
    """
    await exchange.adapter(connection.adapter).check(exchange.line(connection))


async def every(tx: ReadTx) -> list[Connection]:
    """Return all connections by their name, ended ones at the end."""
    return await stored.connections(tx)


async def find(tx: ReadTx, connection_id: UUID) -> Connection:
    """Return a connection.

    Raises:
        NoSuchConnection: there is none.
    """
    found = await stored.connection(tx, connection_id=connection_id)
    if found is None:
        raise NoSuchConnection
    return found


async def by_code(tx: ReadTx, code: str) -> Connection:
    """Return the connection with a code.

    Raises:
        NoSuchConnection: there is none.
    """
    found = await stored.connection_by_code(tx, code=code)
    if found is None:
        raise NoSuchConnection
    return found


def _completed(secrets: Mapping[str, str], kind: str, exchange: Exchange) -> dict[str, str]:
    """Return secrets with those that we make ourselves."""
    adapter = exchange.adapter(kind)
    given = {name: text for name, text in secrets.items() if text}
    return {**given, **adapter.make(given)} if isinstance(adapter, Maker) else given


async def _locked(tx: Tx, connection_id: UUID) -> Connection:
    found = await stored.lock_connection(tx, connection_id=connection_id)
    if found is None:
        raise NoSuchConnection
    return found


def _code(code: str) -> str:
    is_well = code.isascii() and code.replace("_", "").isalnum() and code.islower()
    if not (is_well and code[0].isalpha() and len(code) <= 40):
        message = "A code has small letters, digits and _, a letter first, 40 at most."
        raise BadConnection(message)
    return code


async def _checked(
    tx: ReadTx, wanted: Wanted, known: Mapping[str, str], exchange: Exchange
) -> Spec:
    """Hold a configuration against its adapter and the catalogue in force."""
    spec = exchange.adapter(wanted.adapter).spec
    in_force = (await exchange.rulebook.rules(tx)).in_force
    if not 1 <= len(wanted.name.strip()) <= _LONGEST_NAME:
        message = "A connection needs a name, of 80 signs at most."
        raise BadConnection(message)
    if not wanted.directions or not wanted.directions <= spec.directions:
        words = ", ".join(sorted(spec.directions)) or "none: it carries messages"
        message = f"{spec.title} goes in these directions: {words}."
        raise BadConnection(message)
    _check_settings(wanted, known, spec, exchange)
    _check_purposes(wanted, in_force)
    for one in wanted.mapping:
        _check_field(one, wanted, in_force)
    _check_whole(wanted, in_force)
    return spec


def _check_settings(
    wanted: Wanted, known: Mapping[str, str], spec: Spec, exchange: Exchange
) -> None:
    declared = {one.name: one for one in spec.settings}
    for name in (*wanted.settings, *wanted.secrets):
        is_secret = name in wanted.secrets
        if name not in declared or declared[name].is_secret != is_secret:
            message = f"{spec.title} knows no setting {name!r} there."
            raise BadConnection(message)
    for one in spec.settings:
        given = {**known, **wanted.secrets} if one.is_secret else wanted.settings
        _check_setting(one, given.get(one.name, ""), exchange)


def _check_kept(before: Connection, wanted: Wanted, kept: Collection[str], spec: Spec) -> None:
    """Let no secret that was given for one place be sent to another.

    Secrets are shown to nobody; whoever could lead a connection to a server of their own and have
    it sign in there would read them.
    """

    def is_other(name: str) -> bool:
        return _place(before.settings, name, spec) != _place(wanted.settings, name, spec)

    theirs = [
        one.title
        for one in spec.secrets
        if one.name in kept and any(is_other(name) for name in one.sent_to)
    ]
    if theirs:
        message = f"It leads elsewhere than before: give anew {', '.join(theirs)}."
        raise BadConnection(message)


def _place(settings: Mapping[str, str], name: str, spec: Spec) -> str:
    default = next((one.default for one in spec.settings if one.name == name), "")
    return settings.get(name, "") or default


def _check_setting(one: Setting, text: str, exchange: Exchange) -> None:
    problem = ""
    if one.is_required and not text and not (one.default and not one.is_secret):
        problem = "is missing"
    elif len(text) > _LONGEST.get(one.kind, _LONG) or "\x00" in text:
        problem = "is too long"
    elif one.choices and text and text not in one.choices:
        problem = f"is one of: {', '.join(one.choices)}"
    elif one.kind is Kind.NUMBER and text and not (text.isascii() and text.isdigit()):
        problem = "is a whole number"
    if problem:
        message = f"{one.title} {problem}."
        raise BadConnection(message)
    if one.kind is Kind.URL and text:
        _check_url(one.title, text, exchange)


def _check_url(title: str, text: str, exchange: Exchange) -> None:
    try:
        exchange.outbound.check(text)
    except OutboundRefused as refused:
        message = f"{title} is not an address that may be called. {refused.hint}"
        raise BadConnection(message) from None


def _check_purposes(wanted: Wanted, in_force: InForce) -> None:
    for code in wanted.purposes:
        if code not in in_force.purposes:
            message = f"There is no purpose {code!r}."
            raise BadConnection(message)
    is_told = any(one.is_out for one in wanted.mapping)
    if Direction.OUT in wanted.directions and is_told and not wanted.purposes:
        message = "Say for which purposes it is told anything."
        raise BadConnection(message)


def _check_field(one: Field, wanted: Wanted, in_force: InForce) -> None:
    """Refuse a line of the mapping that names nothing, or goes for no purpose."""
    why = _unknown(one, in_force) or _without_purpose(one, wanted, in_force)
    if not 1 <= len(one.there) <= _LONGEST_NAME or not one.there.isprintable():
        why = "its name there is empty, too long, or not plain text."
    elif one.is_key and one.what is not What.IDENTIFIER:
        why = "only an identifier finds a person."
    if why:
        message = f"Field {one.there!r}: {why}"
        raise BadMapping(message)


def _unknown(one: Field, in_force: InForce) -> str:
    """Return what is wrong with the name of ours in a line; empty: nothing."""
    is_known: Mapping[What, Mapping[str, Any]] = {
        What.ATTRIBUTE: in_force.attributes,
        What.IDENTIFIER: in_force.identifiers,
        What.PURPOSE: in_force.purposes,
        What.TOPIC: in_force.topics,
    }
    name, _, channel = one.name.partition("/")
    if name not in is_known[one.what]:
        return f"there is no {one.what} {name!r}."
    if one.what is What.TOPIC and channel not in in_force.channels:
        return f"there is no channel {channel!r}; write topic/channel."
    return ""


def _without_purpose(one: Field, wanted: Wanted, in_force: InForce) -> str:
    """Return why a line would go for no purpose; empty: it goes for one."""
    missing = [code for code in one.purposes if code not in wanted.purposes]
    if missing:
        return f"{missing[0]!r} is no purpose of this connection."
    if _unknown(one, in_force) or not one.is_out:
        return ""
    allowed = _purposes_of(one, in_force)
    if allowed is not None and not set(one.purposes or wanted.purposes) & allowed:
        return "the catalogue allows it for none of the connection's purposes."
    return ""


def _purposes_of(one: Field, in_force: InForce) -> set[str] | None:
    """Return for what the catalogue lets something be used; None: it is a choice."""
    if one.what is What.ATTRIBUTE:
        return set(in_force.attributes[one.name].purposes)
    if one.what is What.IDENTIFIER:
        return set(in_force.identifiers[one.name].purposes)
    return None


def _check_whole(wanted: Wanted, in_force: InForce) -> None:
    if len(wanted.mapping) > _MOST_FIELDS:
        message = "That is more than 200 fields."
        raise BadMapping(message)
    names = [one.there for one in wanted.mapping]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        message = f"Field {twice!r} stands there twice."
        raise BadMapping(message)
    if wanted.mapping and not any(one.is_key for one in wanted.mapping):
        message = "Mark the identifier by which the other side finds a person."
        raise BadMapping(message)
    # One key alone only finds who is known here already; it says nothing of anybody.
    heard = [one for one in wanted.mapping if one.is_in]
    is_heard = Direction.IN in wanted.directions and not (
        len(heard) <= 1 and all(one.is_key for one in heard)
    )
    if (is_heard or wanted.source) and wanted.source not in in_force.sources:
        message = "Say as which source of the catalogue it is heard."
        raise BadConnection(message)


def _columns(wanted: Wanted, spec: Spec) -> dict[str, Any]:
    at_once = min(wanted.at_once or spec.at_once, spec.at_once)
    return {
        "name": " ".join(wanted.name.split()),
        "vendor_id": wanted.vendor_id,
        "directions": sorted(wanted.directions),
        "purposes": list(wanted.purposes),
        "mapping": msgspec.json.encode(wanted.mapping).decode(),
        "settings": msgspec.json.encode(dict(wanted.settings)).decode(),
        "source": wanted.source,
        "removal": wanted.removal,
        "at_once": max(at_once, 1),
        "per_minute": wanted.per_minute or spec.per_minute,
    }


async def _written(
    tx: Tx,
    action: str,
    connection_id: UUID,
    actor: Actor,
    clock: Clock,
    *,
    detail: Mapping[str, int | str] | None = None,
) -> None:
    about = {"connection": str(connection_id), **(detail or {})}
    await audit.record(tx, actor=actor, action=action, clock=clock, detail=about)

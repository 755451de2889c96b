"""Bringing a connection to what a file says: added the first time, changed when it differs.

The same file twice is one connection and changes nothing the second time; only secrets are set
each time, for nobody can compare what is sealed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from candor.domain.audit.model import Actor
from candor.domain.connections.errors import BadConnection, NoSuchConnection
from candor.domain.connections.model.connection import Connection
from candor.domain.connections.model.document import Document
from candor.domain.connections.service import connecting
from candor.domain.connections.service.connecting import Wanted
from candor.domain.connections.service.exchange import Exchange
from candor.infra.db.pool import Tx


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of a file."""

    connection: Connection
    is_new: bool = False
    is_changed: bool = False


async def apply(
    tx: Tx,
    document: Document,
    *,
    secrets: Mapping[str, str],
    vendor_id: UUID | None,
    actor: Actor,
    exchange: Exchange,
) -> Applied:
    """Add the connection that a file describes, or change it; it is started by nobody.

    Args:
        tx: the transaction.
        document: the file.
        secrets: those that were found where it says; others stay as they are.
        vendor_id: of the vendor that it names; None: it names none.
        actor: who applies it.
        exchange: what connections are worked with.

    Raises:
        NoSuchAdapter, BadConnection, BadMapping: it makes no sense.
        WrongState: the connection has ended, or is one of another kind.
    """
    wanted = wanted_by(document, secrets=secrets, vendor_id=vendor_id)
    try:
        before = await connecting.by_code(tx, document.code)
    except NoSuchConnection:
        connection_id = await connecting.add(
            tx, document.code, wanted, actor=actor, exchange=exchange
        )
        return Applied(await connecting.find(tx, connection_id), is_new=True)
    if not secrets and is_same(before, wanted):
        return Applied(before)
    after = await connecting.change(
        tx, before.connection_id, wanted, actor=actor, exchange=exchange
    )
    return Applied(after, is_changed=True)


def wanted_by(
    document: Document, *, secrets: Mapping[str, str], vendor_id: UUID | None
) -> Wanted:
    """Return the configuration that a file describes."""
    return Wanted(
        name=document.name,
        adapter=document.adapter,
        directions=frozenset(document.directions),
        purposes=document.purposes,
        mapping=document.field,
        settings=document.texts,
        secrets=secrets,
        vendor_id=vendor_id,
        source=document.source,
        removal=document.removal,
        at_once=document.at_once,
        per_minute=document.per_minute,
    )


def is_same(before: Connection, wanted: Wanted) -> bool:
    """Tell whether a connection is as somebody wants it; what is left to the adapter fits."""
    return (
        before.name == wanted.name
        and before.adapter == wanted.adapter
        and before.vendor_id == wanted.vendor_id
        and before.directions == wanted.directions
        and before.purposes == wanted.purposes
        and before.mapping == wanted.mapping
        and dict(before.settings) == dict(wanted.settings)
        and before.source == wanted.source
        and before.removal is wanted.removal
        and wanted.at_once in {None, before.at_once}
        and wanted.per_minute in {None, before.per_minute}
    )


def wanted_of(connection: Connection, *, secrets: Mapping[str, str] | None = None) -> Wanted:
    """Return the configuration that a connection has, perhaps with secrets that are to be set."""
    return Wanted(
        name=connection.name,
        adapter=connection.adapter,
        directions=connection.directions,
        purposes=connection.purposes,
        mapping=connection.mapping,
        settings=connection.settings,
        secrets=secrets or {},
        vendor_id=connection.vendor_id,
        source=connection.source,
        removal=connection.removal,
        at_once=connection.at_once,
        per_minute=connection.per_minute,
    )


async def set_secrets(
    tx: Tx,
    connection_id: UUID,
    secrets: Mapping[str, str],
    *,
    actor: Actor,
    exchange: Exchange,
) -> Connection:
    """Seal secrets into a connection; those that are not named stay as they are; audited.

    Raises:
        NoSuchConnection, WrongState: there is none, or it has ended.
        BadConnection: its adapter knows no such secret, or one is empty or too long.
    """
    for name, text in secrets.items():
        if not text:
            message = f"Secret {name!r} is empty."
            raise BadConnection(message)
    before = await connecting.find(tx, connection_id)
    wanted = wanted_of(before, secrets=secrets)
    return await connecting.change(tx, connection_id, wanted, actor=actor, exchange=exchange)

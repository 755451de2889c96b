"""Starting, pausing and stopping a connection by hand, with what that means in numbers before.

Starting asks about the vendor: whoever has no contract in force is told nothing. Stopping sends a
removal for everybody whom the other system holds by our books; it ends by itself when the last
one was acknowledged.
"""

from dataclasses import dataclass
from uuid import UUID

from candor.domain.audit.model import Actor
from candor.domain.connections.errors import WrongState
from candor.domain.connections.model.connection import Connection, State, Why
from candor.domain.connections.queries import steering as stored
from candor.domain.connections.service import connecting
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a step would mean: people whom the other system holds, deliveries that wait."""

    people: int
    waiting: int
    parked: int


async def outlook(tx: ReadTx, connection_id: UUID) -> Outlook:
    """Count what stopping or pausing a connection would mean."""
    row = await stored.held(tx, connection_id=connection_id)
    return Outlook(row.people, row.waiting, row.parked)


async def people(tx: ReadTx) -> dict[UUID, int]:
    """Count whom each system holds by our books; one that holds nobody is missing."""
    return await stored.held_by_all(tx)


async def of_vendor(tx: ReadTx, vendor_id: UUID) -> list[UUID]:
    """Return the connections of a vendor that have not ended."""
    return await stored.vendors_connections(tx, vendor_id=vendor_id)


async def start(tx: Tx, connection_id: UUID, *, actor: Actor, clock: Clock) -> Connection:
    """Let data move over a connection that is a draft, paused or stopping; audited.

    Raises:
        NoSuchConnection, WrongState: there is none, or it has ended or is active.
        VendorNotInForce: nothing may go to its vendor now; says why.
    """
    moved = await connecting.move(tx, connection_id, State.ACTIVE, actor=actor, clock=clock)
    # After it was locked: somebody may have given it another vendor just now.
    await connecting.check_vendor(tx, moved.vendor_id, clock)
    return moved


async def resume(tx: Tx, connection_id: UUID, *, actor: Actor, clock: Clock) -> Connection:
    """Go on with a connection that is paused, and with no other; audited.

    Raises:
        NoSuchConnection, WrongState: there is none, or it is not paused.
        VendorNotInForce: nothing may go to its vendor now; says why.
    """
    if (await connecting.find(tx, connection_id)).state is not State.PAUSED:
        raise WrongState
    return await start(tx, connection_id, actor=actor, clock=clock)


async def pause(tx: Tx, connection_id: UUID, *, actor: Actor, clock: Clock) -> Connection:
    """Hold a connection: changes are kept for it, and nothing moves; audited.

    Raises:
        NoSuchConnection, WrongState: there is none, or it is not active.
    """
    return await connecting.move(
        tx, connection_id, State.PAUSED, why=Why.BY_HAND, actor=actor, clock=clock
    )


async def stop(tx: Tx, connection_id: UUID, *, actor: Actor, clock: Clock) -> Connection:
    """Have everybody removed there, then end; a draft ends at once; audited.

    Raises:
        NoSuchConnection, WrongState: there is none, or it is stopping or over.
    """
    before = await connecting.find(tx, connection_id)
    to = State.ENDED if before.state is State.DRAFT else State.STOPPING
    return await connecting.move(
        tx, connection_id, to, why=Why.BY_HAND, actor=actor, clock=clock
    )

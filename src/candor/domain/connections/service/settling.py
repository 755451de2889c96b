"""Writing down what the other side acknowledged: what it holds now, of whom, as what."""

from collections.abc import Sequence
from typing import Final

from candor.domain.connections.model.connection import Connection
from candor.domain.connections.model.talk import Acknowledged
from candor.domain.connections.queries import links as held
from candor.domain.connections.queries.links import Told
from candor.domain.connections.service.admitting import Packed
from candor.domain.connections.service.exchange import Exchange, Lock
from candor.infra.db.pool import Tx
from candor.kernel.pii import Pii

_Pair = tuple[Packed, Acknowledged]
_BY_US: Final = "candor:"  # before an id of ours, where the other side has none of its own


async def write_links(
    tx: Tx, connection: Connection, pairs: Sequence[_Pair], *, exchange: Exchange
) -> None:
    """Write down what was acknowledged. Locks the links.

    A record there that was by our books another profile's is this one's now: its owner said so.
    """
    if not pairs:
        return
    lock, at = exchange.lock(connection), exchange.clock.now()
    gone = [packed for packed, _ in pairs if packed.is_farewell]
    await held.remove_links(
        tx,
        connection_id=connection.connection_id,
        profile_ids=[packed.row.profile_id for packed in gone],
        at=at,
    )
    told = {
        one.remote_index: one
        for packed, reply in pairs
        if not packed.is_farewell
        for one in (_told(packed, reply, lock),)
    }
    holders = await held.holders_of(
        tx, connection_id=connection.connection_id, indexes=list(told)
    )
    others = [owner for index, owner in holders.items() if owner != told[index].profile_id]
    if others:
        await held.forget_links(tx, connection_id=connection.connection_id, profile_ids=others)
    await held.put_links(tx, list(told.values()), connection_id=connection.connection_id, at=at)


def _told(packed: Packed, reply: Acknowledged, lock: Lock) -> Told:
    remote_id = reply.remote_id or packed.parcel.remote_id or _fallback(packed)
    return Told(
        profile_id=packed.row.profile_id,
        remote_id=lock.seal_remote(remote_id),
        remote_index=lock.index(remote_id),
        base=dict(packed.marks),
        purposes=packed.purposes,
        version=reply.version,
        refused=frozenset(there for there, yes in packed.parcel.choices.items() if not yes),
    )


def _fallback(packed: Packed) -> Pii[str]:
    """Return what finds a person at a system that gives no names: its key, else ours."""
    for there in sorted(packed.parcel.keys):
        return packed.parcel.keys[there]
    return Pii(f"{_BY_US}{packed.row.profile_id}")

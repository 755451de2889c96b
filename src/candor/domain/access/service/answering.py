"""Keys that somebody of staff answers for: what they could have kept a copy of.

A key belongs to a system, but a person made it and may know its secret. When they leave, each of
their keys ends, unless a colleague takes it over by name: then that colleague answers for it, and
ought to rotate it.
"""

from collections.abc import Collection
from uuid import UUID

from candor.domain.access.model.keys import HeldKey
from candor.domain.access.queries import answering as stored
from candor.domain.access.service import api_keys
from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.clock import Clock


async def keys_of(tx: ReadTx, staff_id: UUID, clock: Clock) -> list[HeldKey]:
    """Return the keys that work and that somebody answers for."""
    return await stored.keys_of(tx, staff_id=staff_id, at=clock.now())


async def hand_on(
    tx: Tx, staff_id: UUID, refs: Collection[str], *, to: UUID, actor: Actor, clock: Clock
) -> int:
    """Let a colleague answer for keys of somebody; audited each; return how many there were."""
    handed = 0
    for key in await keys_of(tx, staff_id, clock):
        if key.ref not in refs:
            continue
        move = stored.hand_on_api_key if key.kind == "api" else stored.hand_on_write_key
        handed += await move(tx, staff_id=staff_id, ref=key.ref, to=to)
        await audit.record(
            tx,
            actor=actor,
            action="access.key_handed_on",
            clock=clock,
            detail={"kind": key.kind, "key": key.ref, "from": str(staff_id), "to": str(to)},
        )
    return handed


async def end_all(tx: Tx, staff_id: UUID, *, actor: Actor, clock: Clock) -> int:
    """Take back every key that somebody answers for; audited each; return how many."""
    keys = await keys_of(tx, staff_id, clock)
    for key in keys:
        if key.kind == "api":
            await api_keys.revoke(tx, UUID(key.ref), actor=actor, clock=clock)
            continue
        await stored.end_write_key(tx, staff_id=staff_id, ref=key.ref, at=clock.now())
        await audit.record(
            tx,
            actor=actor,
            action="access.write_keys_revoked",
            clock=clock,
            detail={"source": key.name, "keys": 1},
        )
    return len(keys)

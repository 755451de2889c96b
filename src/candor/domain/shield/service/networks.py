"""From which networks staff and keys come, so that one from elsewhere is noticed.

In the first day of an actor all networks are learned; from then on each new one is written into
the audit log, where the rules read it.
"""

from datetime import timedelta
from typing import Final

from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.domain.shield.model.rules import NEW_NETWORK_ACTION
from candor.domain.shield.queries import watching as stored
from candor.infra.db.pool import Tx
from candor.kernel.clock import Clock

LEARNS_FOR: Final = timedelta(days=1)
_KEPT: Final = timedelta(days=180)


async def note(tx: Tx, actor: Actor, label: str, network: bytes, clock: Clock) -> bool:
    """Note that somebody acts from a network; a new one of somebody known is audited.

    Args:
        tx: any transaction.
        actor: as the audit log names them.
        label: as the shield does: `staff:…` or `key:…`.
        network: keyed hash (`Caller.mark`).
        clock: the present.

    Returns:
        whether it is new for somebody whose networks are known.
    """
    now = clock.now()
    since = await stored.known_since(tx, actor=label)
    if not await stored.insert_seen(tx, actor=label, network=network, at=now):
        await stored.touch_seen(tx, actor=label, network=network, at=now)
        return False
    if since is None or now - since < LEARNS_FOR:
        return False
    await audit.record(
        tx,
        actor=actor,
        action=NEW_NETWORK_ACTION,
        clock=clock,
        detail={"network": network.hex()},
    )
    return True


async def sweep(tx: Tx, clock: Clock) -> int:
    """Forget networks from which nobody came for half a year; return how many."""
    return await stored.sweep_seen(tx, before=clock.now() - _KEPT)

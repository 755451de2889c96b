"""What follows from a vendor's record: a lapse or an off-boarding stops the flow and removes.

Looked at each hour, and at once when a record changes. A lapsed vendor holds data without a
contract: so it is not only told nothing more, everybody is removed there, as when it was ended.
With the renewal the connection starts again by itself and everybody who may go there is sent anew,
unless somebody had paused it. An ended vendor's connection ends with its last removal.
"""

from uuid import UUID

from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.domain.connections.model.connection import State, Why
from candor.domain.connections.queries import connections as moves
from candor.domain.connections.queries import progress_in as stored
from candor.domain.connections.queries.progress_in import OfVendor
from candor.domain.connections.service import connecting
from candor.domain.connections.service.exchange import Exchange
from candor.domain.connections.service.hearing import ACTOR
from candor.domain.governance import service as vendors
from candor.domain.governance.model import Trouble
from candor.infra.db.pool import Tx
from candor.kernel.clock import Clock

_LAPSED = frozenset({Why.VENDOR_LAPSED, Why.LAPSED_WHILE_PAUSED})


async def watch(exchange: Exchange) -> int:
    """Stop and start connections as their vendors' records say today; return how many moved."""
    async with exchange.database.tx() as tx:
        return await follow(tx, clock=exchange.clock)


async def follow(
    tx: Tx, vendor_id: UUID | None = None, *, actor: Actor = ACTOR, clock: Clock
) -> int:
    """Move the connections of one vendor, or of all, as their records say today; audited.

    Call it in the transaction in which a vendor's record changes. Returns how many moved.
    """
    moved = 0
    for one in await stored.with_vendors(tx):
        if vendor_id is None or one.vendor_id == vendor_id:
            trouble = await vendors.trouble(tx, one.vendor_id, clock.now().date())
            to = _next(one, trouble)
            if to is not None:
                await _move(tx, one, *to, actor=actor, clock=clock)
                moved += 1
    return moved


async def _move(
    tx: Tx, one: OfVendor, state: State, why: Why | None, *, actor: Actor, clock: Clock
) -> None:
    if state != one.state:
        await connecting.move(tx, one.connection_id, state, why=why, actor=actor, clock=clock)
        return
    # It is stopping already, for a lapse that a renewal would end: now it is for good.
    await moves.move_connection(
        tx,
        connection_id=one.connection_id,
        state=state,
        why=why,
        from_states=[state],
        at=clock.now(),
    )
    detail = {
        "connection": str(one.connection_id),
        "from": state.value,
        "to": state.value,
        "why": why.value if why else "",
    }
    await audit.record(tx, actor=actor, action="connections.moved", clock=clock, detail=detail)


def _next(one: OfVendor, trouble: Trouble | None) -> tuple[State, Why | None] | None:
    """Return where a connection goes; None: it stays where it is."""
    if trouble is None:
        is_back = one.state == State.STOPPING and one.why == Why.VENDOR_LAPSED
        return (State.ACTIVE, None) if is_back else None
    if trouble is Trouble.ENDED:
        is_for_good = one.state == State.STOPPING and one.why not in _LAPSED
        return None if is_for_good else (State.STOPPING, Why.VENDOR_ENDED)
    if one.state == State.STOPPING:
        return None
    was_paused = one.state == State.PAUSED and one.why == Why.BY_HAND
    return State.STOPPING, Why.LAPSED_WHILE_PAUSED if was_paused else Why.VENDOR_LAPSED

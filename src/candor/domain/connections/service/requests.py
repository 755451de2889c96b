"""What a request of a person sets going at other systems, and how far that has come.

An erasure, a restriction, an objection or a correction changes what stands here; what another
system is told follows from what stands. So a request needs no words of its own: it makes a delivery
due before everything else, to each system that holds the person, and waits until that one was
acknowledged. A delivery that is under way already carries the request too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from candor.domain.connections.errors import NoSuchConnection
from candor.domain.connections.model.connection import Connection, State
from candor.domain.connections.model.delivery import Stage
from candor.domain.connections.queries import connections as stored_connections
from candor.domain.connections.queries import requests as stored
from candor.domain.connections.queries.requests import HeldRow, StandingRow
from candor.domain.connections.service import recalling
from candor.domain.governance import service as governance
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.clock import Clock
from candor.kernel.ids import ProfileId, new_id


class Standing(StrEnum):
    """How far a request has come at one connection."""

    UNDER_WAY = "under_way"
    ACKNOWLEDGED = "acknowledged"  # or it held the same already
    NOTHING = "nothing"  # it held nothing
    PARKED = "parked"
    GIVEN_UP = "given_up"  # by somebody, before it was acknowledged
    ENDED = "ended"  # the connection has, before it was acknowledged


@dataclass(frozen=True, slots=True)
class Stand:
    """How far it has come, at which system, and since when."""

    standing: Standing
    name: str  # of the vendor, as people know it; of one of our own systems the connection's
    at: datetime | None = None
    acts: tuple[str, ...] = ()
    problem: str | None = None


_DELIVERY: Final = "connections.delivery"
_LINK: Final = "connections.link"


async def holding(tx: ReadTx, members: Sequence[ProfileId]) -> list[str]:
    """Return the codes of the connections whose systems hold a person, or are about to."""
    return await stored.holding(tx, profile_ids=members)


async def ask(
    tx: Tx, members: Sequence[ProfileId], *, code: str, task_id: UUID, clock: Clock
) -> list[UUID]:
    """Make a delivery due to one system for each of a person's profiles that it holds.

    Returns the ids of the deliveries that carry it; none when nothing is held there. Harmless
    twice. A connection that moves nothing any more is asked nothing.
    """
    connection = await stored_connections.connection_by_code(tx, code=code)
    if connection is None or connection.state is State.ENDED:
        return []
    rows = await stored.held(tx, profile_ids=members)
    here = [row for row in rows if row.connection_id == connection.connection_id]
    return [await _due(tx, row, task_id, clock) for row in here]


async def stand(
    tx: ReadTx, members: Sequence[ProfileId], *, code: str, asked: Sequence[UUID]
) -> Stand:
    """Return how far deliveries have come that a request asked for.

    Raises:
        NoSuchConnection: none was ever called so.
    """
    connection = await stored_connections.connection_by_code(tx, code=code)
    if connection is None:
        raise NoSuchConnection
    name = await _name(tx, connection)
    rows = await stored.standing(tx, profile_ids=members, delivery_ids=asked)
    for standing, stages in _WORST_FIRST:
        found = [row for row in rows if row.state in stages]
        if found:
            has_ended = standing is Standing.GIVEN_UP and connection.state is State.ENDED
            return _stand(Standing.ENDED if has_ended else standing, name, found)
    removed = await stored.last_removed(
        tx, profile_ids=members, connection_id=connection.connection_id
    )
    if removed is not None:
        return Stand(Standing.ACKNOWLEDGED, name, removed, ("remove",))
    if connection.state is State.ENDED:
        return Stand(Standing.ENDED, name, connection.ended_at)
    return Stand(Standing.NOTHING, name)


_WORST_FIRST: Final = (
    (Standing.PARKED, frozenset({Stage.PARKED.value})),
    (Standing.UNDER_WAY, frozenset({Stage.WAITING.value, Stage.SENDING.value})),
    (Standing.GIVEN_UP, frozenset({Stage.DROPPED.value})),
    (Standing.ACKNOWLEDGED, frozenset({Stage.ACKNOWLEDGED.value, Stage.NEEDLESS.value})),
)


def _stand(standing: Standing, name: str, rows: Sequence[StandingRow]) -> Stand:
    return Stand(
        standing,
        name,
        max((row.settled_at for row in rows if row.settled_at), default=None),
        tuple(sorted({row.act for row in rows if row.act})),
        next((row.problem for row in rows if row.problem), None),
    )


async def ended(tx: ReadTx, task_ids: Sequence[UUID]) -> Mapping[UUID, bool]:
    """Return those of these tasks for which nothing is on its way any more.

    With whether all of it was acknowledged; the others are parked, or were given up.
    """
    rows = await stored.ended_tasks(tx, task_ids=task_ids)
    return {row.task_id: row.is_well for row in rows}


async def _name(tx: ReadTx, connection: Connection) -> str:
    if connection.vendor_id is None:
        return connection.name
    return (await governance.find(tx, connection.vendor_id)).name


async def cut_off(tx: Tx, members: Sequence[ProfileId], *, clock: Clock) -> Mapping[str, int]:
    """Have a person removed everywhere, in the transaction that destroys their keys.

    What is over goes at once, so that whatever is found later is of this erasure. Returns the rows
    that went, by table.
    """
    deliveries, links = await stored.forget_over(tx, profile_ids=members)
    for row in await stored.held(tx, profile_ids=members):
        await _due(tx, row, None, clock)
    await recalling.recall_of(tx, members, clock=clock)
    return {_DELIVERY: deliveries, _LINK: links}


async def let_go(tx: Tx, members: Sequence[ProfileId]) -> Mapping[str, int]:
    """Forget that a person was ever known elsewhere; return the rows that went, by table.

    When every system has acknowledged that it holds nothing, or somebody saw to it by hand.
    """
    deliveries, links = await stored.let_go(tx, profile_ids=members)
    return {_DELIVERY: deliveries, _LINK: links}


async def _due(tx: Tx, row: HeldRow, task_id: UUID | None, clock: Clock) -> UUID:
    return await stored.make_due(tx, row, delivery_id=new_id(), task_id=task_id, at=clock.now())

"""Routing: the change feed becomes deliveries, one open per person and connection."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from candor.domain.audit.model import Actor
from candor.domain.connections.model.delivery import Rank
from candor.domain.connections.service.exchange import Exchange
from candor.infra.db.pool import Tx
from candor.kernel.clock import Clock
from candor.kernel.ids import ProfileId


async def route(exchange: Exchange) -> int:
    """Follow the feed for every connection that is told; return how many deliveries it made."""
    raise NotImplementedError


async def request(
    tx: Tx,
    connection_id: UUID,
    profile_ids: Sequence[ProfileId],
    *,
    cause: str,
    clock: Clock,
    rank: Rank = Rank.FACT,
    task_id: UUID | None = None,
) -> int:
    """Ask that a connection be told what stands about these profiles, each for itself.

    Joins the delivery that is open already. `cause`: code: compared, drift, request. Returns how
    many.
    """
    raise NotImplementedError


async def replay(
    tx: Tx, connection_id: UUID, since: datetime | None, *, actor: Actor, exchange: Exchange
) -> int:
    """Compare those who changed since an instant anew, or, with None, everybody; audited.

    Everybody is compared in slices by `route`. Returns how many were put on their way now.

    Raises:
        NoSuchConnection, WrongState: there is none, or it has ended.
    """
    raise NotImplementedError

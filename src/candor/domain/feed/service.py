"""Writing and following the change feed."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from candor.domain.feed import queries
from candor.domain.feed.model import Changed, Since
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.clock import Clock


async def publish(tx: Tx, kind: Changed, profile_ids: Iterable[UUID], clock: Clock) -> None:
    """Write that these profiles changed, in the transaction of the change itself."""
    ids = sorted(set(profile_ids))
    if ids:
        await queries.insert_changes(tx, kind=kind, profile_ids=ids, at=clock.now())


async def now(tx: ReadTx) -> int:
    """Return the horizon from which a new follower starts: what came before is settled."""
    return await queries.horizon(tx)


async def follow(tx: ReadTx, *, horizon: int, kinds: Sequence[Changed]) -> Since:
    """Return what changed since a horizon that `now` or an earlier call gave.

    Transactions that were still running at the horizon are looked at again, so that none is
    skipped; a follower must bear to see a change twice.
    """
    row = await queries.changed_since(tx, horizon=horizon, kinds=kinds)
    return Since(frozenset(row.profile_ids), row.horizon)

"""Writing and following the change feed."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from candor.domain.feed import over, queries
from candor.domain.feed.model import Changed, Horizon, Since
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.holder import Expired, Round
from candor.kernel.clock import Clock

KEPT_FOR: Final = timedelta(days=90)  # P90D: no follower is away for longer


async def publish(tx: Tx, kind: Changed, profile_ids: Iterable[UUID], clock: Clock) -> None:
    """Write that these profiles changed, in the transaction of the change itself."""
    ids = sorted(set(profile_ids))
    if ids:
        await queries.insert_changes(tx, kind=kind, profile_ids=ids, at=clock.now())


async def now(tx: ReadTx) -> Horizon:
    """Return the horizon from which a new follower starts: what was committed is seen."""
    return Horizon(await queries.horizon(tx))


async def follow(tx: ReadTx, *, horizon: Horizon, kinds: Sequence[Changed]) -> Since:
    """Return what changed since a horizon that `now` or an earlier call gave.

    What was still running at the horizon is seen when it commits, however late, and what was
    committed is not seen again, however long some other transaction runs. Only a follower that
    writes before it reads sees changes twice.
    """
    row = await queries.changed_since(tx, horizon=horizon, kinds=kinds)
    return Since(frozenset(row.profile_ids), Horizon(row.horizon))


async def forget(tx: Tx, profile_ids: Iterable[UUID]) -> int:
    """Forget what changed on profiles that were erased, but that they were; return how many."""
    return await queries.forget_changes(tx, profile_ids=list(profile_ids))


async def sweep(tx: Tx, one: Round) -> Expired:
    """Remove changes that are ninety days old, or count them."""
    rows = await over.changes(tx, one, before=one.now - KEPT_FOR)
    return one.found("feed.change", "P90D", rows)

"""Writing and following the change feed."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from candor.domain.feed import over, queries
from candor.domain.feed.model import Change, Changed, Changes, Horizon, Since, Snapshot
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.holder import Expired, Round
from candor.kernel.clock import Clock

KEPT_FOR: Final = timedelta(days=90)  # P90D: no follower is away for longer
AT_MOST: Final = 5_000  # changes in one reading
CHANNEL: Final = "candor"  # of NOTIFY, with this payload when the feed grew
WAKE: Final = "feed"


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


async def changes(
    tx: ReadTx, *, horizon: Horizon, kinds: Sequence[Changed], at_most: int = AT_MOST
) -> Changes:
    """Return what changed since a horizon, by profile, about so many changes at a time.

    Whole transactions: what one wrote comes together. Those with lower numbers first, and of one
    profile everything that was committed in what is returned. No change is skipped, and none comes
    twice: the next horizon knows exactly which transactions were read (docs/decisions/0018). A
    transaction that has changed something itself sees its own changes again later.
    """
    row = await queries.changes(tx, horizon=horizon, kinds=kinds, at_most=at_most)
    seen = Snapshot.read(row.seen).without(None if row.own is None else int(row.own))
    if row.below is not None:
        seen = seen.partway(Snapshot.read(horizon), int(row.below))
    found = [
        Change(profile_id, frozenset(map(Changed, kinds_.split(","))), changed_at, count)
        for profile_id, kinds_, changed_at, count in zip(
            row.profile_ids, row.kinds, row.changed_at, row.changes, strict=True
        )
    ]
    return Changes(tuple(found), seen.horizon, row.below is None)


async def since(tx: ReadTx, at: datetime) -> Horizon:
    """Return a horizon from which everything is read again that changed since an instant.

    What is older than ninety days is gone from the feed. May bring some older changes again.
    """
    return Horizon(await queries.horizon_at(tx, since=at))


async def forget(tx: Tx, profile_ids: Iterable[UUID]) -> int:
    """Forget what changed on profiles that were erased, but that they were; return how many."""
    return await queries.forget_changes(tx, profile_ids=list(profile_ids))


async def sweep(tx: Tx, one: Round) -> Expired:
    """Remove changes that are ninety days old, or count them."""
    rows = await over.changes(tx, one, before=one.now - KEPT_FOR)
    return one.found("feed.change", "P90D", rows)

"""Following the whole log: each entry once and none skipped; and what is usual in it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from candor.domain.audit.model import Entry
from candor.domain.audit.model.following import Habit, Horizon
from candor.domain.audit.queries import following as queries
from candor.infra.db.pool import ReadTx


async def horizon(tx: ReadTx) -> Horizon:
    """Return how far the log can be read now; ask before the transaction writes anything.

    In a transaction that has written, whatever ran beside it is seen a second time.
    """
    return Horizon(await queries.log_horizon(tx))


async def is_foreign(tx: ReadTx, known: Horizon) -> bool:
    """Tell whether a horizon is of another server: the log was restored, reading begins anew."""
    return await queries.is_horizon_ahead(tx, horizon=known)


async def stream(
    tx: ReadTx,
    *,
    since: Horizon,
    until: Horizon,
    actions: Sequence[str],
    subjects: Sequence[bytes] = (),
    after: int = 0,
    at_most: int,
) -> list[Entry]:
    """Return what was written between two horizons: each entry exactly once, none skipped.

    What was still being written at `since` is in it when it was committed before `until`, however
    late, as in the change feed. Leaf through with `after`, the number of the last entry.

    Args:
        tx: any transaction.
        since: where the last reading ended.
        until: from `horizon`.
        actions: only these, …
        subjects: … and whatever is about these pseudonyms.
        after: only entries above this number.
        at_most: so many at once.
    """
    return await queries.entries_between(
        tx,
        since=since,
        until=until,
        actions=actions,
        subjects=subjects,
        after=after,
        at_most=at_most,
    )


async def seen_since(
    tx: ReadTx, known: Horizon, *, actions: Sequence[str], since: datetime
) -> list[Entry]:
    """Return entries of some actions since an instant that were read up to a horizon."""
    return await queries.entries_until(tx, horizon=known, actions=actions, since=since)


async def busiest(
    tx: ReadTx,
    *,
    actions: Sequence[str],
    actor_kind: str,
    actor_ids: Sequence[str],
    span: timedelta,
    since: datetime,
    before: datetime,
) -> dict[str, int]:
    """Return how many requests with these actions actors made in their busiest span.

    Costs a walk through the actions of that time: for rare questions.
    """
    found = await queries.peaks(
        tx,
        actions=actions,
        actor_kind=actor_kind,
        actor_ids=actor_ids,
        span=span,
        since=since,
        before=before,
    )
    return {peak.actor_id: peak.requests for peak in found}


async def habit(
    tx: ReadTx,
    *,
    actions: Sequence[str],
    actor_kind: str,
    actor_id: str,
    hours: Sequence[int],
    zone: str,
    since: datetime,
    before: datetime,
) -> Habit:
    """Return on how many days somebody acted at some hours of the day. Costs as `busiest`."""
    return await queries.days_at_hours(
        tx,
        actions=actions,
        actor_kind=actor_kind,
        actor_id=actor_id,
        hours=hours,
        zone=zone,
        since=since,
        before=before,
    )


async def numbered(tx: ReadTx, entry_ids: Sequence[int]) -> list[Entry]:
    """Return entries by their numbers, in their order; those that are not there are missing."""
    return await queries.entries_by_ids(tx, entry_ids=entry_ids)

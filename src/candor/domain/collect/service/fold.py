"""Counting what was committed, exactly once, right behind the door.

A group commit is taken off the list, its events are added to the tallies and its counts to the
counters, in one transaction: if it fails, nothing happened. Several folders may work at once.
"""

from datetime import timedelta
from typing import Final

from candor.domain.catalogue.model import InForce
from candor.domain.collect import queries
from candor.infra.db.pool import Tx
from candor.kernel.clock import Clock

AT_ONCE: Final = 200
KEPT_SAMPLES: Final = 20
REMEMBERED_DAYS: Final = 30


async def fold(tx: Tx, in_force: InForce, *, at_most: int = AT_ONCE) -> int:
    """Fold some group commits; return how many (0: all are folded)."""
    flushes = await queries.take_flushes(tx, at_most=at_most)
    if not flushes:
        return 0
    ids = [flush.flush_id for flush in flushes]
    numbers = in_force.numbers.event_types
    events = in_force.document.events
    amounts = {numbers[event.code]: event.amount for event in events if event.amount}
    await queries.fold_tallies(tx, flush_ids=ids, amounts=amounts)
    wanted = [
        (numbers[event.code], where, field)
        for event in events
        for where, dot, field in [event.favourite.partition(".")]
        if dot
    ]
    if wanted:
        await queries.fold_favourites(tx, flush_ids=ids, wanted=wanted)
    totals: dict[tuple[int, object, str, str], int] = {}
    for flush in flushes:
        hour = flush.flushed_at.replace(minute=0, second=0, microsecond=0)
        for source_id, outcome, what, number in flush.counts:
            place = (source_id, hour, outcome, what)
            totals[place] = totals.get(place, 0) + number
    places = sorted(totals, key=str)
    await queries.add_counters(
        tx,
        {
            "source_ids": [place[0] for place in places],
            "hours": [place[1] for place in places],
            "outcomes": [place[2] for place in places],
            "whats": [place[3] for place in places],
            "counts": [totals[place] for place in places],
        },
    )
    return len(flushes)


async def sweep(tx: Tx, clock: Clock) -> tuple[int, int]:
    """Forget messages older than thirty days and samples beyond the youngest; return how many."""
    before = (clock.now() - timedelta(days=REMEMBERED_DAYS)).date()
    return (
        await queries.forget_messages(tx, before=before),
        await queries.trim_refusals(tx, keep=KEPT_SAMPLES),
    )

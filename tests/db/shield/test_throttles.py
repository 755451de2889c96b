"""Throttles count for everybody together, and for each alone."""

import asyncio
from datetime import timedelta

from candor.domain.shield.model.limit import Limit
from candor.domain.shield.service.throttles import Throttles
from candor.infra.db.pool import Database
from candor.kernel.clock import FixedClock

FIVE = Limit("tests.five", 5, timedelta(minutes=5))


def throttles(clock: FixedClock) -> Throttles:
    """Return the throttles of one process."""
    return Throttles(b"k" * 32, clock)


async def take(db: Database, clock: FixedClock, who: str = "ada") -> bool:
    """Take one, as a process of its own would."""
    async with db.tx() as tx:
        return (await throttles(clock).take(tx, FIVE, who)).is_allowed


async def test_the_burst_fits_and_no_more(db: Database, clock: FixedClock) -> None:
    assert [await take(db, clock) for _ in range(7)] == [True] * 5 + [False] * 2
    assert await take(db, clock, "ben")
    clock.advance(timedelta(minutes=1))
    assert [await take(db, clock) for _ in range(2)] == [True, False]


async def test_of_many_at_once_no_more_get_through(
    committed_db: Database, clock: FixedClock
) -> None:
    got = await asyncio.gather(*(take(committed_db, clock) for _ in range(30)))
    assert sum(got) == 5


async def test_failures_count_even_when_they_do_not_fit_and_are_forgiven(
    db: Database, clock: FixedClock
) -> None:
    shield = throttles(clock)
    async with db.tx() as tx:
        for _ in range(40):
            await shield.count(tx, FIVE, "ada")
        looked = await shield.look(tx, FIVE, "ada")
        assert not looked.is_allowed
        assert looked.wait_seconds <= 2 * FIVE.per.total_seconds()
        await shield.forgive(tx, (FIVE,), "ada")
        assert (await shield.look(tx, FIVE, "ada")).is_allowed


async def test_what_is_paid_back_is_forgotten(db: Database, clock: FixedClock) -> None:
    await take(db, clock)
    async with db.tx() as tx:
        assert await throttles(clock).sweep(tx) == 0
        clock.advance(timedelta(minutes=2))
        assert await throttles(clock).sweep(tx) == 1

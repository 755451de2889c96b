"""Meters count in memory, share what is much, and hold for all processes nearly exactly."""

from contextlib import suppress
from datetime import timedelta

import pytest

from candor.domain.shield.errors import TooFast
from candor.domain.shield.model.limit import Limit
from candor.domain.shield.service.meters import Meters
from candor.domain.shield.service.throttles import Throttles
from candor.infra.db.pool import Database
from candor.kernel.clock import FixedClock

HUNDRED = Limit("tests.hundred", 100, timedelta(seconds=100))


def process(db: Database, clock: FixedClock) -> Meters:
    """Return the meters of one process."""
    return Meters(db, Throttles(b"k" * 32, clock), clock)


def taken(meters: Meters, times: int, who: str = "ada") -> int:
    """Take so often as it fits, at most so many times."""
    for number in range(times):
        try:
            meters.take(HUNDRED, who)
        except TooFast:
            return number
    return times


async def test_one_process_holds_a_limit_exactly(db: Database, clock: FixedClock) -> None:
    meters = process(db, clock)
    assert taken(meters, 200) == 100
    assert taken(meters, 1, "ben") == 1
    clock.advance(timedelta(seconds=7))
    assert taken(meters, 200) == 7
    await meters.close()


async def test_who_waits_as_told_is_let_in(db: Database, clock: FixedClock) -> None:
    meters = process(db, clock)
    taken(meters, 100)
    with pytest.raises(TooFast) as told:
        meters.take(HUNDRED, "ada")
    clock.advance(timedelta(seconds=told.value.wait_seconds))
    meters.take(HUNDRED, "ada")
    await meters.close()


async def test_two_processes_hold_it_together(
    committed_db: Database, clock: FixedClock
) -> None:
    first, second = process(committed_db, clock), process(committed_db, clock)
    total = 0
    for _ in range(10):  # a second each; the clock stands
        total += taken(first, 10) + taken(second, 10)
        await first.share()
        await second.share()
    assert 100 <= total <= 120  # a second of the other
    assert taken(first, 1) == 0
    await first.close()
    await second.close()


async def test_what_is_little_costs_no_row(committed_db: Database, clock: FixedClock) -> None:
    meters = process(committed_db, clock)
    for number in range(500):
        taken(meters, 9, f"caller {number}")
    await meters.share()
    async with committed_db.tx() as tx:
        clock.advance(timedelta(days=1))
        assert await Throttles(b"k" * 32, clock).sweep(tx) == 0
    await meters.close()


@pytest.mark.asvs("16.5.2")
async def test_without_the_database_each_process_holds_it_alone(clock: FixedClock) -> None:
    away = Database("postgresql://candor_app@127.0.0.1:1/none", max_size=1)
    meters = process(away, clock)
    assert taken(meters, 200) == 100
    await meters.share()
    assert taken(meters, 200) == 0
    with suppress(TooFast):
        meters.require(HUNDRED, "ada")
    await meters.close()

"""Long and short transactions, mixed at random: nothing is skipped, nothing comes twice.

A schedule says who begins, writes, commits and gives up in which order, on connections of their
own, and when the follower reads, and how much at a time. Every change that is committed is told
exactly once by the end, in slices as in one go, and while a transaction is open that never ends
before the rest is told.
"""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from candor.domain.feed import service as feed
from candor.domain.feed.model import Changed, Horizon
from candor.infra.db.embedded import Urls
from candor.infra.db.pool import Database, Tx
from candor.kernel.clock import FixedClock
from candor.kernel.ids import new_id
from tests.conftest import NOON

KINDS = tuple(Changed)
WRITERS = 5
STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["write", "commit", "undo"]), st.integers(0, WRITERS - 1)),
        st.tuples(st.just("read"), st.integers(1, 6)),
    ),
    min_size=5,
    max_size=60,
)


class Undone(Exception):
    """This transaction is given up."""


class Writer:
    """One who writes to the feed on a connection of their own, in long or short transactions."""

    def __init__(self, db: Database, clock: FixedClock) -> None:
        self.db, self.clock = db, clock
        self.stack: AsyncExitStack | None = None
        self.tx: Tx | None = None
        self.written: list[UUID] = []

    async def write(self) -> None:
        if self.stack is None:
            self.stack = AsyncExitStack()
            self.tx = await self.stack.enter_async_context(self.db.tx())
        assert self.tx is not None
        one = new_id()
        await feed.publish(self.tx, Changed.CONSENT, [one], self.clock)
        self.written.append(one)

    async def commit(self) -> list[UUID]:
        done, self.written = self.written, []
        if self.stack is not None:
            await self.stack.aclose()
        self.stack = None
        return done

    async def undo(self) -> None:
        stack, self.stack, self.written = self.stack, None, []
        if stack is not None:
            error = Undone()
            with suppress(Undone):
                await stack.__aexit__(Undone, error, None)


class Follower:
    """One who follows in slices and remembers what was told, how often."""

    def __init__(self, db: Database, horizon: Horizon) -> None:
        self.db, self.horizon = db, horizon
        self.told: list[UUID] = []

    async def read(self, at_most: int) -> bool:
        async with self.db.read() as tx:
            found = await feed.changes(tx, horizon=self.horizon, kinds=KINDS, at_most=at_most)
        self.told += [change.profile_id for change in found.changes]
        self.horizon = found.horizon
        return found.is_all

    async def read_all(self) -> None:
        while not await self.read(3):
            pass


async def play(db: Database, steps: Sequence[tuple[str, int]]) -> None:
    """Play one schedule and compare what was told with what was committed."""
    clock = FixedClock(NOON)
    async with db.read() as tx:
        follower = Follower(db, await feed.now(tx))
    slow = Writer(db, clock)
    await slow.write()  # is open all the time
    writers = [Writer(db, clock) for _ in range(WRITERS)]
    committed: list[UUID] = []
    try:
        for what, number in steps:
            if what == "read":
                await follower.read(number)
            elif what == "write":
                await writers[number].write()
            elif what == "commit":
                committed += await writers[number].commit()
            else:
                await writers[number].undo()
        for writer in writers[::2]:
            committed += await writer.commit()
        await follower.read_all()
        assert sorted(follower.told) == sorted(committed), "nobody waits for the slow one"
        for writer in (*writers, slow):
            committed += await writer.commit()
        await follower.read_all()
        assert sorted(follower.told) == sorted(committed)
    finally:
        for writer in (*writers, slow):
            await writer.undo()


@pytest.mark.timeout(240)
def test_nothing_is_skipped_and_nothing_comes_twice(database_urls: Urls) -> None:
    @settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], database=None)
    @given(STEPS)
    def schedule(steps: list[tuple[str, int]]) -> None:
        async def run() -> None:
            db = Database(database_urls.app, max_size=WRITERS + 3)
            await db.open()
            try:
                await play(db, steps)
            finally:
                await db.close()

        asyncio.run(run())

    schedule()


async def test_kinds_and_the_first_time_are_told_of_each_profile(
    db: Database, clock: FixedClock
) -> None:
    ada, first = new_id(), clock.now()
    async with db.read() as tx:
        horizon = await feed.now(tx)
    for kind in (Changed.ATTRIBUTES, Changed.CONSENT, Changed.ATTRIBUTES):
        async with db.tx() as tx:
            await feed.publish(tx, kind, [ada], clock)
        clock.at = clock.at.replace(minute=clock.at.minute + 1)
    async with db.read() as tx:
        found = await feed.changes(tx, horizon=horizon, kinds=KINDS)
    assert [(c.profile_id, c.count, c.changed_at) for c in found.changes] == [(ada, 3, first)]
    assert found.changes[0].kinds == {Changed.ATTRIBUTES, Changed.CONSENT}


async def test_a_past_instant_is_read_again_and_nothing_behind_it_is_missing(
    committed_db: Database, clock: FixedClock
) -> None:
    db, ids = committed_db, [new_id() for _ in range(4)]
    for one in ids[:2]:
        async with db.tx() as tx:
            await feed.publish(tx, Changed.CONSENT, [one], clock)
        clock.at = clock.at.replace(minute=clock.at.minute + 5)
    since = clock.at.replace(minute=clock.at.minute - 5)
    async with db.tx() as running:
        await feed.publish(running, Changed.CONSENT, [ids[2]], clock)
        async with db.tx() as tx:
            await feed.publish(tx, Changed.CONSENT, [ids[3]], clock)
        async with db.read() as tx:
            horizon = await feed.since(tx, since)
    async with db.read() as tx:
        found = await feed.changes(tx, horizon=horizon, kinds=KINDS)
    assert {change.profile_id for change in found.changes} >= set(ids[1:])

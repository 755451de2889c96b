"""The change feed: whoever keeps the horizon misses no change, however late it commits."""

import asyncio

from candor.domain.feed import service as feed
from candor.domain.feed.model import Changed, Horizon
from candor.infra.db.pool import Database
from candor.kernel.clock import FixedClock
from candor.kernel.ids import new_id

KINDS = tuple(Changed)


async def now(db: Database) -> Horizon:
    """Return the horizon of a new follower."""
    async with db.read() as tx:
        return await feed.now(tx)


async def test_a_change_is_seen_once_it_is_committed_and_not_before(
    db: Database, clock: FixedClock
) -> None:
    ada, horizon = new_id(), await now(db)
    async with db.tx() as tx:
        await feed.publish(tx, Changed.CREATED, [ada], clock)
        async with db.read() as other:
            assert (await feed.follow(other, horizon=horizon, kinds=KINDS)).profile_ids == set()
    async with db.read() as tx:
        assert (await feed.follow(tx, horizon=horizon, kinds=KINDS)).profile_ids == {ada}


async def test_a_late_commit_is_not_skipped(committed_db: Database, clock: FixedClock) -> None:
    db = committed_db
    late, early = new_id(), new_id()
    horizon = await now(db)
    async with db.tx() as tx:
        await feed.publish(tx, Changed.CREATED, [late], clock)
        async with db.tx() as other:
            await feed.publish(other, Changed.CREATED, [early], clock)
        async with db.read() as reader:
            since = await feed.follow(reader, horizon=horizon, kinds=KINDS)
        assert since.profile_ids == {early}
    async with db.read() as tx:
        assert late in (await feed.follow(tx, horizon=since.horizon, kinds=KINDS)).profile_ids


async def test_what_was_rolled_back_never_happened(db: Database, clock: FixedClock) -> None:
    horizon = await now(db)

    async def fail() -> None:
        async with db.tx() as tx:
            await feed.publish(tx, Changed.CREATED, [new_id()], clock)
            raise TimeoutError

    await asyncio.gather(fail(), return_exceptions=True)
    async with db.read() as tx:
        assert (await feed.follow(tx, horizon=horizon, kinds=KINDS)).profile_ids == set()


async def test_many_writers_and_a_follower_that_never_misses(
    committed_db: Database, clock: FixedClock
) -> None:
    db = committed_db
    horizon = await now(db)
    written = [new_id() for _ in range(60)]
    seen: set[object] = set()

    async def write(place: int) -> None:
        for one in written[place::3]:
            async with db.tx() as tx:
                await feed.publish(tx, Changed.CONSENT, [one], clock)
                await asyncio.sleep(0.001 * (place + 1))

    async def follow() -> None:
        nonlocal horizon
        while len(seen) < len(written):
            async with db.read() as tx:
                since = await feed.follow(tx, horizon=horizon, kinds=KINDS)
            seen.update(since.profile_ids)
            horizon = since.horizon
            await asyncio.sleep(0.002)

    await asyncio.wait_for(asyncio.gather(follow(), *(write(place) for place in range(3))), 30)
    assert seen == set(written)


async def test_only_the_kinds_that_were_asked_for_are_told(
    db: Database, clock: FixedClock
) -> None:
    horizon = await now(db)
    ada, ben = new_id(), new_id()
    async with db.tx() as tx:
        await feed.publish(tx, Changed.ATTRIBUTES, [ada], clock)
        await feed.publish(tx, Changed.ERASED, [ben, ben], clock)
    async with db.read() as tx:
        since = await feed.follow(tx, horizon=horizon, kinds=(Changed.ERASED,))
    assert since.profile_ids == {ben}


async def test_a_change_is_told_once_however_long_something_else_runs(
    committed_db: Database, clock: FixedClock
) -> None:
    db, ada, slow = committed_db, new_id(), new_id()
    horizon = await now(db)
    async with db.tx() as running:
        await feed.publish(running, Changed.CREATED, [slow], clock)
        async with db.tx() as tx:
            await feed.publish(tx, Changed.CREATED, [ada], clock)
        told: list[set[object]] = []
        for _ in range(3):
            async with db.read() as reader:
                since = await feed.follow(reader, horizon=horizon, kinds=KINDS)
            told.append(set(since.profile_ids))
            horizon = since.horizon
        assert told == [{ada}, set(), set()]
    async with db.read() as tx:
        since = await feed.follow(tx, horizon=horizon, kinds=KINDS)
    assert since.profile_ids == {slow}


async def test_who_writes_before_reading_misses_nothing_either(
    committed_db: Database, clock: FixedClock
) -> None:
    db, ada, ben = committed_db, new_id(), new_id()
    async with db.tx() as tx:
        await feed.publish(tx, Changed.CREATED, [new_id()], clock)
        async with (
            db.tx() as other
        ):  # a younger one ends first: the older lies below its number
            await feed.publish(other, Changed.CREATED, [new_id()], clock)
        first = await feed.now(tx)
        since = await feed.follow(tx, horizon=first, kinds=KINDS)
        await feed.publish(tx, Changed.CREATED, [ada], clock)
        async with db.tx() as other:
            await feed.publish(other, Changed.CREATED, [ben], clock)
    for horizon in (first, since.horizon):
        async with db.read() as reader:
            later = await feed.follow(reader, horizon=horizon, kinds=KINDS)
        assert {ada, ben} <= set(later.profile_ids)

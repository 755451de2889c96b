"""The watcher: nothing is skipped, nothing counts twice, whatever is killed and however many."""

import asyncio
from datetime import timedelta

import pytest

from candor.app import Candor, watch_of
from candor.domain.access.model.roles import Role
from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor, Outcome
from candor.domain.shield.model.rules import RULES
from candor.domain.shield.service import alerts
from candor.domain.shield.service.watch import ALIVE
from candor.kernel.clock import FixedClock
from tests.factories.attacks import begun, caught_up, fail, mark, open_somebody, seen, staff

SECOND = timedelta(seconds=1)
RULE = RULES["stuffing_network"]
BAD = ("stuffing_network", f"network:{mark('bad')}")


async def attack(candor: Candor, first: int, last: int) -> None:
    """Try some accounts from one network."""
    for n in range(first, last):
        await fail(candor, f"account{n}", "bad", after=SECOND)


async def test_a_half_full_window_outlives_a_killed_watcher(
    candor: Candor, clock: FixedClock
) -> None:
    watch = await begun(candor)
    await attack(candor, 0, RULE.threshold - 1)
    await caught_up(watch)
    del watch  # killed
    clock.advance(ALIVE)
    other = watch_of(candor)
    await attack(candor, RULE.threshold - 1, RULE.threshold)
    await caught_up(other)
    assert BAD in await seen(candor)


async def test_what_was_counted_counts_once(candor: Candor, clock: FixedClock) -> None:
    watch = await begun(candor)
    await attack(candor, 0, RULE.threshold)
    await caught_up(watch)
    clock.advance(ALIVE)
    other = watch_of(candor)  # takes over, and reads the same window again
    await attack(candor, 100, 101)
    await caught_up(other)
    assert (await seen(candor))[BAD].times == 1
    await attack(candor, 200, 200 + RULE.threshold - 1)
    await caught_up(other)
    assert (await seen(candor))[BAD].times == 2


async def test_an_attack_that_goes_on_is_one_alert(candor: Candor) -> None:
    watch = await begun(candor)
    await attack(candor, 0, RULE.threshold * 5)
    await caught_up(watch)
    found = await seen(candor)
    assert set(found) == {BAD}
    assert found[BAD].times == 5


async def test_two_watchers_at_once_see_everything_once(candor: Candor) -> None:
    first, second = watch_of(candor), watch_of(candor)
    await first.once()
    for n in range(RULE.threshold):
        await attack(candor, n, n + 1)
        await asyncio.gather(first.once(), second.once())
    await caught_up(first)
    assert (await seen(candor))[BAD].times == 1


async def test_an_act_that_commits_late_is_not_skipped(
    candor: Candor, clock: FixedClock
) -> None:
    watch = await begun(candor)
    await attack(candor, 0, RULE.threshold - 1)
    async with candor.database.tx() as slow:
        await audit.record(
            slow,
            actor=Actor.machine("portal"),
            action="access.sign_in_failed",
            clock=clock,
            outcome=Outcome.REFUSED,
            detail={"account": mark("slow"), "network": mark("bad")},
        )
        await attack(candor, 0, 3)  # numbers above it are committed, and read, before it
        await caught_up(watch)
        assert not await seen(candor)
    await caught_up(watch)
    assert BAD in await seen(candor)


async def test_a_pass_that_fails_leaves_nothing_and_is_done_again(
    candor: Candor, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = await begun(candor)
    await attack(candor, 0, RULE.threshold)
    put_up = alerts.put_up
    calls = 0

    async def dying(*given: object, **named: object) -> object:
        nonlocal calls
        calls += 1
        await put_up(*given, **named)  # pyright: ignore[reportArgumentType] - handed on as it came
        raise KeyboardInterrupt

    monkeypatch.setattr(alerts, "put_up", dying)
    with pytest.raises(KeyboardInterrupt):
        await watch.once()
    assert calls == 1
    assert not await seen(candor)
    monkeypatch.undo()
    await caught_up(watch)
    assert (await seen(candor))[BAD].times == 1


async def test_a_restored_log_is_watched_from_then_on(candor: Candor) -> None:
    watch = await begun(candor)
    async with candor.database.tx() as tx:
        await tx.connection.execute(
            "UPDATE shield.progress SET horizon = '999999999:999999999:'"
        )
    await caught_up(watch_of(candor))
    await caught_up(watch)
    await attack(candor, 0, RULE.threshold)
    await caught_up(watch_of(candor))
    assert BAD in await seen(candor)


async def test_an_ordinary_busy_day_raises_nothing(candor: Candor, clock: FixedClock) -> None:
    """Ten agents, marketers, an administrator, customers who mistype, a shop that asks."""
    agents = [await staff(candor, Role.SUPPORT) for _ in range(10)]
    clock.advance(timedelta(hours=-4))  # eight in the morning
    watch = await begun(candor)
    minute = timedelta(minutes=1)
    for quarter in range(8 * 4):
        for number, agent in enumerate(agents):
            for _ in range(3 + (number + quarter) % 3):  # 12 to 20 people an hour each
                await open_somebody(candor, agent, after=SECOND)
        for n in range(4):  # customers who mistype, each at home, two at the office
            home = f"home{quarter}-{n}" if n > 1 else "an office"
            for _ in range(1 + n):
                await fail(candor, f"ada{quarter}-{n}", home, after=minute)
        await caught_up(watch)
        clock.advance(timedelta(minutes=4))
    assert not await seen(candor)

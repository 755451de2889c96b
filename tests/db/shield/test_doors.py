"""Attacks at the doors, and the people who must get in meanwhile."""

import asyncio
import json
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta

import pytest

from candor.app import Candor
from candor.domain.access.model.sign_in import Audience
from candor.domain.shield.errors import ChallengeNeeded, TooMany
from candor.domain.shield.jobs import sweep
from candor.domain.shield.model.attempts import RULES, Gauge
from candor.domain.shield.model.measure import MeasureKind
from candor.domain.shield.service import measures
from candor.domain.shield.service.attempts import Attempts
from candor.kernel.clock import FixedClock
from candor.surface.plain.doors import Attempt
from tests.factories.doors import RIGHT, Door, at, known_at, solution

ADA = "staff:ada"


async def fail(door: Door, account: str, times: int, address: str = "192.0.2.7") -> None:
    """Fail so often, solving what is asked for."""
    for _ in range(times):
        assert not await door.persist(at(account, address), "wrong")


@pytest.mark.asvs("6.3.1", "6.1.1")
async def test_the_first_tries_are_free_then_work_is_asked_for(candor: Candor) -> None:
    door = Door.of(candor)
    for _ in range(3):
        assert not await door.sign_in(at(ADA), "wrong")
    with pytest.raises(ChallengeNeeded):
        await door.sign_in(at(ADA), RIGHT)
    assert await door.persist(at(ADA), RIGHT)
    assert await door.sign_in(at(ADA), RIGHT)  # what she failed herself is forgiven


async def test_a_challenge_counts_once_and_for_its_own_account(candor: Candor) -> None:
    door = Door.of(candor)
    await fail(door, ADA, 3)
    await fail(door, "staff:ben", 3, "192.0.2.8")
    view = await door.doors.challenge(at(ADA))
    assert view is not None
    fields = {"altcha": solution(view.task)}
    with pytest.raises(ChallengeNeeded):
        await door.sign_in(at("staff:ben", "192.0.2.8"), RIGHT, fields)
    customer = at(ADA, "192.0.2.9", audience=Audience.CUSTOMER)
    for _ in range(3):
        await door.sign_in(customer, "wrong")
    with pytest.raises(ChallengeNeeded):  # who happens to be called the same
        await door.sign_in(customer, RIGHT, fields)
    assert not await door.sign_in(at(ADA), "wrong", fields)
    with pytest.raises(ChallengeNeeded):
        await door.sign_in(at(ADA), RIGHT, fields)


def packed(payload: object) -> str:
    """Return what a form would carry."""
    return b64encode(json.dumps(payload).encode()).decode()


async def until_stopped(door: Door, people: Iterable[Attempt]) -> int:
    """Try a wrong password for each, solving what is asked for; return how many could try."""
    for tries, who in enumerate(people):
        try:
            assert not await door.persist(who, "wrong")
        except TooMany:
            return tries
    message = "nobody stopped this"
    raise AssertionError(message)


async def test_of_many_at_once_one_solution_lets_one_through(candor: Candor) -> None:
    door = Door.of(candor)
    await fail(door, ADA, 3)
    view = await door.doors.challenge(at(ADA))
    assert view is not None
    fields = {"altcha": solution(view.task)}
    told = await asyncio.gather(
        *(door.sign_in(at(ADA), "wrong", fields) for _ in range(10)), return_exceptions=True
    )
    assert Counter(type(one).__name__ for one in told) == {"bool": 1, "ChallengeNeeded": 9}


async def test_a_challenge_that_was_changed_or_is_too_old_counts_for_nothing(
    candor: Candor, clock: FixedClock
) -> None:
    door = Door.of(candor)
    await fail(door, ADA, 3)
    view = await door.doors.challenge(at(ADA))
    assert view is not None
    good = json.loads(b64decode(solution(view.task)))
    easier = json.loads(view.task)
    easier["parameters"]["keyPrefix"] = ""
    unsigned = good["challenge"] | {"signature": None}
    for one in (
        "",
        "no base64",
        packed([]),
        packed({"challenge": {"parameters": {}}}),
        packed(good | {"solution": {"counter": 0, "derivedKey": "00"}}),
        packed(good | {"solution": {"counter": "x", "derivedKey": None}}),
        packed({"challenge": easier, "solution": good["solution"]}),
        packed({"challenge": unsigned, "solution": good["solution"]}),
        "A" * 100_000,
    ):
        with pytest.raises(ChallengeNeeded):
            await door.sign_in(at(ADA), RIGHT, {"altcha": one})
    clock.advance(timedelta(minutes=11))
    await fail(door, ADA, 2)  # two were paid back meanwhile
    with pytest.raises(ChallengeNeeded):
        await door.sign_in(
            at(ADA), RIGHT, {"altcha": b64encode(json.dumps(good).encode()).decode()}
        )


async def test_an_easy_challenge_that_was_kept_does_not_pay_for_a_hard_one(
    candor: Candor,
) -> None:
    door = Door.of(candor)
    await fail(door, ADA, 3)
    kept = [await door.doors.challenge(at(ADA)) for _ in range(2)]
    for number in range(16):
        await fail(door, ADA, 1, f"198.51.100.{number}")
    assert kept[0] is not None
    with pytest.raises(ChallengeNeeded):
        await door.sign_in(at(ADA), RIGHT, {"altcha": solution(kept[0].task)})


@pytest.mark.asvs("6.3.5")
async def test_without_a_script_one_waits_and_is_let_in(
    candor: Candor, clock: FixedClock
) -> None:
    door = Door.of(candor)
    await fail(door, ADA, 3)
    view = await door.doors.challenge(at(ADA))
    assert view is not None
    fields = {"altcha": "", "ticket": view.ticket}
    with pytest.raises(ChallengeNeeded):
        await door.sign_in(at(ADA), RIGHT, fields)
    again = await door.doors.challenge(at(ADA), fields)
    assert again is not None
    assert again.ticket == view.ticket  # who pressed too early does not wait twice
    clock.advance(timedelta(seconds=view.wait_seconds))
    await fail(door, "staff:ben", 3, "198.51.100.1")
    for stolen in (at("staff:ben"), at(ADA, "203.0.113.5")):
        with pytest.raises(ChallengeNeeded):
            await door.sign_in(stolen, RIGHT, fields)
    assert not await door.sign_in(at(ADA), "wrong", fields)
    with pytest.raises(ChallengeNeeded):
        await door.sign_in(at(ADA), RIGHT, fields)  # used up


async def test_tickets_asked_for_at_once_cost_one_after_another(
    candor: Candor, clock: FixedClock
) -> None:
    door = Door.of(candor)
    await fail(door, ADA, 3)
    views = [await door.doors.challenge(at(ADA)) for _ in range(8)]
    clock.advance(timedelta(minutes=3))
    used = 0
    for view in views:
        assert view is not None
        try:
            await door.sign_in(at(ADA), "wrong", {"ticket": view.ticket})
        except TooMany:
            continue
        used += 1
    assert used == 3


async def test_tries_that_did_not_happen_are_no_failures(candor: Candor) -> None:
    door = Door.of(candor)
    await fail(door, ADA, 3)
    for _ in range(200):  # somebody who only wants to make her wait
        with pytest.raises(ChallengeNeeded):
            await door.sign_in(at(ADA, "203.0.113.5"), "wrong")
    assert await door.persist(at(ADA), RIGHT)


async def test_a_thousand_at_once_from_one_address_are_counted_before_they_are_tried(
    candor: Candor,
) -> None:
    door = Door.of(candor)
    who = [at(f"staff:{number}") for number in range(60)]
    told = await asyncio.gather(
        *(door.sign_in(one, "wrong") for one in who), return_exceptions=True
    )
    assert sum(one is False for one in told) == 5
    assert sum(isinstance(one, ChallengeNeeded) for one in told) == 55


async def test_an_address_that_goes_on_waits_and_its_accounts_do_not(candor: Candor) -> None:
    door = Door.of(candor)
    for number in range(60):
        await fail(door, f"staff:{number}", 1)
    with pytest.raises(TooMany) as told:
        await door.persist(at("staff:60"), "wrong")
    assert 0 < told.value.wait_seconds <= 120
    assert await door.persist(at("staff:7", "203.0.113.5"), RIGHT)


async def test_many_addresses_of_one_network_are_one_attacker(candor: Candor) -> None:
    door = Door.of(candor)
    people = [at(f"staff:{number}", f"203.0.113.{number}") for number in range(1, 256)]
    assert await until_stopped(door, people) == 200
    assert await door.persist(at("staff:7", "198.51.100.1"), RIGHT)


@pytest.mark.asvs("6.3.1", "6.1.1")
async def test_nobody_locks_a_victim_out(candor: Candor) -> None:
    """Slow guessing over many addresses makes the account dear, and its owner still gets in."""
    door = Door.of(candor)
    who = known_at(door, at(ADA))
    for number in range(40):
        await fail(door, ADA, 1, f"10.{number}.0.1")
    hard = await door.doors.challenge(at(ADA, "203.0.113.5"))
    assert hard is not None
    assert json.loads(hard.task)["parameters"]["data"]["step"] == 7
    assert await door.sign_in(who, RIGHT)  # a browser that she used before: as if nothing were
    assert await door.persist(at(ADA, "203.0.113.5"), RIGHT)  # another: by work, not by waiting
    with pytest.raises(ChallengeNeeded):  # and her success is no help to who goes on
        await door.sign_in(at(ADA, "10.200.0.1"), "wrong")


async def test_very_many_failures_leave_each_stranger_a_few_tries_an_hour(
    candor: Candor,
) -> None:
    door = Door.of(candor)
    for rule, who, times in (
        (RULES[Gauge.ACCOUNT], f"staff\x00{ADA}", 102),
        (RULES[Gauge.PAIR], f"staff\x00{ADA}\x00203.0.113.5", 3),
    ):
        async with candor.database.tx() as tx:
            await candor.throttles.count(tx, rule.limit, who, times)
    with pytest.raises(TooMany):
        await door.persist(at(ADA, "203.0.113.5"), RIGHT)
    assert await door.doors.challenge(at(ADA, "198.51.100.1")) is not None


async def test_a_storm_of_stuffing_asks_everybody_for_a_little_work(candor: Candor) -> None:
    """Passwords of others, one try per account and address: only the house sees it."""
    door = Door.of(candor)
    free = 0
    for number in range(100):
        who = at(f"staff:{number}", f"10.{number}.0.1")
        try:
            await door.sign_in(who, "wrong")
        except ChallengeNeeded:
            continue
        free += 1
    assert free == 40
    assert await door.persist(at(ADA, "203.0.113.5"), RIGHT)
    assert await door.sign_in(known_at(door, at("staff:ben", "203.0.113.6")), RIGHT)


async def test_a_busy_office_behind_one_address_is_not_stopped(candor: Candor) -> None:
    """Two hundred people in the morning, every fifth mistypes once; all of them get in."""
    door = Door.of(candor)
    for number in range(200):
        who = at(f"staff:{number}")
        if number % 5 == 0:
            assert not await door.sign_in(who, "wrong")
        assert await door.sign_in(who, RIGHT)


async def test_an_office_next_to_an_attacker_gets_in_by_its_known_browsers(
    candor: Candor,
) -> None:
    door = Door.of(candor)
    people = [known_at(door, at(f"staff:{number}")) for number in range(20)]
    for number in range(60):
        await fail(door, f"staff:{number}", 1)
    with pytest.raises(TooMany):
        await door.persist(at("staff:7"), RIGHT)
    assert all([await door.sign_in(who, RIGHT) for who in people])


async def test_who_signs_in_clears_no_way_for_what_they_failed_on_others(
    candor: Candor,
) -> None:
    door = Door.of(candor)
    for number in range(30):
        await fail(door, f"staff:{number}", 1)
        assert await door.persist(at("staff:mallory"), RIGHT)
    with pytest.raises(ChallengeNeeded):
        await door.sign_in(at("staff:99"), "wrong")


async def test_a_known_browser_that_guesses_is_stopped_by_itself(
    candor: Candor, clock: FixedClock
) -> None:
    door = Door.of(candor)
    stolen = known_at(door, at(ADA))
    assert await until_stopped(door, [stolen] * 30) == 20
    assert await door.sign_in(at(ADA, "203.0.113.5"), RIGHT)
    assert door.doors.remember(stolen).value != stolen.kept  # another one each time
    other = at("staff:ben", kept=stolen.kept)
    await fail(door, "staff:ben", 3, "198.51.100.1")
    with pytest.raises(ChallengeNeeded):  # it is known to one account only
        await door.sign_in(other, RIGHT)
    clock.advance(timedelta(days=181))
    await fail(door, ADA, 3, "198.51.100.1")
    with pytest.raises(ChallengeNeeded):
        await door.sign_in(stolen, RIGHT)


@pytest.mark.asvs("6.6.3")
async def test_second_factors_wait_whatever_the_address(candor: Candor) -> None:
    """Whoever fails here knew the password: nobody else can make the owner wait."""
    door = Door.of(candor)
    places = [at(ADA, f"10.{number}.0.1", is_second_factor=True) for number in range(30)]
    assert await until_stopped(door, places) == 10
    assert await door.sign_in(at(ADA, "203.0.113.5"), RIGHT)  # the first factor is not closed


async def test_a_measure_against_a_network_asks_it_for_work(candor: Candor) -> None:
    door = Door.of(candor)
    network = candor.keyring.fixed_key("networks")
    label = f"network:{at(ADA).caller.mark(network).hex()}"
    async with candor.database.tx() as tx:
        assert await measures.take(
            tx,
            MeasureKind.CHALLENGE,
            label,
            alert_id=None,
            lasts=timedelta(hours=1),
            deeds=measures.NO_DEEDS,
            clock=candor.clock,
        )
    with pytest.raises(ChallengeNeeded):
        await door.sign_in(at(ADA), RIGHT)
    assert await door.persist(at(ADA), RIGHT)
    assert await door.sign_in(at(ADA, "203.0.113.5"), RIGHT)


async def test_what_is_over_is_swept_away(candor: Candor, clock: FixedClock) -> None:
    door = Door.of(candor)
    await fail(door, ADA, 6)
    clock.advance(timedelta(days=2))
    attempts = Attempts(candor.keyring.fixed_key("altcha"), candor.throttles, clock)
    await sweep(candor.database, attempts)
    async with candor.database.tx() as tx:
        assert await attempts.sweep(tx) == 0
    assert await door.sign_in(at(ADA), RIGHT)

"""Choices in the database: append-only, for every profile of a person, and always folded."""

import asyncio
import random
from datetime import timedelta

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from candor.app import Candor
from candor.domain.catalogue.model import Regime
from candor.domain.consent.model.choice import Choice, fold
from candor.domain.consent.model.decision import Reason
from candor.domain.consent.service import choices, gate
from candor.domain.consent.service.choices import Statement
from candor.domain.feed import service as feed
from candor.domain.feed.model import Changed
from candor.kernel.ids import ProfileId, new_id
from tests.factories.house import (
    choose,
    make_person,
    policy_of,
    say,
    start_profiles,
    statement,
    states_of,
)

Owner = psycopg.Connection[tuple[object, ...]]
lots = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
histories = st.lists(
    st.tuples(
        st.integers(0, 2),  # through which profile
        st.integers(0, 4),  # about which purpose
        st.sampled_from(Choice),
        st.integers(-500, 0),  # days from noon
    ),
    max_size=10,
)


async def allows(candor: Candor, profile_id: ProfileId, purpose: str) -> bool:
    """Tell whether a purpose is allowed with a profile now."""
    policy = await policy_of(candor)
    async with candor.database.read() as tx:
        found = await gate.explained(tx, profile_id, policy=policy, now=candor.clock.now())
    return found[purpose].allowed


async def join_states(candor: Candor, *profile_ids: ProfileId) -> None:
    """Make one person of some profiles, as a merge does."""
    policy = await policy_of(candor)
    heads = dict.fromkeys(profile_ids, profile_ids[0])
    async with candor.database.tx() as tx:
        await choices.regroup(tx, heads, policy=policy, clock=candor.clock)


@lots
@given(histories, st.lists(st.sampled_from([*Regime, None]), min_size=3, max_size=3))
async def test_the_state_is_what_replaying_the_records_gives(
    candor: Candor, history: list[tuple[int, int, Choice, int]], laws: list[Regime | None]
) -> None:
    policy = await policy_of(candor)
    now = candor.clock.now()
    ids = await start_profiles(candor, laws)
    await join_states(candor, *ids[:2])
    for place, bit, choice, days in history:
        one = statement(ids[place], bit, choice, now + timedelta(days=days))
        await say(candor, one)
    states = await states_of(candor, ids)
    async with candor.database.read() as tx:
        records = await gate.history(tx, ids)
    for group in (ids[:2], ids[2:]):
        own = [record for record in records if record.profile_id in group]
        regimes = {states[p].regime for p in group}
        regime = regimes.pop() if len(regimes) == 1 else None
        replayed = fold(own, frozenset(group), policy, regime, now)
        for profile_id in group:
            assert (states[profile_id].allowed, states[profile_id].valid_until) == replayed


@lots
@given(histories, st.integers(0, 99))
async def test_the_order_in_which_choices_arrive_does_not_matter(
    candor: Candor, history: list[tuple[int, int, Choice, int]], seed: int
) -> None:
    now = candor.clock.now()
    found: list[list[tuple[int, object]]] = []
    for turn in range(2):
        ids = await start_profiles(candor, [Regime.GDPR] * 3)
        await join_states(candor, *ids)
        # Ids grow with the order of making: a tie between two noes is broken by them alone.
        said = [
            statement(ids[place], bit, choice, now + timedelta(days=days))
            for place, bit, choice, days in history
        ]
        if turn:
            random.Random(seed).shuffle(said)  # noqa: S311 - no secret
        for one in said:
            await say(candor, one)
        states = await states_of(candor, ids)
        found.append([(states[p].allowed, states[p].valid_until) for p in ids])
    assert found[0] == found[1]


async def test_who_was_never_asked_has_said_nothing(candor: Candor) -> None:
    ada = await make_person(candor)
    policy = await policy_of(candor)
    async with candor.database.read() as tx:
        found = await gate.explained(tx, ada, policy=policy, now=candor.clock.now())
    assert {p: d.allowed for p, d in found.items()} == {
        "orders": True,
        "books": True,
        "insight": True,
        "news": False,
        "ads": False,
    }
    assert found["news"].reason is Reason.NEVER_ASKED


async def test_a_profile_that_is_not_known_is_allowed_nothing(candor: Candor) -> None:
    policy = await policy_of(candor)
    nobody = ProfileId(new_id())
    async with candor.database.read() as tx:
        found = await gate.explained(tx, nobody, policy=policy, now=candor.clock.now())
        assert await gate.members(tx, nobody) == []
    assert {d.reason for d in found.values()} == {Reason.UNKNOWN_PROFILE}
    assert not any(d.allowed for d in found.values())


async def test_a_choice_through_an_unknown_profile_is_left_out(candor: Candor) -> None:
    nobody = ProfileId(new_id())
    await choose(candor, nobody, "news", Choice.GRANTED)
    async with candor.database.read() as tx:
        assert await gate.history(tx, [nobody]) == []


async def test_a_choice_counts_for_every_profile_of_the_person(candor: Candor) -> None:
    ids = await start_profiles(candor, [Regime.GDPR] * 3)
    await join_states(candor, ids[0], ids[1])
    await choose(candor, ids[1], "news", Choice.GRANTED)
    assert await allows(candor, ids[0], "news")
    assert await allows(candor, ids[1], "news")
    assert not await allows(candor, ids[2], "news")


async def test_a_choice_that_is_sent_again_is_kept_once(candor: Candor) -> None:
    [ada] = await start_profiles(candor, [Regime.GDPR])
    policy = await policy_of(candor)
    yes = statement(ada, policy.bits["news"], Choice.GRANTED, candor.clock.now())
    no = Statement(
        yes.record_id, ada, yes.purpose_id, Choice.DENIED, yes.decided_at, yes.surface
    )
    for one in (yes, yes, no):
        await say(candor, one)
    async with candor.database.read() as tx:
        assert [record.choice for record in await gate.history(tx, [ada])] == ["granted"]


async def test_a_stale_choice_changes_nothing_but_the_history(candor: Candor) -> None:
    ada = await make_person(candor)
    await choose(candor, ada, "news", Choice.DENIED)
    await choose(candor, ada, "news", Choice.GRANTED, after=timedelta(days=-1))
    assert not await allows(candor, ada, "news")
    async with candor.database.read() as tx:
        assert len(await gate.history(tx, [ada])) == 2


async def test_a_yes_runs_out_when_the_catalogue_says(candor: Candor) -> None:
    ada = await make_person(candor)
    await choose(candor, ada, "news", Choice.GRANTED)
    await choose(candor, ada, "ads", Choice.GRANTED)
    async with candor.database.read() as tx:
        ends = {r.purpose_id: r.expires_at for r in await gate.history(tx, [ada])}
    policy = await policy_of(candor)
    assert ends == {
        policy.bits["news"]: candor.clock.now() + timedelta(days=365),
        policy.bits["ads"]: None,
    }


async def test_a_no_never_runs_out(candor: Candor) -> None:
    ada = await make_person(candor)
    await choose(candor, ada, "news", Choice.DENIED)
    async with candor.database.read() as tx:
        assert [r.expires_at for r in await gate.history(tx, [ada])] == [None]


async def test_every_change_of_mind_is_published(candor: Candor) -> None:
    ids = await start_profiles(candor, [Regime.GDPR] * 2)
    await join_states(candor, *ids)
    async with candor.database.read() as tx:
        horizon = await feed.now(tx)
    await choose(candor, ids[0], "news", Choice.GRANTED)
    async with candor.database.read() as tx:
        since = await feed.follow(tx, horizon=horizon, kinds=(Changed.CONSENT,))
    assert since.profile_ids == set(ids)


@pytest.mark.parametrize(
    "command",
    [
        "UPDATE consent.record SET choice = 'granted'",
        "UPDATE consent.record SET decided_at = now()",
        "DELETE FROM consent.record",
        "TRUNCATE consent.record",
    ],
)
async def test_not_even_the_owner_rewrites_a_choice(
    candor: Candor, owner: Owner, command: str
) -> None:
    await choose(candor, await make_person(candor), "news", Choice.DENIED)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        owner.execute(command.encode())
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with candor.database.tx() as tx:
            await tx.connection.execute(command.encode())
    async with candor.database.read() as tx:
        kept = await gate.history(tx, [ProfileId(row) for row in await _ids(candor)])
    assert [record.choice for record in kept] == ["denied"]


async def _ids(candor: Candor) -> list[ProfileId]:
    async with candor.database.read() as tx:
        found = await tx.connection.execute("SELECT profile_id FROM consent.state")
        return [row[0] for row in await found.fetchall()]


async def test_a_choice_in_the_middle_of_a_merge_counts_for_both(candor: Candor) -> None:
    policy = await policy_of(candor)
    ada, ben = await start_profiles(candor, [Regime.GDPR] * 2)
    await choose(candor, ben, "news", Choice.DENIED)
    async with candor.database.tx() as tx:
        await choices.regroup(tx, {ada: ada, ben: ada}, policy=policy, clock=candor.clock)
        choosing = asyncio.create_task(choose(candor, ada, "news", Choice.GRANTED))
        objecting = asyncio.create_task(choose(candor, ada, "insight", Choice.DENIED))
        await asyncio.sleep(0.2)
    await choosing
    await objecting
    for profile_id in (ada, ben):
        assert not await allows(candor, profile_id, "news")
        assert not await allows(candor, profile_id, "insight")

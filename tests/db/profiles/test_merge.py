"""A merge never moves a row: whatever was joined comes apart as it was."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from candor.app import Candor
from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.domain.consent.model.choice import Choice
from candor.domain.consent.model.state import Standing
from candor.domain.consent.service import choices
from candor.domain.consent.service.gate import OWN_DATA
from candor.domain.feed import service as feed
from candor.domain.feed.model import Changed
from candor.domain.profiles.errors import NoSuchMerge, NoSuchProfile, NoSuchReview
from candor.domain.profiles.model import MergeRule
from candor.domain.profiles.service import merge, read
from candor.domain.profiles.service.merge import Join, Question
from candor.kernel.clock import FixedClock
from candor.kernel.errors import Unavailable
from candor.kernel.ids import MergeId, ProfileId, ReviewId, new_id
from tests.factories.house import (
    choose,
    fresh_email,
    make_person,
    order,
    policy_of,
    rules_of,
    send,
    states_of,
)

Owner = psycopg.Connection[tuple[object, ...]]
DORA = Actor.staff("dora")
lots = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


async def join(candor: Candor, one: ProfileId, other: ProfileId) -> MergeId:
    """Join two profiles by hand and commit."""
    policy = await policy_of(candor)
    pair = Join(one, other, MergeRule.BY_HAND, {}, DORA)
    async with candor.database.tx() as tx:
        await merge.join(tx, [pair], vault=candor.vault, policy=policy, clock=candor.clock)
        newest = (await merge.journal(tx, [one]))[0]
    return MergeId(newest.merge_id)


async def join_at_last(candor: Candor, one: ProfileId, other: ProfileId) -> None:
    """Join two profiles, again where others did the same and both waited for each other."""
    for _ in range(5):
        with suppress(Unavailable):
            await join(candor, one, other)
            return
    pytest.fail("never joined")


async def undo(candor: Candor, merge_id: MergeId) -> frozenset[ProfileId]:
    """Undo a merge and commit."""
    policy = await policy_of(candor)
    async with candor.database.tx() as tx:
        return await merge.unmerge(
            tx, merge_id, actor=DORA, vault=candor.vault, policy=policy, clock=candor.clock
        )


async def heads(candor: Candor, *people: ProfileId) -> list[ProfileId]:
    """Return the head of each profile."""
    async with candor.database.read() as tx:
        return [await read.head(tx, one) for one in people]


async def seen(candor: Candor, people: list[ProfileId]) -> Mapping[ProfileId, Any]:
    """Return all that can be seen of each person: head, members, choices, facts, contacts."""
    rules = await rules_of(candor)
    states = await states_of(candor, people)
    found: dict[ProfileId, Any] = {}
    for profile_id in people:
        async with candor.database.tx() as tx:
            person = await read.open_person(
                tx,
                profile_id,
                purpose=OWN_DATA,
                actor=Actor.customer(profile_id),
                in_force=rules.in_force,
                vault=candor.vault,
            )
        found[profile_id] = (states[profile_id], person)
    return found


@lots
@given(
    people=st.lists(
        st.tuples(
            st.sampled_from(["shop", "far"]),
            st.sampled_from(["Ada", "Ben"]),
            st.lists(
                st.tuples(st.sampled_from(["news", "insight", "ads"]), st.sampled_from(Choice)),
                max_size=3,
            ),
        ),
        min_size=2,
        max_size=5,
    ),
    pairs=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=6),
    turns=st.permutations(range(6)),
)
async def test_undoing_every_merge_in_any_order_restores_everything(
    candor: Candor,
    people: list[tuple[str, str, list[tuple[str, Choice]]]],
    pairs: list[tuple[int, int]],
    turns: list[int],
) -> None:
    ids: list[ProfileId] = []
    for source, name, said in people:
        ids.append(await make_person(candor, source=source, name=name, email=fresh_email()))
        for purpose, choice in said:
            await choose(candor, ids[-1], purpose, choice)
    before = await seen(candor, ids)
    wanted = {(a % len(ids), b % len(ids)) for a, b in pairs}
    merges = [await join(candor, ids[a], ids[b]) for a, b in sorted(wanted) if a != b]
    for place in turns:
        if place < len(merges):
            await undo(candor, merges[place])
    assert await seen(candor, ids) == before


@lots
@given(turns=st.permutations(range(4)))
async def test_the_head_does_not_depend_on_the_order_of_merges(
    candor: Candor, clock: FixedClock, turns: list[int]
) -> None:
    people: list[ProfileId] = []
    for _ in range(5):
        people.append(await make_person(candor))
        clock.advance(timedelta(seconds=1))
    for place in turns:
        await join(candor, people[place], people[place + 1])
    assert await heads(candor, *people) == [people[0]] * 5


async def test_known_comes_before_anonymous_and_then_the_oldest(
    candor: Candor, clock: FixedClock
) -> None:
    await send(candor, "shop", order(candor, anonymousId="d1"))
    rules = await rules_of(candor)
    async with candor.database.read() as tx:
        anonymous = await read.find(
            tx, "device", "d1", in_force=rules.in_force, vault=candor.vault
        )
    clock.advance(timedelta(days=1))
    known = await make_person(candor)
    clock.advance(timedelta(days=1))
    younger = await make_person(candor)
    await join(candor, anonymous, younger)
    assert await heads(candor, anonymous, younger) == [younger, younger]
    await join(candor, younger, known)
    assert await heads(candor, anonymous, younger, known) == [known] * 3


async def test_old_ids_stay_resolvable(candor: Candor) -> None:
    ada, ben = await make_person(candor), await make_person(candor)
    await join(candor, ben, ada)
    async with candor.database.read() as tx:
        assert await read.head(tx, ben) == await read.head(tx, ada)
        with pytest.raises(NoSuchProfile):
            await read.head(tx, ProfileId(new_id()))


async def test_a_no_of_either_is_the_no_of_both_until_they_come_apart(candor: Candor) -> None:
    ada, ben = await make_person(candor), await make_person(candor)
    policy = await policy_of(candor)
    news = policy.bits["news"]
    await choose(candor, ada, "news", Choice.GRANTED)
    await choose(candor, ben, "news", Choice.DENIED)
    merged = await join(candor, ada, ben)
    states = await states_of(candor, [ada, ben])
    assert [state.allowed >> news & 1 for state in states.values()] == [0, 0]
    await undo(candor, merged)
    states = await states_of(candor, [ada, ben])
    assert (states[ada].allowed >> news & 1, states[ben].allowed >> news & 1) == (1, 0)


async def test_after_coming_apart_another_s_yes_is_gone_and_another_s_no_stays(
    candor: Candor, clock: FixedClock
) -> None:
    ada, ben = await make_person(candor), await make_person(candor)
    bits = (await policy_of(candor)).bits
    merged = await join(candor, ada, ben)
    await choose(candor, ben, "news", Choice.GRANTED)
    await choose(candor, ben, "insight", Choice.DENIED)
    clock.advance(timedelta(minutes=1))
    await undo(candor, merged)
    states = await states_of(candor, [ada, ben])
    assert states[ben].allowed >> bits["news"] & 1
    assert not states[ada].allowed >> bits["news"] & 1
    assert not states[ada].allowed >> bits["insight"] & 1


async def test_a_merge_is_undone_once(candor: Candor) -> None:
    ada, ben = await make_person(candor), await make_person(candor)
    merged = await join(candor, ada, ben)
    assert await undo(candor, merged) == {ada, ben}
    for unknown in (merged, MergeId(new_id())):
        with pytest.raises(NoSuchMerge):
            await undo(candor, unknown)


async def test_a_preview_shows_who_would_be_left(candor: Candor) -> None:
    ada, ben, cleo = [await make_person(candor) for _ in range(3)]
    await join(candor, ada, ben)
    merged = await join(candor, ben, cleo)
    async with candor.database.read() as tx:
        _, groups = await merge.preview_unmerge(tx, merged)
    assert set(groups) == {frozenset({ada, ben}), frozenset({cleo})}
    await undo(candor, merged)
    assert len(set(await heads(candor, ada, ben, cleo))) == 2
    async with candor.database.read() as tx:
        with pytest.raises(NoSuchMerge):
            await merge.preview_unmerge(tx, merged)


async def test_merging_and_undoing_stand_in_journal_log_and_feed(candor: Candor) -> None:
    ada, ben = await make_person(candor), await make_person(candor)
    async with candor.database.read() as tx:
        horizon = await feed.now(tx)
    merged = await join(candor, ada, ben)
    await undo(candor, merged)
    async with candor.database.read() as tx:
        [entry] = await merge.journal(tx, [ben])
        joined = await audit.newest(tx, action="profiles.merge")
        undone = await audit.newest(tx, action="profiles.unmerge")
        subjects = set(await candor.vault.pseudonyms(tx, [ada, ben]))
        since = await feed.follow(tx, horizon=horizon, kinds=(Changed.MERGED, Changed.UNMERGED))
    assert (entry.rule, entry.merged_by, entry.undone_by) == ("by_hand", DORA.label, DORA.label)
    assert {e.subject for e in joined} == {e.subject for e in undone} == subjects
    assert since.profile_ids == {ada, ben}


async def ask(candor: Candor, one: ProfileId, other: ProfileId) -> ReviewId:
    """Ask whether two profiles are one person."""
    async with candor.database.tx() as tx:
        await merge.ask(tx, Question(one, other, "not_verified", {}), clock=candor.clock)
        return ReviewId((await merge.open_reviews(tx))[-1].review_id)


async def settle(candor: Candor, review_id: ReviewId, *, same: bool) -> None:
    """Settle a question and commit."""
    policy = await policy_of(candor)
    async with candor.database.tx() as tx:
        await merge.settle(
            tx,
            review_id,
            same=same,
            actor=DORA,
            vault=candor.vault,
            policy=policy,
            clock=candor.clock,
        )


async def test_a_question_is_asked_once_from_either_side(candor: Candor) -> None:
    ada, ben = await make_person(candor), await make_person(candor)
    await ask(candor, ada, ben)
    await ask(candor, ben, ada)
    async with candor.database.read() as tx:
        assert len(await merge.open_reviews(tx)) == 1


@pytest.mark.parametrize("same", [True, False])
async def test_a_settled_question_is_closed(candor: Candor, same: bool) -> None:
    ada, ben = await make_person(candor), await make_person(candor)
    review = await ask(candor, ada, ben)
    await settle(candor, review, same=same)
    assert (len(set(await heads(candor, ada, ben))) == 1) is same
    for unknown in (review, ReviewId(new_id())):
        with pytest.raises(NoSuchReview):
            await settle(candor, unknown, same=same)


async def test_merging_by_hand_overrules_that_they_were_kept_apart(candor: Candor) -> None:
    ada, ben = await make_person(candor), await make_person(candor)
    await undo(candor, await join(candor, ada, ben))
    await settle(candor, await ask(candor, ada, ben), same=True)
    assert len(set(await heads(candor, ada, ben))) == 1


async def test_two_merges_at_once_make_one_person(candor: Candor) -> None:
    for _ in range(4):
        people = [await make_person(candor) for _ in range(4)]
        await asyncio.gather(*(join_at_last(candor, a, b) for a, b in pairwise(people)))
        assert len(set(await heads(candor, *people))) == 1
        states = await states_of(candor, people)
        assert len({state.head_id for state in states.values()}) == 1


async def test_a_merge_that_waited_for_another_sees_whom_it_joined(candor: Candor) -> None:
    policy = await policy_of(candor)
    ada, ben, cleo = [await make_person(candor) for _ in range(3)]
    pair = Join(ada, ben, MergeRule.BY_HAND, {}, DORA)
    async with candor.database.tx() as tx:
        await merge.join(tx, [pair], vault=candor.vault, policy=policy, clock=candor.clock)
        waiting = asyncio.create_task(join(candor, cleo, ben))
        await asyncio.sleep(0.2)
    await waiting
    assert len(set(await heads(candor, ada, ben, cleo))) == 1


async def test_a_merge_is_kept_whole_or_not_at_all(candor: Candor, owner: Owner) -> None:
    ada, ben = await make_person(candor), await make_person(candor)
    owner.execute("REVOKE INSERT ON feed.change FROM candor_app")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        await join(candor, ada, ben)
    assert await heads(candor, ada, ben) == [ada, ben]
    counted = owner.execute("SELECT count(*) FROM profiles.merge").fetchone()
    assert counted == (0,)
    assert {s.head_id for s in (await states_of(candor, [ada, ben])).values()} == {
        UUID(str(ada)),
        UUID(str(ben)),
    }


async def test_a_restricted_profile_restricts_the_person_until_they_are_separated(
    candor: Candor,
) -> None:
    ada, ben = await make_person(candor), await make_person(candor)
    before = (await states_of(candor, [ben]))[ben].allowed
    async with candor.database.tx() as tx:
        await choices.set_standing(tx, [ada], Standing.RESTRICTED, candor.clock)
    policy = await policy_of(candor)
    pair = Join(ada, ben, MergeRule.BY_HAND, {}, DORA)
    async with candor.database.tx() as tx:
        await merge.join(tx, [pair], vault=candor.vault, policy=policy, clock=candor.clock)
    assert before
    assert {state.allowed for state in (await states_of(candor, [ada, ben])).values()} == {0}
    async with candor.database.tx() as tx:
        [one] = await merge.journal(tx, [ada])
        await merge.unmerge(
            tx,
            MergeId(one.merge_id),
            actor=DORA,
            vault=candor.vault,
            policy=policy,
            clock=candor.clock,
        )
    states = await states_of(candor, [ada, ben])
    assert states[ben].allowed == before
    assert states[ada].standing == Standing.RESTRICTED

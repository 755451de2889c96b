"""Preferences in the database: kept for every profile of a person, and always folded."""

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from typing import LiteralString
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from candor.app import Candor
from candor.domain.catalogue.model import Frequency, Regime
from candor.domain.consent.model.decision import Ask, Decision, Reason
from candor.domain.consent.model.policy import Policy
from candor.domain.consent.model.preference import (
    ChannelSignal,
    TopicWish,
    Wish,
    fold_wishes,
)
from candor.domain.consent.model.state import Standing
from candor.domain.consent.queries import preferences as preferred
from candor.domain.consent.service import choices, counting, gate, preferences
from candor.domain.consent.service.preferences import Said
from candor.kernel.clock import FixedClock
from candor.kernel.ids import ProfileId, new_id
from tests.factories.choices import channel_kinds, wish_values
from tests.factories.house import TEST, make_person, policy_of, start_profiles, states_of

Owner = psycopg.Connection[tuple[object, ...]]
lots = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


async def wish(
    candor: Candor, via: ProfileId, said: Wish, *, days: float = 0, wish_id: UUID | None = None
) -> None:
    """Say a preference some days from now, through a profile."""
    policy = await policy_of(candor)
    one = Said(
        wish_id or new_id(), via, said, candor.clock.now() + timedelta(days=days), "portal"
    )
    async with candor.database.tx() as tx:
        await preferences.prefer(
            tx, [one], actor=TEST, vault=candor.vault, policy=policy, clock=candor.clock
        )


def signal(owner: Owner, candor: Candor, profile_id: ProfileId, heard: ChannelSignal) -> None:
    """Write a signal about a channel down, as if it had been heard."""
    owner.execute(
        "INSERT INTO consent.signal (profile_id, signal_id, via_profile_id, kind, channel_id,"
        " is_readable, decided_at, recorded_at, surface)"
        " VALUES (%s, %s, %s, %s, %s, true, %s, %s, 'test')",
        (
            profile_id,
            new_id(),
            profile_id,
            heard.kind,
            heard.channel_id,
            heard.decided_at,
            candor.clock.now(),
        ),
    )


async def refold(candor: Candor, profile_ids: list[ProfileId]) -> None:
    """Fold people again."""
    policy = await policy_of(candor)
    async with candor.database.tx() as tx:
        await choices.refold(tx, profile_ids, policy=policy, clock=candor.clock)


histories = st.lists(st.tuples(st.integers(0, 2), wish_values, st.integers(-2, 0)), max_size=8)
channel_signals = st.lists(
    st.tuples(
        st.integers(0, 2), st.sampled_from(channel_kinds), st.integers(0, 2), st.integers(-2, 0)
    ),
    max_size=4,
)


@lots
@given(histories, channel_signals, st.booleans())
async def test_the_reach_is_what_replaying_wishes_and_signals_gives(
    candor: Candor,
    owner: Owner,
    clock: FixedClock,
    history: list[tuple[int, Wish, int]],
    heard: list[tuple[int, str, int, int]],
    parts_again: bool,
) -> None:
    policy = await policy_of(candor)
    now = clock.now()
    ids = await start_profiles(candor, [Regime.GDPR] * 3)
    async with candor.database.tx() as tx:
        heads = dict.fromkeys(ids[:2], ids[0])
        await choices.regroup(tx, heads, policy=policy, clock=clock)
    for place, said, days in history:
        await wish(candor, ids[place], said, days=days)
    for place, kind, channel, days in heard:
        one = ChannelSignal(ids[place], kind, channel, now + timedelta(days=days))
        signal(owner, candor, ids[place], one)
    await refold(candor, ids)
    groups = [ids[:2], ids[2:]]
    if parts_again:
        groups = [[one] for one in ids]
        async with candor.database.tx() as tx:
            await choices.regroup(
                tx, dict(zip(ids, ids, strict=True)), policy=policy, clock=clock
            )
    states = await states_of(candor, ids)
    async with candor.database.read() as tx:
        for group in groups:
            folded = fold_wishes(
                await preferred.wishes(tx, profile_ids=group),
                await preferred.channel_signals(tx, profile_ids=group),
                frozenset(group),
            )
            for profile_id in group:
                stands = await preferences.standing(tx, profile_id, policy=policy)
                assert stands is not None
                blocked = {policy.channels[c].bit: b for c, b in stands.blocked.items()}
                assert blocked == dict(folded.blocked)
                for (topic, channel), frequency in stands.frequencies.items():
                    rule, where = policy.topics[topic], policy.channels[channel].bit
                    silent = rule.defaults.get(where, Frequency.NEVER)
                    assert frequency == folded.frequencies.get((where, rule.bit), silent)
                state = states[profile_id]
                assert state.paused_until == folded.paused_until
                assert (state.quiet_hours, state.zone) == (folded.quiet_hours, folded.zone)


masks = st.integers(0, 7)
people = st.lists(
    st.tuples(
        st.sampled_from(Standing),
        st.integers(0, 31),  # allowed purposes
        st.sampled_from([None, -1, 1]),  # seconds until the mask runs out
        st.integers(0, 7),  # contact points
        st.sampled_from([-1, 0, 1]),  # seconds of pause left
        st.integers(0, (1 << 24) - 1),  # quiet hours
        st.sampled_from([None, "Asia/Kolkata", "America/Los_Angeles"]),
        st.none()
        | st.tuples(
            masks, masks, masks, masks, st.sampled_from([None, None, "stop", "bounce"])
        ),
        st.sampled_from([None, 0.5, 1, 3, 7, 20, 30, 40]),  # days since the last message
        st.booleans(),  # whether the next one is the same person
    ),
    max_size=8,
)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(people)
async def test_the_gate_for_messages_in_sql_is_the_gate_in_python(
    candor: Candor, owner: Owner, clock: FixedClock, rows: list[tuple[object, ...]]
) -> None:
    policy = await policy_of(candor)
    now = clock.now()
    owner.execute("DELETE FROM consent.state")
    owner.execute("DELETE FROM consent.reach")
    owner.execute("DELETE FROM consent.contact")
    heads: list[ProfileId] = []
    joins_previous = False
    for row in rows:
        profile_id = ProfileId(new_id())
        head = heads[-1] if joins_previous and heads else profile_id
        _insert(owner, policy, profile_id, head, row, now)
        heads += [profile_id] if head == profile_id else []
        joins_previous = bool(row[-1])
    for topic, rule in policy.topics.items():
        for channel in policy.channels:
            asks = [Ask(head, rule.purpose, channel, topic) for head in heads]
            async with candor.database.read() as tx:
                decided = await gate.decisions(tx, asks, policy=policy, now=now)
                reached = await gate.audience(
                    tx, rule.purpose, policy=policy, now=now, channel=channel, topic=topic
                )
                counted = await counting.reach(tx, policy=policy, now=now)
            assert reached == sum(decision.allowed for decision in decided)
            if policy.channels[channel].bit in rule.offered:
                assert counted[topic, channel] == _by_reason(decided)


def _by_reason(decided: Iterable[Decision]) -> dict[str, int]:
    """Return how many are reached, and how many of those who are active are not, and why."""
    reasons = Counter(
        counting.ALLOWED if one.allowed else one.reason.value
        for one in decided
        if one.reason not in {Reason.ERASED, Reason.RESTRICTED}
    )
    for reason in (Reason.EXPIRED, Reason.OBJECTED, Reason.NO_LEGAL_BASIS):
        if reasons[reason.value]:
            reasons[Reason.NO_CONSENT.value] += reasons.pop(reason.value)
    return dict(+reasons)


def _insert(
    owner: Owner,
    policy: Policy,
    profile_id: ProfileId,
    head: ProfileId,
    row: tuple[object, ...],
    now: object,
) -> None:
    standing, allowed, until, points, pause, quiet, zone, reach, days, _ = row
    owner.execute(
        "INSERT INTO consent.state (profile_id, head_id, standing, regime, allowed, valid_until,"
        " folded_at, points, paused_until, quiet_hours, zone)"
        " VALUES (%(id)s, %(head)s, %(standing)s, 'gdpr', %(allowed)s,"
        " coalesce(%(now)s + %(until)s * interval '1 second', 'infinity'), %(now)s, %(points)s,"
        " %(now)s + %(pause)s * interval '1 second', %(quiet)s, %(zone)s)",
        {
            "id": profile_id,
            "head": head,
            "standing": standing,
            "allowed": allowed,
            "until": until,
            "now": now,
            "points": points,
            "pause": pause,
            "quiet": quiet,
            "zone": zone,
        },
    )
    for channel in policy.channels.values():
        if isinstance(reach, tuple):
            owner.execute(
                "INSERT INTO consent.reach VALUES (%s, %s, %s, %s, %s, %s, %s)",
                (profile_id, channel.bit, *reach),
            )
        if days is not None:
            for topic in policy.topics.values():
                owner.execute(
                    "INSERT INTO consent.contact VALUES"
                    " (%s, %s, %s, %s - %s * interval '1 day')",
                    (profile_id, channel.bit, topic.bit, now, days),
                )


# ----------------------------------------------------------------------------------- by hand
async def decided(candor: Candor, ask: Ask) -> Reason:
    """Return why a message may leave now, or not."""
    policy = await policy_of(candor)
    async with candor.database.read() as tx:
        found = await gate.decisions(tx, [ask], policy=policy, now=candor.clock.now())
    return found[0].reason


async def test_what_nobody_knows_is_left_out(candor: Candor) -> None:
    nobody = ProfileId(new_id())
    await wish(candor, nobody, TopicWish(0, 0, Frequency.ANY))
    assert (
        await decided(candor, Ask(nobody, "news", "email", "offers")) is Reason.UNKNOWN_PROFILE
    )


async def test_saying_it_twice_counts_once(candor: Candor, owner: Owner) -> None:
    ada = await make_person(candor)
    same = new_id()
    for _ in range(2):
        await wish(candor, ada, TopicWish(0, 0, Frequency.DAILY), wish_id=same)
    found = owner.execute(
        "SELECT count(*) FROM consent.wish WHERE wish_id = %s", (same,)
    ).fetchone()
    assert found == (1,)


async def test_a_message_that_left_counts_for_the_frequency(
    candor: Candor, clock: FixedClock
) -> None:
    ada = await make_person(candor, email="ada@example.org")
    policy = await policy_of(candor)
    ask = Ask(ada, "news", "email", "offers")
    await _say_yes(candor, ada)
    assert await decided(candor, ask) is Reason.CONSENT
    for at in (clock.now(), clock.now() - timedelta(days=30)):  # an older one changes nothing
        async with candor.database.tx() as tx:
            await preferences.contacted(
                tx, [ada, ProfileId(new_id())], "email", "offers", at=at, policy=policy
            )
            await preferences.contacted(tx, [ada], "pigeon", "offers", at=at, policy=policy)
    assert await decided(candor, ask) is Reason.TOO_OFTEN


async def test_a_verified_address_of_any_profile_is_a_contact_point_of_the_person(
    candor: Candor,
) -> None:
    ada, ben = await start_profiles(candor, [Regime.GDPR] * 2)
    policy = await policy_of(candor)
    async with candor.database.tx() as tx:
        await preferences.add_points(tx, {ben: 0b01})
        heads = dict.fromkeys([ada, ben], ada)
        await choices.regroup(tx, heads, policy=policy, clock=candor.clock)
    assert {s.points for s in (await states_of(candor, [ada, ben])).values()} == {0b01}
    async with candor.database.tx() as tx:
        await choices.regroup(tx, {ada: ada, ben: ben}, policy=policy, clock=candor.clock)
    states = await states_of(candor, [ada, ben])
    assert (states[ada].points, states[ben].points) == (0, 0b01)
    async with candor.database.tx() as tx:
        assert await preferences.set_points(tx, {ben: 0b10}) == 1
        assert await preferences.set_points(tx, {ben: 0b10}) == 0
    assert (await states_of(candor, [ben]))[ben].points == 0b10


async def test_an_address_that_no_source_verified_reaches_nobody(candor: Candor) -> None:
    """In the small company the shop verifies addresses, the till does not."""
    seen = await make_person(candor, source="shop", email="seen@example.org")
    states = await states_of(candor, [seen])
    policy = await policy_of(candor)
    assert states[seen].points == policy.channels["email"].point


async def test_an_explanation_shows_the_words_that_it_rests_on(candor: Candor) -> None:
    ada = await make_person(candor, email="why@example.org")
    await _say_yes(candor, ada)
    await wish(candor, ada, TopicWish(0, 0, Frequency.NEVER), days=-1)
    await wish(candor, ada, TopicWish(1, 0, Frequency.NEVER), days=-1)
    policy = await policy_of(candor)
    async with candor.database.read() as tx:
        found = await gate.explained_ask(
            tx, Ask(ada, "news", "email", "offers"), policy=policy, now=candor.clock.now()
        )
    assert found.decision.reason is Reason.TOPIC_CLOSED
    assert [w.topic_id for w in found.wishes] == [0]
    assert [r.choice for r in found.decision.evidence] == ["granted"]


async def test_nobody_asks_again_for_a_year_after_a_no(
    candor: Candor, clock: FixedClock
) -> None:
    from_now = clock.now() + timedelta(days=365)
    ada = await make_person(candor)
    policy = await policy_of(candor)
    one = choices.Statement(
        new_id(), ada, policy.bits["news"], choices.Choice.DENIED, clock.now(), "portal"
    )
    async with candor.database.tx() as tx:
        await choices.record(
            tx, [one], actor=TEST, vault=candor.vault, policy=policy, clock=clock
        )
    async with candor.database.read() as tx:
        again = await gate.ask_again_at(tx, ada, policy=policy, now=clock.now())
        later = await gate.ask_again_at(tx, ada, policy=policy, now=from_now)
    assert again == {"news": from_now}
    assert later == {}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE consent.wish SET frequency = 'any'",
        "DELETE FROM consent.wish",
        "TRUNCATE consent.wish",
        "TRUNCATE consent.signal",
        "TRUNCATE consent.notice",
    ],
)
async def test_what_was_said_about_messages_stays_as_it_was_said(
    candor: Candor, owner: Owner, statement: LiteralString
) -> None:
    ada = await make_person(candor)
    await wish(candor, ada, TopicWish(0, 0, Frequency.NEVER))
    with pytest.raises(psycopg.Error, match="only"):
        owner.execute(statement)


async def _say_yes(candor: Candor, profile_id: ProfileId) -> None:
    policy = await policy_of(candor)
    one = choices.Statement(
        new_id(),
        profile_id,
        policy.bits["news"],
        choices.Choice.GRANTED,
        candor.clock.now(),
        "portal",
    )
    async with candor.database.tx() as tx:
        await choices.record(
            tx, [one], actor=TEST, vault=candor.vault, policy=policy, clock=candor.clock
        )

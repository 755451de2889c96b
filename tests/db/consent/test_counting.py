"""What is counted about everybody is what the gate says about each of them."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import msgspec
import psycopg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from candor.app import Candor
from candor.domain.catalogue.model import Regime
from candor.domain.consent.model.choice import Choice
from candor.domain.consent.model.decision import Reason
from candor.domain.consent.model.notice import shown
from candor.domain.consent.service import choices, counting, gate, guardians
from candor.domain.consent.service.counting import Stances
from candor.kernel.clock import FixedClock
from candor.kernel.ids import ProfileId
from tests.factories.asking import apply_asking, fill_in
from tests.factories.house import (
    TEST,
    apply_company,
    choose,
    make_company,
    make_person,
    policy_of,
    rules_of,
    say,
    start_profiles,
    statement,
)

Owner = psycopg.Connection[tuple[object, ...]]
NO = frozenset({Reason.DENIED, Reason.WITHDRAWN})


async def count(candor: Candor) -> dict[str, Stances]:
    policy = await policy_of(candor)
    async with candor.database.read() as tx:
        return await counting.stances(tx, policy=policy, now=candor.clock.now())


async def reasons(candor: Candor, heads: list[ProfileId], purpose: str) -> Counter[Reason]:
    """Return why a purpose is or is not allowed with each of these people."""
    policy = await policy_of(candor)
    async with candor.database.read() as tx:
        return Counter(
            [
                (await gate.explained(tx, head, policy=policy, now=candor.clock.now()))[
                    purpose
                ].reason
                for head in heads
            ]
        )


histories = st.lists(
    st.tuples(
        st.integers(0, 3),  # profile
        st.sampled_from(["news", "ads"]),
        st.sampled_from(Choice),
        st.sampled_from([-500, -400, -2, -1, 0]),  # days; a yes to news lasts a year
        st.integers(1, 2),  # edition
    ),
    max_size=10,
)


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(histories, st.booleans())
async def test_everybody_is_counted_as_the_gate_explains_them(
    candor: Candor,
    owner: Owner,
    clock: FixedClock,
    history: list[tuple[int, str, Choice, int, int]],
    is_minor: bool,
) -> None:
    await apply_company(
        candor,
        purposes=tuple(
            msgspec.structs.replace(one, edition=2) if one.code == "news" else one
            for one in make_company().purposes
        ),
    )
    owner.execute("DELETE FROM consent.state")
    policy = await policy_of(candor)
    ids = await start_profiles(candor, [Regime.GDPR] * 4)
    async with candor.database.tx() as tx:
        await choices.regroup(tx, dict.fromkeys(ids[:2], ids[0]), policy=policy, clock=clock)
    if is_minor:
        async with candor.database.tx() as tx:
            await guardians.set_minor(
                tx,
                ids[2],
                (clock.now() + timedelta(days=90)).date(),
                actor=TEST,
                vault=candor.vault,
                policy=policy,
                clock=clock,
            )
    for place, code, choice, days, edition in history:
        at = clock.now() + timedelta(days=days)
        one = statement(ids[place], policy.bits[code], choice, at)
        await say(candor, replace(one, edition=edition))
    heads = [ids[0], *ids[2:]]
    counted = await count(candor)
    for code in ("news", "ads"):
        found, stands = await reasons(candor, heads, code), counted[code]
        assert stands.said_yes == stands.allowed == found[Reason.CONSENT]
        assert stands.said_no == sum(found[reason] for reason in NO)
        assert stands.notice_changed == found[Reason.NOTICE_CHANGED]
        assert stands.expired == found[Reason.EXPIRED]
        assert stands.minor == found[Reason.MINOR]
        assert stands.silent == found[Reason.NEVER_ASKED]


async def test_who_was_erased_or_restricted_is_in_no_count(
    candor: Candor, owner: Owner
) -> None:
    before = await count(candor)
    ada, ben = [await make_person(candor) for _ in range(2)]
    for person in (ada, ben):
        await choose(candor, person, "news", Choice.GRANTED)
    owner.execute("UPDATE consent.state SET standing = 'erased' WHERE profile_id = %s", (ada,))
    owner.execute(
        "UPDATE consent.state SET standing = 'restricted' WHERE profile_id = %s", (ben,)
    )
    assert await count(candor) == before


async def test_a_yes_that_was_taken_back_is_counted_once_however_many_profiles_it_has(
    candor: Candor, clock: FixedClock
) -> None:
    policy = await policy_of(candor)
    ids = await start_profiles(candor, [Regime.GDPR] * 2)
    async with candor.database.tx() as tx:
        await choices.regroup(tx, dict.fromkeys(ids, ids[0]), policy=policy, clock=clock)
    await choose(candor, ids[1], "news", Choice.GRANTED, after=timedelta(days=-2))
    await choose(candor, ids[1], "news", Choice.WITHDRAWN, after=timedelta(days=-1))
    await choose(candor, ids[1], "ads", Choice.DENIED, after=timedelta(hours=-1))
    async with candor.database.read() as tx:
        rows = await counting.said_by_step(
            tx,
            since=clock.now() - timedelta(days=3),
            step=timedelta(days=1),
            now=clock.now(),
        )
    found = {(row.purpose_id, row.step): (row.yeses, row.noes, row.taken_back) for row in rows}
    assert found == {
        (policy.bits["news"], 1): (1, 0, 0),
        (policy.bits["news"], 2): (0, 1, 1),
        (policy.bits["ads"], 2): (0, 1, 0),
    }


async def test_a_yes_that_waits_is_no_yes_but_counted_as_waiting(candor: Candor) -> None:
    await apply_asking(candor)
    ada = await make_person(candor, email="ada@example.org")
    await fill_in(candor, ada)
    policy = await policy_of(candor)
    async with candor.database.read() as tx:
        waiting = await counting.waiting(tx, policy=policy, now=candor.clock.now())
        later = await counting.waiting(
            tx, policy=policy, now=candor.clock.now() + timedelta(days=8)
        )
    assert (waiting.people, dict(waiting.by_purpose)) == (1, {"news": 1})
    assert (later.people, dict(later.by_purpose)) == (0, {})
    assert (await count(candor))["news"].said_yes == 0


async def test_each_notice_has_the_yeses_that_stand_on_it(candor: Candor) -> None:
    rules = await rules_of(candor)
    words = shown(rules, "news", "en")
    ada, ben = [await make_person(candor) for _ in range(2)]
    for person, choice in ((ada, Choice.GRANTED), (ben, Choice.GRANTED), (ben, Choice.DENIED)):
        one = statement(person, rules.policy.bits["news"], choice, candor.clock.now())
        await say(candor, replace(one, notice=words.notice_id))
    async with candor.database.read() as tx:
        found = await counting.yeses_by_notice(tx, policy=rules.policy, now=candor.clock.now())
    assert found == {words.notice_id: 1}

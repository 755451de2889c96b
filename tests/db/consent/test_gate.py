"""The gate in SQL is the gate in Python, on every state that there can be."""

from datetime import timedelta
from uuid import UUID

import psycopg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from candor.app import Candor
from candor.domain.catalogue.model import Regime
from candor.domain.consent.model.decision import decide, in_effect
from candor.domain.consent.model.state import Standing
from candor.domain.consent.queries import choices as stored
from candor.domain.consent.service import gate
from candor.kernel.clock import FixedClock
from candor.kernel.ids import new_id
from tests.factories.house import policy_of, states_of

Owner = psycopg.Connection[tuple[object, ...]]
rows = st.lists(
    st.tuples(
        st.sampled_from(Standing),
        st.sampled_from([None, *Regime]),
        st.integers(0, (1 << 62) - 1),
        st.sampled_from([None, -1, 0, 1]),  # seconds until it runs out
        st.booleans(),  # whether it is the head of its person
    ),
    max_size=12,
)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(rows)
async def test_the_gate_in_sql_is_the_gate_in_python(
    candor: Candor,
    owner: Owner,
    clock: FixedClock,
    states: list[tuple[Standing, Regime | None, int, int | None, bool]],
) -> None:
    policy = await policy_of(candor)
    now = clock.now()
    owner.execute("DELETE FROM consent.state")
    ids: list[UUID] = []
    for standing, regime, allowed, seconds, is_head in states:
        ids.append(new_id())
        owner.execute(
            "INSERT INTO consent.state"
            " (profile_id, head_id, standing, regime, allowed, valid_until, folded_at)"
            " VALUES (%s, %s, %s, %s, %s, coalesce(%s, 'infinity'::timestamptz), %s)",
            (
                ids[-1],
                ids[-1] if is_head else ids[0],
                standing,
                regime,
                allowed,
                None if seconds is None else now + timedelta(seconds=seconds),
                now,
            ),
        )
    found = await states_of(candor, ids)
    for purpose, bit in policy.bits.items():
        yes = {p for p in ids if decide(found[p], policy, purpose, now).allowed}  # pyright: ignore[reportArgumentType] - ids are ids
        assert yes == {p for p in ids if in_effect(found[p], policy, now) >> bit & 1}  # pyright: ignore[reportArgumentType] - ids are ids
        async with candor.database.read() as tx:
            among = await stored.allowed_among(
                tx, profile_ids=ids, bit=1 << bit, consent_mask=policy.consent_mask, now=now
            )
            people = await gate.audience(tx, purpose, policy=policy, now=now)
        assert set(among) == yes
        assert people == len({p for p in yes if found[p].head_id == p})  # pyright: ignore[reportArgumentType] - ids are ids


async def test_an_undeclared_purpose_reaches_nobody(candor: Candor) -> None:
    policy = await policy_of(candor)
    async with candor.database.read() as tx:
        now = candor.clock.now()
        assert await gate.audience(tx, "undeclared", policy=policy, now=now) == 0

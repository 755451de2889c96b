"""Minors: a yes counts from a guardian alone, a no from anybody."""

from datetime import date, timedelta
from typing import Any

import psycopg
import pytest

from candor.app import Candor
from candor.domain.consent.errors import BadProof, NotGuardian
from candor.domain.consent.model.choice import Choice
from candor.domain.consent.service import gate, guardians
from candor.kernel.clock import FixedClock
from candor.kernel.ids import ProfileId, new_id
from tests.factories.house import TEST, choose, make_person, policy_of, statement

pytestmark = pytest.mark.anyio
GROWN = date(2031, 5, 1)


@pytest.fixture
async def kim(candor: Candor) -> ProfileId:
    """Return a child."""
    kim = await make_person(candor)
    await minor(candor, kim, GROWN)
    return kim


@pytest.fixture
async def ada(candor: Candor) -> ProfileId:
    return await make_person(candor)


async def minor(candor: Candor, who: ProfileId, until: date | None) -> None:
    policy = await policy_of(candor)
    async with candor.database.tx("minor") as tx:
        await guardians.set_minor(
            tx,
            who,
            until,
            actor=TEST,
            vault=candor.vault,
            policy=policy,
            clock=candor.clock,
        )


async def appoint(
    candor: Candor, child: ProfileId, guardian: ProfileId, proof: str = "case-17"
) -> None:
    async with candor.database.tx("appoint") as tx:
        await guardians.appoint(
            tx,
            child,
            guardian,
            proof=proof,
            actor=TEST,
            vault=candor.vault,
            clock=candor.clock,
        )


async def end(candor: Candor, child: ProfileId, guardian: ProfileId) -> None:
    async with candor.database.tx("end") as tx:
        await guardians.end(
            tx, child, guardian, actor=TEST, vault=candor.vault, clock=candor.clock
        )


async def choose_for(
    candor: Candor,
    guardian: ProfileId,
    child: ProfileId,
    choice: Choice = Choice.GRANTED,
    before: timedelta = timedelta(0),
) -> None:
    policy = await policy_of(candor)
    said = statement(child, policy.bits["news"], choice, candor.clock.now() - before, new_id())
    async with candor.database.tx("child") as tx:
        await guardians.record_for_child(
            tx,
            guardian,
            [said],
            actor=TEST,
            vault=candor.vault,
            policy=policy,
            clock=candor.clock,
        )


async def allows(candor: Candor, who: ProfileId) -> bool:
    policy = await policy_of(candor)
    async with candor.database.read() as tx:
        found = await gate.explained(tx, who, policy=policy, now=candor.clock.now())
    return found["news"].allowed


async def test_a_minor_cannot_say_yes_but_can_say_no(
    candor: Candor, kim: ProfileId, ada: ProfileId, clock: FixedClock
) -> None:
    await choose(candor, kim, "news", Choice.GRANTED)
    assert not await allows(candor, kim)
    await appoint(candor, kim, ada)
    await choose_for(candor, ada, kim)
    assert await allows(candor, kim)
    clock.advance(timedelta(hours=1))
    await choose(candor, kim, "news", Choice.WITHDRAWN)
    assert not await allows(candor, kim)


async def test_a_yes_that_a_child_gave_before_we_knew_does_not_count(
    candor: Candor, ada: ProfileId
) -> None:
    await choose(candor, ada, "news", Choice.GRANTED)
    assert await allows(candor, ada)
    await minor(candor, ada, GROWN)
    assert not await allows(candor, ada)
    await minor(candor, ada, None)
    assert await allows(candor, ada)


async def test_who_is_grown_up_says_yes_by_themselves(
    candor: Candor, kim: ProfileId, clock: FixedClock
) -> None:
    clock.at = clock.at.replace(year=GROWN.year, month=GROWN.month, day=GROWN.day)
    async with candor.database.read() as tx:
        assert not await guardians.is_minor(tx, kim, clock=clock)
    await choose(candor, kim, "news", Choice.GRANTED)
    assert await allows(candor, kim)


async def test_nobody_chooses_for_a_child_but_a_guardian_in_their_time(
    candor: Candor, kim: ProfileId, ada: ProfileId, clock: FixedClock
) -> None:
    stranger = await make_person(candor)
    await appoint(candor, kim, ada)
    for refused in (
        choose_for(candor, stranger, kim),
        choose_for(candor, kim, ada),
        choose_for(candor, ada, kim, before=timedelta(days=1)),
    ):
        with pytest.raises(NotGuardian):
            await refused
    clock.advance(timedelta(days=1))
    await choose_for(candor, ada, kim)
    await end(candor, kim, ada)
    clock.advance(timedelta(days=1))
    with pytest.raises(NotGuardian):
        await choose_for(candor, ada, kim)
    assert await allows(candor, kim), "what a guardian chose in their time stays"
    await choose_for(candor, ada, kim, Choice.DENIED)
    assert not await allows(candor, kim), "a no counts from anybody"


async def test_the_family_is_listed_both_ways(
    candor: Candor, kim: ProfileId, ada: ProfileId
) -> None:
    await appoint(candor, kim, ada)
    await appoint(candor, kim, ada)
    async with candor.database.read() as tx:
        (one,) = await guardians.guardians_of(tx, kim)
        assert (one.guardian_id, one.proof, one.ended_at) == (ada, "case-17", None)
        assert await guardians.wards_of(tx, ada, clock=candor.clock) == [kim]
    await end(candor, kim, ada)
    async with candor.database.read() as tx:
        assert not await guardians.wards_of(tx, ada, clock=candor.clock)
    with pytest.raises(NotGuardian):
        await end(candor, kim, ada)


@pytest.mark.parametrize("proof", ["", "Anna's mother", "x" * 81, "a\nb"])
async def test_a_proof_is_a_number_and_no_story(
    candor: Candor, kim: ProfileId, ada: ProfileId, proof: str
) -> None:
    with pytest.raises(BadProof):
        await appoint(candor, kim, ada, proof)


async def test_not_everybody_can_be_a_guardian(
    candor: Candor, kim: ProfileId, ada: ProfileId
) -> None:
    lea = await make_person(candor)
    await minor(candor, lea, GROWN)
    nobody = ProfileId(new_id())
    for child, guardian in ((kim, kim), (kim, lea), (kim, nobody), (nobody, ada)):
        with pytest.raises(NotGuardian):
            await appoint(candor, child, guardian)


async def test_each_step_is_in_the_log(
    candor: Candor, kim: ProfileId, ada: ProfileId, owner: psycopg.Connection[Any]
) -> None:
    await appoint(candor, kim, ada)
    await end(candor, kim, ada)
    rows = owner.execute(
        "SELECT action, count(*) FROM audit.entry WHERE subject IS NOT NULL GROUP BY action"
    ).fetchall()
    found = dict(rows)
    assert found["consent.minor_set"] == 1
    assert found["consent.guardian_appointed"] == 2
    assert found["consent.guardian_ended"] == 2


async def test_saying_the_same_again_changes_nothing(
    candor: Candor, kim: ProfileId, owner: psycopg.Connection[Any]
) -> None:
    await minor(candor, kim, GROWN)
    row = owner.execute(
        "SELECT count(*) FROM audit.entry WHERE action = 'consent.minor_set'"
    ).fetchone()
    assert row == (1,)

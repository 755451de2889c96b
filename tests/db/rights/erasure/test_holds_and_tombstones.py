"""What stops an erasure, and what keeps whoever was erased from coming back by itself."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest

from candor.app import Candor, office_of
from candor.domain.profiles.errors import Buried, ErasedMeanwhile, NoSuchProfile
from candor.domain.profiles.model import MergeRule
from candor.domain.profiles.service import earlier, merge, returning, tombstones
from candor.domain.rights.errors import BadHold
from candor.domain.rights.model.hold import Hold
from candor.domain.rights.model.request import Ground, Request, Right, State
from candor.domain.rights.model.task import TaskState
from candor.domain.rights.service import carrying, deciding, holds, restriction
from candor.kernel.ids import MergeId, ProfileId
from tests.conftest import FixedClock
from tests.factories import erasing, house
from tests.factories.house import TEST


async def place(candor: Candor, who: ProfileId) -> Hold:
    """Place a hold on somebody."""
    async with candor.database.tx() as tx:
        return await holds.place(
            tx,
            who,
            Ground.LEGAL_CLAIMS,
            reference="case-1",
            review_on=candor.clock.now().date() + timedelta(days=30),
            actor=TEST,
            office=office_of(candor),
        )


async def test_a_hold_restricts_and_its_end_lets_the_erasure_go_on(
    candor: Candor, clock: FixedClock
) -> None:
    who, known = await erasing.make_somebody(candor)
    hold = await place(candor, who)
    request = await erasing.ask(candor, who)
    office = office_of(candor)
    await carrying.carry(office, request.request_id)
    clock.advance(timedelta(days=31))
    await carrying.carry_due(office)  # looked at again, told once
    tasks = await erasing.tasks(candor, request)
    assert tasks["destroy"].state is TaskState.WAITING
    assert tasks["destroy"].evidence == {"held": "legal_claims"}
    assert (await erasing.said(candor, request)).count("held") == 1
    assert await house.find(candor, "email", known["email"])
    states = await house.states_of(candor, [who])
    assert states[who].standing == "restricted"
    async with candor.database.tx() as tx:
        await holds.lift(tx, hold.hold_id, actor=TEST, office=office)
    assert (await erasing.carried(candor, request)).state is State.FULFILLED
    with pytest.raises(BadHold):
        await place(candor, who)


async def taken_back(candor: Candor, request: Request) -> None:
    """Take a request back, as the person."""
    async with candor.database.tx() as tx:
        await deciding.withdraw(tx, request.request_id, actor=TEST, office=office_of(candor))


async def standing(candor: Candor, who: ProfileId) -> str:
    """Return whether somebody is active or restricted."""
    return (await house.states_of(candor, [who]))[who].standing


async def test_with_the_erasure_they_take_back_the_restriction_that_it_placed(
    candor: Candor,
) -> None:
    who, _ = await erasing.make_somebody(candor)
    await place(candor, who)
    request = await erasing.ask(candor, who)
    await carrying.carry(office_of(candor), request.request_id)
    assert await standing(candor, who) == "restricted"
    await taken_back(candor, request)
    assert await standing(candor, who) == "active"
    assert (await erasing.said(candor, request))[-2:] == ["restriction_lifted", "withdrawn"]


@pytest.mark.parametrize("is_before", [True, False])
async def test_a_restriction_of_their_own_stays_when_they_take_back_an_erasure(
    candor: Candor, *, is_before: bool
) -> None:
    who, _ = await erasing.make_somebody(candor)
    await place(candor, who)
    kinds = (Right.RESTRICTION, Right.ERASURE)
    asked: dict[Right, Request] = {}
    for kind in kinds if is_before else reversed(kinds):
        asked[kind] = await erasing.ask(candor, who, kind)
        await carrying.carry(office_of(candor), asked[kind].request_id)
    await taken_back(candor, asked[Right.ERASURE])
    assert await standing(candor, who) == "restricted"
    assert "restriction_lifted" not in await erasing.said(candor, asked[Right.ERASURE])


async def test_the_company_lifts_no_restriction_under_an_erasure_that_waits(
    candor: Candor, clock: FixedClock
) -> None:
    who, _ = await erasing.make_somebody(candor)
    office = office_of(candor)
    await place(candor, who)
    for kind in (Right.RESTRICTION, Right.ERASURE):
        request = await erasing.ask(candor, who, kind)
        await carrying.carry(office, request.request_id)
    async with candor.database.tx() as tx:
        lifting = await restriction.announce_lifting(
            tx, who, locale="de", actor=TEST, office=office
        )
    await carrying.carry(office, lifting.request.request_id)
    clock.advance(restriction.NOTICE + timedelta(seconds=1))
    await carrying.carry(office, lifting.request.request_id)
    assert await standing(candor, who) == "restricted"
    await taken_back(candor, request)
    assert await standing(candor, who) == "active"


async def test_a_hold_on_one_profile_holds_the_whole_person(candor: Candor) -> None:
    who, known = await erasing.make_somebody(candor)
    async with candor.database.read() as tx:
        other = next(one for one in await house.gate.members(tx, who) if one != who)
    await place(candor, other)
    await place(candor, who)
    request = await erasing.ask(candor, who)
    await carrying.carry(office_of(candor), request.request_id)
    assert await house.find(candor, "email", known["email"])


def refused(owner: psycopg.Connection[Any]) -> int:
    """Return how much was refused for tombstones."""
    row = owner.execute("SELECT coalesce(sum(refused), 0) FROM profiles.tombstone").fetchone()
    return 0 if row is None else int(row[0])


async def test_a_late_source_brings_nobody_back(
    candor: Candor, owner: psycopg.Connection[Any]
) -> None:
    who, known = await erasing.make_somebody(candor)
    await erasing.carried(candor, await erasing.ask(candor, who))
    late = {"type": "identify", "userId": known["number"], "traits": {"name": "Late Comer"}}
    both = {**house.order(candor), "userId": known["number"], "anonymousId": "fresh-device"}
    await house.send(candor, "shop", late, both)
    await house.send(candor, "crm", {"type": "identify", "userId": known["email"]})
    for kind, value in (("customer_number", known["number"]), ("email", known["email"])):
        with pytest.raises(NoSuchProfile):
            await house.find(candor, kind, value)
    assert refused(owner) == 3
    counted = owner.execute(
        "SELECT sum((line ->> 3)::int) FROM collect.flush, jsonb_array_elements(counts) AS line"
        " WHERE line ->> 1 = 'erased'"
    ).fetchone()
    assert counted == (3,)
    # the browser of a household begins as a stranger
    await house.send(candor, "shop", {**house.order(candor), "anonymousId": known["device"]})
    fresh = await house.find(candor, "device", known["device"])
    assert fresh != who


async def test_an_import_of_earlier_consents_skips_whoever_was_erased(
    candor: Candor, owner: psycopg.Connection[Any]
) -> None:
    who, known = await erasing.make_somebody(candor)
    await erasing.carried(candor, await erasing.ask(candor, who))
    rules = await house.rules_of(candor)
    address, other = ("email", known["email"]), ("email", house.fresh_email())
    async with candor.database.tx() as tx:
        begun = await earlier.begin(
            tx,
            [(address, candor.clock.now()), (other, candor.clock.now())],
            source=rules.in_force.sources["shop"],
            rules=rules,
            vault=candor.vault,
            clock=candor.clock,
        )
        with pytest.raises(Buried):
            await tombstones.require_none(tx, [address], candor.vault)
        await tombstones.require_none(tx, [other], candor.vault)
    assert list(begun) == [other]
    assert refused(owner) == 1


async def test_whoever_comes_back_themselves_begins_anew(candor: Candor) -> None:
    who, known = await erasing.make_somebody(candor)
    await erasing.carried(candor, await erasing.ask(candor, who))
    address = ("email", known["email"])
    for expected in (1, 0):
        async with candor.database.tx() as tx:
            lifted = await returning.lift(
                tx,
                [address],
                ground=returning.Ground.BY_THEMSELVES,
                actor=TEST,
                vault=candor.vault,
                clock=candor.clock,
            )
        assert lifted == expected
    await house.send(candor, "crm", {"type": "identify", "userId": known["email"]})
    back = await house.find(candor, "email", known["email"])
    assert back != who
    await house.send(candor, "shop", {"type": "identify", "userId": known["number"]})
    with pytest.raises(NoSuchProfile):
        await house.find(candor, "customer_number", known["number"])


async def test_nobody_alive_is_joined_to_somebody_erased(candor: Candor) -> None:
    who, _ = await erasing.make_somebody(candor)
    other, _ = await erasing.make_somebody(candor)
    await erasing.carried(candor, await erasing.ask(candor, who))
    policy = await house.policy_of(candor)
    async with candor.database.read() as tx:
        done = await merge.journal(tx, [who])
    async with candor.database.tx() as tx:
        with pytest.raises(ErasedMeanwhile):
            await merge.join(
                tx,
                [merge.Join(who, other, MergeRule.BY_HAND, {}, TEST)],
                vault=candor.vault,
                policy=policy,
                clock=candor.clock,
            )
    async with candor.database.tx() as tx:
        with pytest.raises(ErasedMeanwhile):
            await merge.unmerge(
                tx,
                MergeId(done[0].merge_id),
                actor=TEST,
                vault=candor.vault,
                policy=policy,
                clock=candor.clock,
            )

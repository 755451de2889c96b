"""What somebody tries who wants more than the rights give them."""

import asyncio
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from psycopg import sql

from candor.app import Candor, office_of
from candor.domain.profiles.model import MergeRule
from candor.domain.profiles.service import merge
from candor.domain.rights.errors import TooManyRequests, WrongMove
from candor.domain.rights.model.request import Channel, Ground, Proof, Right, State
from candor.domain.rights.model.task import MOST_ATTEMPTS, ByHand, Failed, Planned, TaskState
from candor.domain.rights.service import carrying, deciding, holds
from candor.kernel.pii import Pii
from tests.conftest import FixedClock
from tests.factories import erasing, house
from tests.factories.house import TEST, make_person
from tests.factories.offices import Answers, ask, done, office_with, request_of


async def test_old_dates_do_not_let_anybody_ask_without_end(candor: Candor) -> None:
    """The sender of a mail writes its date."""
    office, ada = office_with(candor, (Planned("look"),)), await make_person(candor)
    long_ago = candor.clock.now() - timedelta(days=10)
    for number in range(20):
        scope = {"purpose": str(number)}
        await ask(office, ada, Right.OBJECTION, scope=scope, received_at=long_ago)
    with pytest.raises(TooManyRequests):
        await ask(office, ada, Right.ACCESS, received_at=long_ago)


@pytest.mark.parametrize("answer", [ByHand("trace_found"), Failed("database.away")])
@pytest.mark.parametrize("step", ["destroy", "purge", "purge_again", "certificate"])
async def test_what_destroys_and_what_signs_is_not_done_by_hand(
    candor: Candor, clock: FixedClock, step: str, answer: ByHand | Failed
) -> None:
    """Else a key of the API could have the rows of somebody taken away whom a hold protects."""
    after = done()
    steps = {step: Answers(answer), "after": after}
    office = office_with(candor, (Planned(step), Planned("after", stage=1)), steps)
    ada = await make_person(candor)
    request = (await ask(office, ada, Right.ERASURE)).request
    for _ in range(MOST_ATTEMPTS):
        await carrying.carry(office, request.request_id)
        clock.advance(timedelta(days=1))
    task = (await erasing.tasks(candor, request))[step]
    assert task.state in {TaskState.MANUAL, TaskState.STUCK}
    async with candor.database.tx() as tx:
        with pytest.raises(WrongMove):
            await deciding.settle_task(
                tx, request.request_id, task.task_id, {}, actor=TEST, office=office
            )
    await carrying.carry(office, request.request_id)
    assert after.works == []
    async with candor.database.tx() as tx:
        await deciding.retry_task(
            tx, request.request_id, task.task_id, actor=TEST, office=office
        )


async def test_a_hold_on_somebody_who_is_joined_meanwhile_counts(candor: Candor) -> None:
    """A merge that commits while an erasure waits for it brings its holds along."""
    who, _ = await erasing.make_somebody(candor)
    other, known = await erasing.make_somebody(candor)
    request = await erasing.ask(candor, who)
    office, policy = office_of(candor), await house.policy_of(candor)
    held, joined = asyncio.Event(), asyncio.Event()

    async def join() -> None:
        async with candor.database.tx() as tx:
            await merge.join(
                tx,
                [merge.Join(who, other, MergeRule.BY_HAND, {}, TEST)],
                vault=candor.vault,
                policy=policy,
                clock=candor.clock,
            )
            joined.set()
            await held.wait()
            await asyncio.sleep(0.3)

    async def place() -> None:
        async with candor.database.tx() as tx:
            await holds.place(
                tx,
                other,
                Ground.LEGAL_CLAIMS,
                reference="case-1",
                review_on=candor.clock.now().date() + timedelta(days=30),
                actor=TEST,
                office=office,
            )
            held.set()
            await asyncio.sleep(1)

    async def erase() -> None:
        await joined.wait()
        await carrying.carry(office, request.request_id)

    async def hold() -> None:
        await joined.wait()
        await place()

    await asyncio.gather(join(), hold(), erase())
    assert await house.find(candor, "email", known["email"])
    assert (await erasing.find(candor, request.request_id)).state is State.IN_PROGRESS
    assert "held" in await erasing.said(candor, request)


async def test_a_number_of_the_books_does_not_tell_when_it_was_made(
    candor: Candor, owner: psycopg.Connection[Any]
) -> None:
    """Else the instant in it would lead to the request that was carried out then."""
    events = tuple(
        house.msgspec.structs.replace(one, statutory="P8Y", statutory_ground="tax law")
        if one.code == "Order Completed"
        else one
        for one in house.make_company().events
    )
    await house.apply_company(candor, events=events)
    who, _ = await erasing.make_somebody(candor)
    await erasing.carried(candor, await erasing.ask(candor, who))
    rows = owner.execute("SELECT DISTINCT account_id FROM collect.kept_sum").fetchall()
    assert [row[0].version for row in rows] == [4]


async def test_who_spent_all_proofs_begins_by_signing_in_alone(candor: Candor) -> None:
    office, ada = office_with(candor), await make_person(candor)
    first = (
        await ask(office, ada, Right.ERASURE, channel=Channel.MAIL, proof=Proof.NONE)
    ).request
    for _ in range(5):
        async with candor.database.tx() as tx:
            await deciding.fail_proof(tx, first.request_id, actor=TEST, office=office)
    again = await ask(office, ada, Right.ERASURE, channel=Channel.MAIL, proof=Proof.NONE)
    assert again.request.request_id == first.request_id, "asking again gives no new tries"
    assert (await request_of(office, first.request_id)).failures == 5
    signed_in = await ask(office, ada, Right.ERASURE)
    assert signed_in.request.state is State.IN_PROGRESS


async def test_a_tombstone_does_not_tell_whose_request_it_was(
    candor: Candor, owner: psycopg.Connection[Any]
) -> None:
    """Whoever has an address and the key can work its mark out; it must lead no further."""
    who, _ = await erasing.make_somebody(candor)
    await erasing.carried(candor, await erasing.ask(candor, who))
    found = owner.execute(
        "SELECT count(*), count(event.at) FROM profiles.tombstone"
        " LEFT JOIN rights.event ON event.at = tombstone.erased_at"
    ).fetchone()
    assert found is not None
    assert found[0] >= 2
    assert found[1] == 0


async def test_who_was_erased_leaves_no_value_in_any_table_in_clear(
    candor: Candor, owner: psycopg.Connection[Any]
) -> None:
    """Nor the secret of the link to the request, before or after."""
    who, known = await erasing.make_somebody(candor)
    mailed = (
        await ask(
            office_of(candor), who, Right.ACCESS, channel=Channel.MAIL, proof=Proof.NONE,
            words=Pii(f"I am {known['name']}"), reply_to=Pii(known["email"]),
        )
    )  # fmt: skip
    request = await erasing.ask(candor, who)
    ticket = office_of(candor).ticket_of(request.request_id)
    await erasing.carried(candor, request)
    tables = owner.execute(
        "SELECT schemaname, tablename FROM pg_tables"
        " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    ).fetchall()
    looked_for = [*known.values(), ticket, mailed.ticket]
    for table in tables:
        asked = sql.SQL("SELECT count(*) FROM {} AS t WHERE position(%s IN t::text) > 0")
        there = asked.format(sql.Identifier(*table))
        for value in looked_for:
            hit = owner.execute(there, (value,)).fetchone()
            assert hit == (0,), (table, value)
    notes = owner.execute(
        "SELECT use FROM rights.note WHERE request_id = %s", (mailed.request.request_id,)
    ).fetchall()
    assert notes == []

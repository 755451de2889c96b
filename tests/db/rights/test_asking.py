"""Taking requests: the clock, duplicates, limits, and whether work begins."""

import asyncio
from datetime import timedelta
from typing import Final

import pytest

from candor.app import Candor
from candor.domain.audit.model import Actor
from candor.domain.catalogue.model import Regime
from candor.domain.rights.errors import NoSuchRequest, TooManyRequests, UnknownRight
from candor.domain.rights.model.request import Channel, Proof, Right, State
from candor.domain.rights.model.task import Planned, TaskState
from candor.domain.rights.service import reading, words
from candor.domain.vault.errors import NoKey
from candor.kernel.ids import new_id
from candor.kernel.pii import Pii
from tests.conftest import FixedClock
from tests.factories.house import TEST, make_person
from tests.factories.offices import ask, office_with, protected, request_of, story_of

STEPS: Final = (Planned("one"), Planned("two", stage=1))


async def test_work_begins_at_once_when_it_is_the_person(candor: Candor) -> None:
    office, ada = office_with(candor, STEPS), await make_person(candor)
    opened = await ask(office, ada)
    assert opened.request.state is State.IN_PROGRESS
    assert not opened.is_duplicate
    assert await story_of(office, opened.request.request_id) == ["received", "begun"]
    async with candor.database.read() as tx:
        tasks = await reading.tasks(tx, opened.request.request_id)
        found = await reading.by_ticket(tx, opened.ticket)
    assert [(task.step, task.state) for task in tasks] == [
        ("one", TaskState.WAITING), ("two", TaskState.WAITING),
    ]  # fmt: skip
    assert found.request_id == opened.request.request_id
    assert found.acknowledged_at is not None


async def test_somebody_else_is_asked_for_a_proof_first(candor: Candor) -> None:
    office, ada = office_with(candor, STEPS), await make_person(candor)
    opened = await ask(office, ada, channel=Channel.MAIL, proof=Proof.NONE)
    assert opened.request.state is State.VERIFYING
    async with candor.database.read() as tx:
        assert await reading.tasks(tx, opened.request.request_id) == []


async def test_what_needs_no_proof_begins_without(candor: Candor) -> None:
    office, ada = office_with(candor, STEPS), await make_person(candor)
    opened = await ask(office, ada, Right.OBJECTION, channel=Channel.API, proof=Proof.NONE)
    assert opened.request.state is State.IN_PROGRESS


async def test_the_same_twice_is_one_request(candor: Candor) -> None:
    office, ada = office_with(candor, STEPS), await make_person(candor)
    first = await ask(office, ada, channel=Channel.MAIL, proof=Proof.NONE)
    weak = await ask(office, ada, channel=Channel.MAIL, proof=Proof.MAILBOX)
    assert weak.is_duplicate
    assert (await request_of(office, first.request.request_id)).state is State.VERIFYING
    again = await ask(office, ada, words=Pii("as I said"))
    assert again.is_duplicate
    assert again.request.request_id == first.request.request_id
    assert again.ticket == first.ticket
    assert (await request_of(office, first.request.request_id)).state is State.IN_PROGRESS
    third = await ask(office, ada)
    assert third.request.state is State.IN_PROGRESS
    other = await ask(office, ada, Right.OBJECTION, scope={"purpose": "ads"})
    assert not other.is_duplicate


async def test_two_at_once_are_one_request(candor: Candor) -> None:
    office, ada = office_with(candor, STEPS), await make_person(candor)
    both = await asyncio.gather(*(ask(office, ada) for _ in range(4)))
    assert len({one.request.request_id for one in both}) == 1
    assert sum(one.is_duplicate for one in both) == 3


async def test_a_system_outside_sends_the_same_again(candor: Candor) -> None:
    office, ada = office_with(candor, STEPS), await make_person(candor)
    first = await ask(office, ada, channel=Channel.OPENDSR, external_ref="7")
    again = await ask(office, ada, Right.ERASURE, channel=Channel.OPENDSR, external_ref="7")
    assert again.is_duplicate
    assert again.request.kind is Right.ACCESS
    assert first.request.request_id == again.request.request_id
    other = await ask(office, ada, Right.ERASURE, channel=Channel.DRP, external_ref="7")
    assert not other.is_duplicate


async def test_nobody_asks_for_ten_thousand_things_in_a_day(
    candor: Candor, clock: FixedClock
) -> None:
    office, ada = office_with(candor, STEPS), await make_person(candor)
    for number in range(20):
        await ask(office, ada, Right.OBJECTION, scope={"purpose": str(number)})
    with pytest.raises(TooManyRequests):
        await ask(office, ada)
    clock.advance(timedelta(days=1, seconds=1))
    assert not (await ask(office, ada)).is_duplicate


async def test_a_law_gives_what_it_gives(candor: Candor) -> None:
    office = office_with(candor, STEPS)
    european, american = await protected(candor, Regime.GDPR, Regime.CCPA)
    with pytest.raises(UnknownRight):
        await ask(office, european, Right.SALE_OPT_OUT)
    opened = await ask(office, american, Right.SALE_OPT_OUT, proof=Proof.NONE)
    assert opened.request.regime is Regime.CCPA
    assert opened.request.due_at is not None


async def test_a_stranger_writes_words_of_their_own_key(candor: Candor) -> None:
    office = office_with(candor, STEPS)
    opened = await ask(
        office, None, channel=Channel.MAIL, proof=Proof.NONE,
        words=Pii("Please forget me"), reply_to=Pii("someone@example.com"),
    )  # fmt: skip
    assert opened.request.state is State.RECEIVED
    async with candor.database.tx() as tx:
        read = await words.read(
            tx, opened.request, uses=[words.WORDS, words.ADDRESS], actor=TEST, office=office
        )
    assert {one.use: one.text.reveal() for one in read} == {
        "words": "Please forget me", "address": "someone@example.com",
    }  # fmt: skip


async def test_words_are_gone_with_the_person(candor: Candor) -> None:
    office, ada = office_with(candor, STEPS), await make_person(candor)
    opened = await ask(office, ada, words=Pii("hello"))
    async with candor.database.tx() as tx:
        await candor.vault.destroy(tx, [ada])
    async with candor.database.tx() as tx:
        assert (
            await words.read(tx, opened.request, uses=["words"], actor=TEST, office=office)
            == []
        )
        assert await words.forget(tx, opened.request.request_id, ["words"]) == 1


async def test_nobody_asks_for_somebody_who_was_forgotten(candor: Candor) -> None:
    office, ada = office_with(candor, STEPS), await make_person(candor)
    async with candor.database.tx() as tx:
        await candor.vault.destroy(tx, [ada])
    with pytest.raises(NoKey):
        await ask(office, ada)


async def test_a_request_cannot_come_from_the_future(candor: Candor) -> None:
    office, ada = office_with(candor, STEPS), await make_person(candor)
    now = candor.clock.now()
    late = await ask(office, ada, received_at=now + timedelta(days=30))
    early = await ask(
        office, ada, Right.ERASURE, channel=Channel.LETTER, received_at=now - timedelta(days=3)
    )
    assert late.request.received_at == now
    assert early.request.received_at == now - timedelta(days=3)


@pytest.mark.parametrize("ticket", ["", "x", "A" * 43, "é" * 43, "A" * 44])
async def test_an_invented_link_leads_nowhere(candor: Candor, ticket: str) -> None:
    async with candor.database.read() as tx:
        with pytest.raises(NoSuchRequest):
            await reading.by_ticket(tx, ticket)
        with pytest.raises(NoSuchRequest):
            await reading.find(tx, new_id())


async def test_customers_stand_in_the_story_without_an_id(candor: Candor) -> None:
    office, ada = office_with(candor, STEPS), await make_person(candor)
    opened = await ask(office, ada, actor=Actor.customer(ada))
    async with candor.database.read() as tx:
        events = await reading.events(tx, opened.request.request_id)
    assert {event.actor for event in events} == {"customer"}

"""From a change to its acknowledgement: who is told what, and who is not."""

import asyncio
from datetime import timedelta

import pytest

from candor.app import Candor
from candor.domain.connections.model.connection import Removal, State, Why
from candor.domain.connections.model.delivery import Rank, Stage
from candor.domain.connections.service import delivering, reading, routing
from candor.domain.connections.service.delivering import ALL, deliver
from candor.domain.connections.service.exchange import Exchange
from candor.domain.connections.service.reading import Filter
from candor.kernel.clock import FixedClock
from tests.counterparts.notebook import Fault, Notebook
from tests.factories import house
from tests.factories.exchanging import (
    choose,
    connected,
    connection_of,
    exchange_for,
    is_as,
    make_reader,
    move,
    run,
    settle_down,
    tell_hobby,
)
from tests.factories.house import TEST, fresh_email


@pytest.fixture
def notebook() -> Notebook:
    return Notebook()


@pytest.fixture
def exchange(candor: Candor, notebook: Notebook) -> Exchange:
    return exchange_for(candor, {"notebook": notebook})


async def test_who_says_yes_is_told_of_and_who_says_no_is_removed(
    candor: Candor, exchange: Exchange, notebook: Notebook
) -> None:
    connection = await connected(exchange, notebook)
    mail = fresh_email()
    ada = await make_reader(candor, mail)
    await run(exchange, connection.connection_id)
    found = notebook.named(mail)
    assert is_as(found, mail, "chess")
    assert found is not None
    assert found.choices == {"news": True, "offers": True}
    await tell_hobby(candor, mail, "go")
    await run(exchange, connection.connection_id)
    assert is_as(notebook.named(mail), mail, "go")
    await choose(candor, ada, news=False)
    await run(exchange, connection.connection_id)
    assert notebook.people == {}
    await choose(candor, ada, news=True)
    await run(exchange, connection.connection_id)
    assert is_as(notebook.named(mail), mail, "go")


async def test_a_record_is_cleared_where_it_is_not_to_be_removed(
    candor: Candor, exchange: Exchange, notebook: Notebook
) -> None:
    connection = await connected(exchange, notebook, removal=Removal.CLEAR)
    mail = fresh_email()
    ada = await make_reader(candor, mail)
    await run(exchange, connection.connection_id)
    await choose(candor, ada, news=False)
    await run(exchange, connection.connection_id)
    (found,) = notebook.people.values()
    assert found.fields["hobby"] is None
    assert found.choices == {"news": False, "offers": False}


async def test_who_may_not_be_told_is_not_and_costs_nothing(
    candor: Candor, exchange: Exchange, notebook: Notebook
) -> None:
    connection = await connected(exchange, notebook)
    await house.make_person(candor, email=fresh_email())
    await run(exchange, connection.connection_id)
    assert notebook.calls == []
    async with exchange.database.read() as tx:
        assert await reading.deliveries(tx, Filter()) == []


async def test_what_agrees_already_is_not_sent_again(
    candor: Candor, exchange: Exchange, notebook: Notebook
) -> None:
    connection = await connected(exchange, notebook)
    mail = fresh_email()
    await make_reader(candor, mail)
    await run(exchange, connection.connection_id)
    calls = len(notebook.calls)
    await tell_hobby(candor, mail, "chess")
    await run(exchange, connection.connection_id)
    assert len(notebook.calls) == calls
    async with exchange.database.read() as tx:
        newest = (await reading.deliveries(tx, Filter()))[0]
    assert newest.state is Stage.NEEDLESS


async def test_what_arrived_stays_acknowledged_when_its_echo_makes_it_due_again(
    candor: Candor, exchange: Exchange, notebook: Notebook
) -> None:
    connection = await connected(exchange, notebook)
    person = await make_reader(candor, fresh_email())
    notebook.faults.append(Fault.HANG)
    await routing.route(exchange)
    sending = asyncio.create_task(deliver(exchange, connection.connection_id))
    await notebook.hung.wait()
    async with exchange.database.tx() as tx:
        await routing.request(
            tx, connection.connection_id, [person], cause="heard", clock=candor.clock
        )
    notebook.let_go.set()
    await sending
    await run(exchange, connection.connection_id)
    async with exchange.database.read() as tx:
        (one,) = await reading.deliveries(tx, Filter())
    assert (one.state, len(notebook.calls)) == (Stage.ACKNOWLEDGED, 1)


async def test_everybody_is_compared_at_the_start_and_at_a_new_mapping(
    candor: Candor, exchange: Exchange, notebook: Notebook
) -> None:
    mails = [fresh_email() for _ in range(3)]
    for mail in mails:
        await make_reader(candor, mail)
    connection = await connected(exchange, notebook)
    await run(exchange, connection.connection_id)
    assert all(is_as(notebook.named(mail), mail, "chess") for mail in mails)
    async with exchange.database.tx() as tx:
        await routing.replay(tx, connection.connection_id, None, actor=TEST, exchange=exchange)
    calls = len(notebook.calls)
    notebook.people.clear()
    await run(exchange, connection.connection_id)
    assert len(notebook.calls) == calls, "what was agreed on is believed"


async def test_a_merged_person_stands_there_once(
    candor: Candor, exchange: Exchange, notebook: Notebook
) -> None:
    connection = await connected(exchange, notebook)
    mail, number = fresh_email(), house.fresh("number")
    await make_reader(candor, mail)
    other = await house.make_person(candor, number=number, email=fresh_email())
    await choose(candor, other, news=True)
    await run(exchange, connection.connection_id)
    assert len(notebook.people) == 2
    call = {"type": "identify", "userId": number, "traits": {"email": mail}}
    await house.send(candor, "shop", call)
    await run(exchange, connection.connection_id)
    assert len(notebook.people) == 1


async def test_a_stopped_connection_removes_everybody_and_ends(
    candor: Candor, exchange: Exchange, notebook: Notebook
) -> None:
    connection = await connected(exchange, notebook)
    for _ in range(3):
        await make_reader(candor, fresh_email())
    await run(exchange, connection.connection_id)
    assert len(notebook.people) == 3
    await move(exchange, connection.connection_id, State.STOPPING)
    await run(exchange, connection.connection_id)
    await routing.route(exchange)
    assert notebook.people == {}
    assert (await connection_of(exchange, connection.connection_id)).state is State.ENDED


async def test_a_pause_keeps_what_changed_for_later(
    candor: Candor, exchange: Exchange, notebook: Notebook
) -> None:
    connection = await connected(exchange, notebook)
    mail = fresh_email()
    ada = await make_reader(candor, mail)
    await run(exchange, connection.connection_id)
    await move(exchange, connection.connection_id, State.PAUSED)
    await choose(candor, ada, news=False)
    await run(exchange, connection.connection_id)
    assert len(notebook.people) == 1
    await move(exchange, connection.connection_id, State.ACTIVE)
    await run(exchange, connection.connection_id)
    assert notebook.people == {}


async def test_who_was_away_for_longer_than_the_feed_remembers_compares_everybody(
    candor: Candor, exchange: Exchange, notebook: Notebook, clock: FixedClock
) -> None:
    connection = await connected(exchange, notebook)
    ada = await make_reader(candor, fresh_email())
    await run(exchange, connection.connection_id)
    await move(exchange, connection.connection_id, State.PAUSED)
    await choose(candor, ada, news=False)
    clock.advance(timedelta(days=120))
    async with exchange.database.tx() as tx:
        await tx.connection.execute("DELETE FROM feed.change")
    await move(exchange, connection.connection_id, State.ACTIVE)
    await run(exchange, connection.connection_id)
    assert notebook.people == {}


async def test_changed_minds_go_before_a_backlog(
    candor: Candor, exchange: Exchange, notebook: Notebook
) -> None:
    notebook.at_once = 40
    connection = await connected(exchange, notebook)
    mails = [fresh_email() for _ in range(4)]
    people = [await make_reader(candor, mail) for mail in mails]
    await run(exchange, connection.connection_id)
    for mail in mails:
        await tell_hobby(candor, mail, "go")
    await routing.route(exchange)
    await choose(candor, people[3], news=False)
    await routing.route(exchange)
    await deliver(exchange, connection.connection_id, (Rank.MIND,))
    assert notebook.named(mails[3]) is None
    assert is_as(notebook.named(mails[0]), mails[0], "chess")
    await deliver(exchange, connection.connection_id, ALL)
    assert is_as(notebook.named(mails[0]), mails[0], "go")


# ------------------------------------------------------------------------------------ faults
async def test_who_is_not_let_in_is_paused_and_nothing_is_lost(
    candor: Candor, exchange: Exchange, notebook: Notebook
) -> None:
    connection = await connected(exchange, notebook)
    mail = fresh_email()
    await make_reader(candor, mail)
    notebook.faults.append(Fault.SHUT)
    await run(exchange, connection.connection_id)
    paused = await connection_of(exchange, connection.connection_id)
    assert (paused.state, paused.why) == (State.PAUSED, Why.NOT_LET_IN)
    await move(exchange, connection.connection_id, State.ACTIVE)
    await settle_down(exchange, connection.connection_id, rounds=1)
    assert is_as(notebook.named(mail), mail, "chess")


async def test_it_is_left_alone_for_as_long_as_it_asks(
    candor: Candor, exchange: Exchange, notebook: Notebook, clock: FixedClock
) -> None:
    connection = await connected(exchange, notebook)
    mail = fresh_email()
    await make_reader(candor, mail)
    notebook.faults.append(Fault.LIMITED)
    await run(exchange, connection.connection_id)
    await make_reader(candor, fresh_email())
    await run(exchange, connection.connection_id)
    assert len(notebook.calls) == 1
    done = await deliver(exchange, connection.connection_id)
    assert done.wait_seconds == 7.0
    clock.advance(timedelta(seconds=7))
    await run(exchange, connection.connection_id)
    assert len(notebook.people) == 2


async def test_an_hour_of_silence_parks_nobody(
    candor: Candor, exchange: Exchange, notebook: Notebook, clock: FixedClock
) -> None:
    connection = await connected(exchange, notebook)
    mails = [fresh_email() for _ in range(3)]
    for mail in mails:
        await make_reader(candor, mail)
    notebook.faults.extend([Fault.DOWN] * 400)
    for _ in range(180):
        clock.advance(timedelta(seconds=20))
        await run(exchange, connection.connection_id, rounds=2)
    assert 5 < len(notebook.calls) < 120, "asked less and less often"
    async with exchange.database.read() as tx:
        health = await reading.health_of(tx, connection.connection_id, clock=clock)
    assert (health.parked, health.waiting, health.problem) == (0, 3, "status_503")
    notebook.faults.clear()
    await settle_down(exchange, connection.connection_id, rounds=1)
    assert all(is_as(notebook.named(mail), mail, "chess") for mail in mails)


async def test_what_is_refused_for_good_is_parked_until_something_changes(
    candor: Candor, exchange: Exchange, notebook: Notebook
) -> None:
    connection = await connected(exchange, notebook)
    mail = fresh_email()
    await make_reader(candor, mail)
    notebook.faults.append(Fault.NEVER)
    await run(exchange, connection.connection_id)
    async with exchange.database.read() as tx:
        (problem,) = await reading.problems(tx, connection.connection_id)
    assert (problem.problem, problem.count) == ("refused", 1)
    await tell_hobby(candor, mail, "go")
    await run(exchange, connection.connection_id)
    assert is_as(notebook.named(mail), mail, "go")


async def test_parked_ones_are_tried_again_or_given_up_by_hand(
    candor: Candor, exchange: Exchange, notebook: Notebook, clock: FixedClock
) -> None:
    connection = await connected(exchange, notebook)
    mails = [fresh_email() for _ in range(2)]
    for mail in mails:
        await make_reader(candor, mail)
    notebook.faults.append(Fault.NEVER)
    await run(exchange, connection.connection_id)
    async with exchange.database.tx() as tx:
        parked = await reading.deliveries(tx, Filter(states=(Stage.PARKED,)))
        assert len(parked) == 2
        await delivering.drop(
            tx, connection.connection_id, parked[0].delivery_id, actor=TEST, clock=clock
        )
        await delivering.retry(tx, connection.connection_id, None, actor=TEST, clock=clock)
    await run(exchange, connection.connection_id)
    assert len(notebook.people) == 1


async def test_a_slow_failure_of_one_is_not_the_failure_of_all(
    candor: Candor, exchange: Exchange, notebook: Notebook, clock: FixedClock
) -> None:
    notebook.at_once = 1
    connection = await connected(exchange, notebook)
    bad = await make_reader(candor, fresh_email())
    mails = [fresh_email() for _ in range(2)]
    for mail in mails:
        await make_reader(candor, mail)

    def poisoned(parcels: object) -> None:
        del parcels
        if notebook.calls[-1][0].ticket.delivery_id in poison:
            notebook.faults.appendleft(Fault.DOWN)

    await routing.route(exchange)
    async with exchange.database.read() as tx:
        found = await reading.deliveries(tx, Filter())
    poison = {one.delivery_id for one in found if one.profile_id == bad}
    notebook.before = poisoned
    for _ in range(60):
        clock.advance(timedelta(minutes=30))
        await run(exchange, connection.connection_id, rounds=3)
        await tell_hobby(candor, mails[0], house.fresh("hobby"))
    async with exchange.database.read() as tx:
        health = await reading.health_of(tx, connection.connection_id, clock=clock)
    assert health.parked == 1
    assert all(notebook.named(mail) for mail in mails)


@pytest.mark.parametrize("fault", [Fault.LOST, Fault.HALF, Fault.FEW, Fault.WRONG])
async def test_a_no_after_a_lost_answer_arrives(
    candor: Candor, exchange: Exchange, notebook: Notebook, fault: Fault
) -> None:
    """The hardest: taken there and not acknowledged, then taken back before the second try."""
    connection = await connected(exchange, notebook)
    people = [await make_reader(candor, fresh_email()) for _ in range(2)]
    notebook.faults.append(fault)
    await run(exchange, connection.connection_id)
    for person in people:
        await choose(candor, person, news=False)
    await settle_down(exchange, connection.connection_id, rounds=2)
    assert notebook.people == {}


async def test_a_no_and_a_yes_again_around_lost_answers_arrive_in_the_end(
    candor: Candor, exchange: Exchange, notebook: Notebook
) -> None:
    connection = await connected(exchange, notebook, removal=Removal.CLEAR)
    mail = fresh_email()
    ada = await make_reader(candor, mail)
    await run(exchange, connection.connection_id)
    for news in (False, True, False, True):
        notebook.faults.append(Fault.LOST)
        await choose(candor, ada, news=news)
        await run(exchange, connection.connection_id)
    await settle_down(exchange, connection.connection_id, rounds=2)
    assert is_as(notebook.named(mail), mail, "chess")

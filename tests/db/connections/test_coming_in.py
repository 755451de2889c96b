"""What comes in: pages by a lease, signed calls, comparisons, and vendors that lapse."""

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

import pytest

from candor.app import Candor
from candor.domain.audit import service as audit
from candor.domain.connections.errors import BadMessage, BadSignature, TooOld
from candor.domain.connections.model.connection import Connection, State, Why
from candor.domain.connections.model.talk import Heard
from candor.domain.connections.queries import progress, progress_in
from candor.domain.connections.service import (
    comparing,
    connecting,
    hearing,
    listening,
    polling,
    reading,
    steering,
    vendoring,
)
from candor.domain.connections.service.connecting import Wanted
from candor.domain.connections.service.exchange import Exchange
from candor.domain.consent.service import gate
from candor.domain.governance import service as vendors
from candor.domain.governance.model import Wanted as WantedVendor
from candor.kernel.clock import FixedClock
from candor.kernel.errors import Unavailable
from candor.kernel.ids import ProfileId
from candor.kernel.pii import Pii
from tests.counterparts.gazette import Gazette, call
from tests.db.connections.test_hearing import MAPPING, is_allowed, pass_by, said
from tests.factories import exchanging, house
from tests.factories.house import TEST

pytestmark = pytest.mark.anyio


@pytest.fixture
def gazette() -> Gazette:
    return Gazette(is_two_way=True)


@pytest.fixture
def exchange(candor: Candor, gazette: Gazette) -> Exchange:
    return exchanging.exchange_for(candor, {"notebook": gazette})


@pytest.fixture
async def connection(exchange: Exchange, gazette: Gazette) -> Connection:
    code = house.fresh("gazette")
    return await exchanging.connected(exchange, gazette, code=code, mapping=MAPPING)


async def readers(
    candor: Candor, exchange: Exchange, connection: Connection, number: int
) -> list[tuple[ProfileId, str]]:
    """Return people who take the news, and stand there."""
    mails = [house.fresh_email() for _ in range(number)]
    people = [await exchanging.make_reader(candor, mail) for mail in mails]
    await exchanging.run(exchange, connection.connection_id)
    pass_by(candor)
    return list(zip(people, mails, strict=True))


def turn_away(gazette: Gazette, mails: Sequence[str]) -> None:
    """Say no for some people there."""
    for mail in mails:
        gazette.change(mail, news=False)
        gazette.journal.append(said(gazette, mail, news=False))


async def allowed(candor: Candor, people: Sequence[tuple[ProfileId, str]]) -> list[bool]:
    return [await is_allowed(candor, person) for person, _ in people]


# ------------------------------------------------------------------------------- reading
async def test_reading_goes_on_where_it_stopped_half_way(
    candor: Candor, exchange: Exchange, connection: Connection, gazette: Gazette
) -> None:
    people = await readers(candor, exchange, connection, 5)
    turn_away(gazette, [mail for _, mail in people])
    gazette.breaks_at = 3
    assert await polling.poll(exchange, connection) == 0
    assert await problem_of(candor, connection) == "reading: cut_off"
    assert (await allowed(candor, people)) == [False] * 3 + [True] * 2
    gazette.breaks_at = None
    pass_by(candor, 3600)
    await polling.poll_due(exchange)
    assert (await allowed(candor, people)) == [False] * 5
    assert await problem_of(candor, connection) is None


async def test_a_worker_that_dies_after_hearing_hears_again_harmlessly(
    candor: Candor, exchange: Exchange, connection: Connection, gazette: Gazette
) -> None:
    people = await readers(candor, exchange, connection, 3)
    turn_away(gazette, [mail for _, mail in people])
    page = await gazette.poll(exchange.line(connection), None)
    await hearing.hear(exchange, connection, page.heard)  # and dies before the place is saved
    await polling.poll(exchange, connection)
    assert (await allowed(candor, people)) == [False] * 3
    async with candor.database.read() as tx:
        history = await gate.history(tx, [people[0][0]])
    assert len(history) == 2  # the yes, and one no


async def test_one_worker_reads_at_a_time(
    candor: Candor, exchange: Exchange, connection: Connection, gazette: Gazette
) -> None:
    now = candor.clock.now()
    async with candor.database.tx() as tx:
        await progress_in.lease(
            tx,
            connection_id=connection.connection_id,
            at=now,
            until=now + timedelta(minutes=5),
        )
    await polling.poll(exchange, connection)
    assert gazette.reads == 0
    pass_by(candor, 301)
    await polling.poll(exchange, connection)
    assert gazette.reads == 1


# ------------------------------------------------------------------------------- being called
async def test_a_signed_call_is_heard_once_and_others_are_refused_alike(
    candor: Candor, exchange: Exchange, connection: Connection, gazette: Gazette
) -> None:
    [(person, mail)] = await readers(candor, exchange, connection, 1)
    name = said(gazette, mail).remote_id
    assert name is not None
    told = [{"id": name.reveal(), "choices": {"news": False}, "message": "m1"}]
    now = candor.clock.now()
    wrong = [
        (BadSignature, "nobody", call(told, now)),
        (BadSignature, connection.code, call(told, now, secret="00")),
        (TooOld, connection.code, call(told, now - timedelta(minutes=6))),
        (TooOld, connection.code, call(told, now + timedelta(minutes=6))),
        (BadMessage, connection.code, call({"no": "list"}, now)),
    ]
    for error, code, request in wrong:
        with pytest.raises(error):
            await listening.take(exchange, code, request)
    assert await is_allowed(candor, person)
    for _ in range(2):
        answer = await listening.take(exchange, connection.code, call(told, now))
        assert (answer.status, answer.body) == (200, b"thanks")
    assert not await is_allowed(candor, person)
    async with candor.database.read() as tx:
        rows = await comparing.heard(
            tx, connection.connection_id, since=now - timedelta(hours=1)
        )
    counts = {row.what: row.count for row in rows}
    assert counts == {
        "bad_signature": 1,
        "too_old": 2,
        "bad_message": 1,
        "taken": 1,
        "again": 1,
    }


async def test_whoever_is_paused_is_asked_to_send_again(
    candor: Candor, exchange: Exchange, connection: Connection
) -> None:
    await exchanging.move(exchange, connection.connection_id, State.PAUSED)
    with pytest.raises(Unavailable):
        await listening.take(exchange, connection.code, call([], candor.clock.now()))
    with pytest.raises(BadSignature):
        await listening.take(
            exchange, connection.code, call([], candor.clock.now(), secret="00")
        )


async def test_many_calls_at_once_about_few_people_come_to_the_no(
    candor: Candor, exchange: Exchange, connection: Connection, gazette: Gazette
) -> None:
    people = await readers(candor, exchange, connection, 3)
    turn_away(gazette, [mail for _, mail in people])
    batches = [list(gazette.journal) * 40 for _ in range(5)]
    await asyncio.gather(*(hearing.hear(exchange, connection, batch) for batch in batches))
    assert (await allowed(candor, people)) == [False] * 3
    async with candor.database.read() as tx:
        assert len(await gate.history(tx, [people[0][0]])) == 2


async def test_thousands_of_strangers_are_counted_and_cost_nobody_anything(
    exchange: Exchange, connection: Connection
) -> None:
    strangers = [
        Heard(remote_id=Pii(f"stranger{number}"), choices={"news": False})
        for number in range(10_000)
    ]
    assert await hearing.hear(exchange, connection, strangers) == {"unknown": 10_000}


# ------------------------------------------------------------------------------- comparing
async def test_drift_is_found_put_right_towards_no_and_written_down(
    candor: Candor, exchange: Exchange, connection: Connection, gazette: Gazette
) -> None:
    people = await readers(candor, exchange, connection, 5)
    for _, mail in people[:2]:
        gazette.change(mail, news=False)  # and nobody tells us
    await exchanging.choose(candor, people[4][0], news=False)
    await exchanging.run(exchange, connection.connection_id)
    pass_by(candor)
    report = await comparing.compare(exchange, connection)
    assert (report.looked_at, report.taken) == (len(gazette.people), 2)
    assert (await allowed(candor, people)) == [False, False, True, True, False]
    async with candor.database.read() as tx:
        entry = (await audit.newest(tx, action=comparing.DRIFTED))[0]
    assert entry.detail["taken"] == 2
    await exchanging.run(exchange, connection.connection_id)
    pass_by(candor)
    assert (await comparing.compare(exchange, connection)).drifted == 0
    assert await comparing.compare_due(exchange) == 0  # not again today


async def test_a_comparison_that_is_asked_for_says_who_is_missing_there(
    candor: Candor, exchange: Exchange, connection: Connection, gazette: Gazette
) -> None:
    people = await readers(candor, exchange, connection, 3)
    await comparing.compare(exchange, connection)
    gone = gazette.named(people[1][1])
    assert gone is not None
    del gazette.people[gone.remote_id]  # and nobody tells us
    pass_by(candor)
    async with candor.database.tx() as tx:
        await comparing.ask(tx, connection.connection_id, actor=TEST, exchange=exchange)
        before = await reading.health_of(tx, connection.connection_id, clock=candor.clock)
    assert (before.is_compared_now, before.missing) == (True, 0)
    await comparing.compare_due(exchange)
    async with candor.database.read() as tx:
        after = await reading.health_of(tx, connection.connection_id, clock=candor.clock)
        entry = (await audit.newest(tx, action="connections.compared"))[0]
    assert (after.is_compared_now, after.missing, after.drifted) == (False, 1, 0)
    assert entry.detail["missing"] == 1


# ------------------------------------------------------------------------------- vendors
async def test_a_lapse_removes_everybody_and_a_renewal_sends_them_anew(
    candor: Candor, exchange: Exchange, gazette: Gazette
) -> None:
    assert isinstance(candor.clock, FixedClock)
    today = candor.clock.now().date()
    async with candor.database.tx() as tx:
        vendor_id = await vendors.add(
            tx,
            house.fresh("vendor"),
            WantedVendor("Gazette Ltd", "DE", contract="7", contract_until=today),
            actor=TEST,
            clock=candor.clock,
        )
    connection = await _of_vendor(exchange, gazette, vendor_id)
    await readers(candor, exchange, connection, 2)
    assert len(gazette.people) == 2
    assert await vendoring.watch(exchange) == 0
    pass_by(candor, 86_400)
    assert await vendoring.watch(exchange) == 1
    await exchanging.run(exchange, connection.connection_id)
    stopped = await exchanging.connection_of(exchange, connection.connection_id)
    assert (stopped.state, stopped.why) == (State.STOPPING, Why.VENDOR_LAPSED)
    assert not gazette.people
    await _renew(candor, exchange, vendor_id, today + timedelta(days=365))
    await exchanging.run(exchange, connection.connection_id)
    assert len(gazette.people) == 2
    async with candor.database.tx() as tx:
        await vendors.end(tx, vendor_id, actor=TEST, clock=candor.clock)
        await vendoring.follow(tx, vendor_id, actor=TEST, clock=candor.clock)
    await exchanging.run(exchange, connection.connection_id)
    over = await exchanging.connection_of(exchange, connection.connection_id)
    assert (over.state, gazette.people) == (State.ENDED, {})


async def test_what_somebody_paused_does_not_start_by_itself(
    candor: Candor, exchange: Exchange, gazette: Gazette
) -> None:
    today = candor.clock.now().date()
    async with candor.database.tx() as tx:
        vendor_id = await vendors.add(
            tx,
            house.fresh("vendor"),
            WantedVendor("Gazette Ltd", "DE", contract="7", contract_until=today),
            actor=TEST,
            clock=candor.clock,
        )
    connection = await _of_vendor(exchange, gazette, vendor_id)
    async with candor.database.tx() as tx:
        await steering.pause(tx, connection.connection_id, actor=TEST, clock=candor.clock)
    pass_by(candor, 86_400)
    await vendoring.watch(exchange)
    await _renew(candor, exchange, vendor_id, today + timedelta(days=365))
    found = await exchanging.connection_of(exchange, connection.connection_id)
    assert (found.state, found.why) == (State.STOPPING, Why.LAPSED_WHILE_PAUSED)


async def _of_vendor(exchange: Exchange, gazette: Gazette, vendor_id: UUID) -> Connection:
    """Connect a system of a vendor."""
    connection = await exchanging.connected(
        exchange, gazette, code=house.fresh("gazette"), mapping=MAPPING
    )
    wanted = Wanted(
        name=connection.name,
        adapter=connection.adapter,
        directions=connection.directions,
        purposes=connection.purposes,
        mapping=connection.mapping,
        settings=connection.settings,
        vendor_id=vendor_id,
        source=connection.source,
    )
    async with exchange.database.tx() as tx:
        return await connecting.change(
            tx, connection.connection_id, wanted, actor=TEST, exchange=exchange
        )


async def _renew(candor: Candor, exchange: Exchange, vendor_id: UUID, until: date) -> None:
    async with candor.database.tx() as tx:
        await vendors.renew(
            tx,
            vendor_id,
            "8",
            until,
            actor=TEST,
            clock=candor.clock,
        )
    await vendoring.watch(exchange)


async def problem_of(candor: Candor, connection: Connection) -> str | None:
    """Return what is wrong with a connection now."""
    async with candor.database.read() as tx:
        rows = await progress.progress(tx, [connection.connection_id])
    return rows[connection.connection_id].problem

"""Carriers in a whole Candor: tests to oneself; what comes back stops messages to that person."""

from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID

import pytest

from candor.app import Candor
from candor.domain.access.model.roles import Role
from candor.domain.connections.adapters.sms.transport import Sms
from candor.domain.connections.adapters.smtp import configuring, writing
from candor.domain.connections.adapters.smtp.transport import Smtp
from candor.domain.connections.errors import BadConnection, BadSignature, WrongState
from candor.domain.connections.model.connection import Connection, Direction, State
from candor.domain.connections.model.talk import Received, Returned, Taken, Ticket
from candor.domain.connections.service import connecting, listening, reading, routing, testing
from candor.domain.connections.service.connecting import Wanted
from candor.domain.connections.service.exchange import Exchange
from candor.domain.connections.service.reading import Filter
from candor.domain.consent.model.choice import Choice
from candor.domain.consent.model.signal import SignalKind
from candor.domain.consent.service import signals
from candor.infra.http import Outbound
from candor.kernel.ids import ProfileId, new_id
from tests.counterparts.mail_server import MailServer
from tests.counterparts.twilio import ACCOUNT, SERVICE, TOKEN, call
from tests.factories import house
from tests.factories.exchanging import connection_of, exchange_for, move
from tests.factories.house import TEST
from tests.factories.mailing import message
from tests.factories.staff import add_staff

REPORT = (
    "From: MAILER-DAEMON@mail.example\r\nTo: {to}\r\nMessage-ID: <{name}@mail.example>\r\n"
    'Content-Type: multipart/report; report-type=delivery-status; boundary="A"\r\n\r\n'
    "--A\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mail.example\r\n\r\n"
    "Final-Recipient: rfc822; x@y.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--A--\r\n"
)


@pytest.fixture
async def there() -> AsyncIterator[MailServer]:
    async with MailServer().running() as there:
        yield there


@pytest.fixture
async def mail() -> AsyncIterator[Smtp]:
    adapter = Smtp()
    yield adapter
    await adapter.close()


@pytest.fixture
def exchange(candor: Candor, there: MailServer, mail: Smtp) -> Exchange:
    made = exchange_for(candor, {"smtp": mail, "sms": Sms()})
    return replace(made, outbound=Outbound(allowed_private=(there.host,)))


async def add_mail(
    exchange: Exchange, there: MailServer, *, purposes: tuple[str, ...] = ()
) -> Connection:
    """Connect a mail there, and start it; its keys are made by themselves."""
    wanted = Wanted(
        name="Mail",
        adapter="smtp",
        directions=frozenset({Direction.OUT, Direction.IN}),
        purposes=purposes,
        mapping=(),
        settings={
            "host": "127.0.0.1",
            "port": str(there.port),
            "tls": "none",
            "from": "Nordmarkt <news@nordmarkt.example>",
            "bounce_domain": "bounces.nordmarkt.example",
            "channel": "email",
            "sessions": "1",
        },
    )
    return await _added(exchange, "mail", wanted)


async def add_sms(exchange: Exchange) -> Connection:
    wanted = Wanted(
        name="Text messages",
        adapter="sms",
        directions=frozenset({Direction.OUT, Direction.IN}),
        purposes=(),
        mapping=Sms().spec.suggested,
        settings={
            "account": ACCOUNT,
            "service": SERVICE,
            "channel": "sms",
            "text_stop": "Bye.",
        },
        secrets={"token": TOKEN},
    )
    return await _added(exchange, "sms", wanted)


async def _added(exchange: Exchange, code: str, wanted: Wanted) -> Connection:
    async with exchange.database.tx() as tx:
        connection_id = await connecting.add(tx, code, wanted, actor=TEST, exchange=exchange)
    await move(exchange, connection_id, State.ACTIVE)
    return await connection_of(exchange, connection_id)


async def kinds_of(candor: Candor, person: ProfileId) -> list[str]:
    async with candor.database.read() as tx:
        return [one.kind for one in await signals.heard(tx, [person])]


def mailed(exchange: Exchange, connection: Connection, raw: bytes) -> Received:
    """Return a mail as our own mail there hands it in."""
    line = exchange.line(connection)
    headers = {"authorization": f"Bearer {line.secrets['inbound']}"}
    return Received("POST", line.callback_url, headers, raw)


def return_path(exchange: Exchange, connection: Connection, person: UUID) -> str:
    """Return where a message to somebody comes back to."""
    head = configuring.read(exchange.line(connection)).head
    wanted = message(profile_id=person, ticket=Ticket(new_id(), 1, 1))
    return writing.write(wanted, head, exchange.clock.now()).sender


async def test_a_bounce_stops_mail_to_that_person_once_and_for_all(
    candor: Candor, exchange: Exchange, there: MailServer
) -> None:
    connection = await add_mail(exchange, there)
    ada, ben = await house.make_person(candor), await house.make_person(candor)
    to = return_path(exchange, connection, ada)
    report = REPORT.format(to=to, name="one").encode()

    for _ in range(2):
        said = await listening.take(exchange, "mail", mailed(exchange, connection, report))
        assert said == Returned(204)

    assert await kinds_of(candor, ada) == [SignalKind.BOUNCE]
    assert await kinds_of(candor, ben) == []


async def test_nobody_is_stopped_by_a_report_that_anybody_could_write(
    candor: Candor, exchange: Exchange, there: MailServer
) -> None:
    connection = await add_mail(exchange, there)
    ada = await house.make_person(candor)
    nobody = return_path(exchange, connection, new_id())
    of_ada = return_path(exchange, connection, ada)
    forged = of_ada[:10] + ("a" if of_ada[10] != "a" else "b") + of_ada[11:]

    for to in (nobody, forged, "ada@example.org"):
        report = REPORT.format(to=to, name="one").encode()
        await listening.take(exchange, "mail", mailed(exchange, connection, report))
    report = REPORT.format(to=of_ada, name="one").encode()
    without = replace(mailed(exchange, connection, report), headers={})
    with pytest.raises(BadSignature):
        await listening.take(exchange, "mail", without)

    assert await kinds_of(candor, ada) == []


async def test_stop_by_text_message_finds_the_person_by_their_number(
    candor: Candor, exchange: Exchange
) -> None:
    connection = await add_sms(exchange)
    ada = await house.make_person(candor, phone="+49 151 23456789")
    ours = exchange.line(connection).callback_url
    stop = {"MessageSid": f"SM{'b' * 32}", "From": "+4915123456789", "Body": "Stopp!"}
    stranger = stop | {"MessageSid": f"SM{'c' * 32}", "From": "+4915123456780"}

    for form in (stop, stop, stranger):
        said = await listening.take(exchange, "sms", call(ours, form))
        assert b"Bye." in said.body

    assert await kinds_of(candor, ada) == [SignalKind.STOP]


async def test_who_asks_for_a_test_gets_it_and_it_is_written_down(
    candor: Candor, exchange: Exchange, there: MailServer
) -> None:
    connection = await add_mail(exchange, there)
    member = await add_staff(candor, Role.SECURITY, address="cleo@nordmarkt.example")

    said = await testing.send_test(exchange, connection.connection_id, member.staff_id)

    assert said == Taken()
    assert [one.recipient for one in there.taken] == ["cleo@nordmarkt.example"]
    assert b"List-Unsubscribe" not in there.taken[0].content.partition(b"From:")[2]


async def test_no_test_goes_where_nobody_of_staff_is(
    exchange: Exchange, there: MailServer
) -> None:
    connection = await add_mail(exchange, there)

    with pytest.raises(BadConnection):
        await testing.send_test(exchange, connection.connection_id, new_id())
    await move(exchange, connection.connection_id, State.STOPPING)
    await move(exchange, connection.connection_id, State.ENDED)
    with pytest.raises(WrongState):
        await testing.send_test(exchange, connection.connection_id, new_id())
    assert there.taken == []


async def test_who_only_carries_messages_is_told_of_nobody(
    candor: Candor, exchange: Exchange, there: MailServer
) -> None:
    connection = await add_mail(exchange, there, purposes=("news",))
    person = await house.make_person(candor, email=house.fresh_email())
    await routing.route(exchange)
    await house.choose(candor, person, "news", Choice.GRANTED)
    await routing.route(exchange)
    async with candor.database.read() as tx:
        assert not await reading.deliveries(tx, Filter(connection.connection_id))

"""Browsers of people: kept sealed, one person's each, used for what is allowed, and forgotten."""

from collections.abc import AsyncIterator
from dataclasses import replace

import msgspec
import pytest

from candor.app import Candor
from candor.app.exchanging import exchange_of
from candor.domain.connections.adapters.push.transport import Push
from candor.domain.connections.errors import BadMessage, NoSuchBrowser, NoSuchConnection
from candor.domain.connections.model.connection import Connection, Direction, State
from candor.domain.connections.model.talk import Gone, Message, Taken, Ticket
from candor.domain.connections.service import connecting, subscribing
from candor.domain.connections.service.connecting import Wanted
from candor.domain.connections.service.exchange import Exchange
from candor.domain.profiles import jobs
from candor.domain.vault.errors import NotAllowed
from candor.infra.http import Outbound
from candor.kernel.ids import ProfileId, new_id
from candor.kernel.pii import Pii
from tests.counterparts.push_service import Browser, PushService
from tests.factories import exchanging, house
from tests.factories.exchanging import connection_of, exchange_for, move
from tests.factories.house import TEST
from tests.factories.rights import given_out

pytestmark = pytest.mark.anyio


@pytest.fixture
async def service() -> AsyncIterator[PushService]:
    async with PushService().running() as service:
        yield service


@pytest.fixture
def exchange(candor: Candor, service: PushService) -> Exchange:
    outbound = Outbound(allowed_private=[service.host])
    return replace(exchange_for(candor, {"push": Push()}), outbound=outbound)


@pytest.fixture
async def connection(exchange: Exchange, service: PushService) -> Connection:
    wanted = Wanted(
        name="Browsers",
        adapter="push",
        directions=frozenset({Direction.OUT}),
        purposes=("news",),
        mapping=(),
        settings={"subject": "mailto:push@example.com", "own_services": service.host},
    )
    async with exchange.database.tx() as tx:
        number = await connecting.add(tx, "browsers", wanted, actor=TEST, exchange=exchange)
    await move(exchange, number, State.ACTIVE)
    return await connection_of(exchange, number)


async def reader(candor: Candor) -> ProfileId:
    return await exchanging.make_reader(candor, house.fresh_email())


async def added(exchange: Exchange, person: ProfileId, browser: Browser) -> None:
    async with exchange.database.tx() as tx:
        await subscribing.add(tx, person, Pii(browser.to_json()), actor=TEST, exchange=exchange)


async def count(exchange: Exchange, person: ProfileId) -> int:
    async with exchange.database.read() as tx:
        return len(await subscribing.of_person(tx, [person]))


async def test_without_an_active_connection_nothing_is_offered(candor: Candor) -> None:
    exchange = exchange_of(candor)
    async with exchange.database.tx() as tx:
        assert await subscribing.offered(tx) is None
        with pytest.raises(NoSuchConnection):
            await subscribing.add(
                tx, await reader(candor), Pii("{}"), actor=TEST, exchange=exchange
            )


async def test_a_browser_takes_a_message_and_is_forgotten_when_it_is_gone(
    candor: Candor, exchange: Exchange, connection: Connection, service: PushService
) -> None:
    person = await reader(candor)
    browser = service.browser(subscribing.public_key(connection, exchange))
    await added(exchange, person, browser)
    for outcome in (Taken, Gone):
        async with exchange.database.tx() as tx:
            ((known, to),) = await subscribing.open_of(
                tx, [person], connection, purpose="news", actor=TEST, exchange=exchange
            )
        message = Message(Ticket(new_id(), 1, 1), to, "en", subject="Ex", text="Hello")
        line = exchange.line(connection)
        (answer,) = await Push().carry(line, [message])
        assert isinstance(answer, outcome), answer
        async with exchange.database.tx() as tx:
            await subscribing.settle(
                tx,
                [person],
                taken=[known.subscription_id] if outcome is Taken else [],
                gone=[known.subscription_id] if outcome is Gone else [],
                exchange=exchange,
            )
        service.browsers.clear()
    assert browser.opened()[0]["body"] == "Hello"
    assert await count(exchange, person) == 0


async def test_a_browser_is_opened_only_for_what_is_allowed(
    candor: Candor, exchange: Exchange, connection: Connection, service: PushService
) -> None:
    person = await reader(candor)
    await added(exchange, person, service.browser("key"))
    async with exchange.database.tx() as tx:
        with pytest.raises(NotAllowed):
            await subscribing.open_of(
                tx, [person], connection, purpose="ads", actor=TEST, exchange=exchange
            )


@pytest.mark.usefixtures("connection")
async def test_one_browser_is_one_persons(
    candor: Candor, exchange: Exchange, service: PushService
) -> None:
    ada, ben = await reader(candor), await reader(candor)
    browser = service.browser("key")
    for person in (ada, ada, ben):
        await added(exchange, person, browser)
    assert (await count(exchange, ada), await count(exchange, ben)) == (0, 1)


async def points_of(candor: Candor, *people: ProfileId) -> list[bool]:
    """Tell of people whether push messages reach them, as the gate reads it."""
    policy = await house.policy_of(candor)
    point = policy.channels["push"].point
    states = await house.states_of(candor, list(people))
    return [bool(states[one].points & point) for one in people]


@pytest.mark.usefixtures("connection")
async def test_a_browser_is_a_contact_point_for_as_long_as_it_is_kept(
    candor: Candor, exchange: Exchange, service: PushService
) -> None:
    known = house.make_company().channels
    push = msgspec.structs.replace(known[0], code="push", contact="device")
    await house.apply_company(candor, channels=(*known, push))
    ada, ben = await reader(candor), await reader(candor)
    browser = service.browser("key")
    for person, expected in ((ada, [True, False]), (ben, [False, True])):
        await added(exchange, person, browser)
        assert await points_of(candor, ada, ben) == expected
    # Worked out anew for everybody, as at a new catalogue: it stays.
    await jobs.follow_once(candor.database, candor.rulebook, subscribing.reached, None)
    assert await points_of(candor, ada, ben) == [False, True]
    async with exchange.database.tx() as tx:
        await subscribing.remove_all(tx, [ben], actor=TEST, exchange=exchange)
    assert await points_of(candor, ada, ben) == [False, False]


@pytest.mark.usefixtures("connection")
async def test_a_person_has_twenty_browsers_at_most(
    candor: Candor, exchange: Exchange, service: PushService
) -> None:
    ada = await reader(candor)
    for _ in range(23):
        await added(exchange, ada, service.browser("key"))
    assert await count(exchange, ada) == 20


@pytest.mark.usefixtures("connection")
async def test_a_browser_is_removed_by_its_person_alone(
    candor: Candor, exchange: Exchange, service: PushService
) -> None:
    ada, ben = await reader(candor), await reader(candor)
    await added(exchange, ada, service.browser("key"))
    async with exchange.database.tx() as tx:
        (known,) = await subscribing.of_person(tx, [ada])
        with pytest.raises(NoSuchBrowser):
            await subscribing.remove(
                tx, [ben], known.subscription_id, actor=TEST, exchange=exchange
            )
        await subscribing.remove(
            tx, [ada], known.subscription_id, actor=TEST, exchange=exchange
        )
    assert await count(exchange, ada) == 0


@pytest.mark.usefixtures("connection")
@pytest.mark.parametrize(
    "endpoint",
    [
        "https://127.0.0.1/push/1",
        "https://169.254.169.254/",
        "http://push.example/1",
        "file:///",
    ],
)
async def test_an_address_inside_is_not_kept(
    candor: Candor, exchange: Exchange, endpoint: str
) -> None:
    ada = await reader(candor)
    with pytest.raises(BadMessage):
        await added(exchange, ada, Browser(endpoint, "key"))
    assert await count(exchange, ada) == 0


@pytest.mark.usefixtures("connection")
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_host_that_was_allowed_for_something_else_is_no_push_service(
    candor: Candor, exchange: Exchange, scheme: str
) -> None:
    ada, other = await reader(candor), "listmonk.internal:9000"
    widened = replace(exchange, outbound=Outbound(allowed_private=[other]))
    with pytest.raises(BadMessage):
        await added(widened, ada, Browser(f"{scheme}://{other.upper()}/api/lists", "key"))
    assert await count(exchange, ada) == 0


@pytest.mark.usefixtures("connection")
async def test_a_browser_is_in_the_export_and_goes_with_its_person(
    candor: Candor, exchange: Exchange, service: PushService
) -> None:
    ada = await reader(candor)
    browser = service.browser("key")
    async with exchange.database.tx() as tx:
        await subscribing.add(
            tx,
            ada,
            Pii(browser.to_json()),
            device="Firefox on Linux",
            actor=TEST,
            exchange=exchange,
        )
    holder = candor.holders["connections"]

    def opener(
        table: str, column: str, profile_id: ProfileId, sealed: bytes, row: bytes = b""
    ) -> Pii[bytes]:
        assert (table, column, profile_id) == ("connections.subscription", "sealed", ada)
        assert browser.endpoint.encode() not in sealed
        assert row
        return Pii(browser.to_json().encode())

    async with exchange.database.tx() as tx:
        (given,) = (await given_out(holder, tx, [ada], opener))["connections.subscription"]
    assert given["device"] == "Firefox on Linux"
    assert isinstance(given["browser"], Pii)
    async with exchange.database.tx() as tx:
        erased = await holder.erase_person(tx, [ada])
    assert erased.gone["connections.subscription"] == 1
    assert await count(exchange, ada) == 0


@pytest.mark.usefixtures("connection")
async def test_all_browsers_but_one_are_removed_at_once(
    candor: Candor, exchange: Exchange, service: PushService
) -> None:
    ada, ben = await reader(candor), await reader(candor)
    for person in (ada, ada, ada, ben):
        await added(exchange, person, service.browser("key"))
    async with exchange.database.tx() as tx:
        kept = (await subscribing.of_person(tx, [ada]))[0].subscription_id
        for but, removed in ((kept, 2), (None, 1), (None, 0)):
            assert removed == await subscribing.remove_all(
                tx, [ada], but=but, actor=TEST, exchange=exchange
            )
    assert (await count(exchange, ada), await count(exchange, ben)) == (0, 1)

"""Messages in this browser: allowed, tested, listed, stopped; and ended by signing out."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import msgspec
import psycopg
import pytest

from candor.app import Candor, web
from candor.app.exchanging import exchange_of
from candor.domain.catalogue.model import Channel, ChannelText
from candor.domain.connections.model.connection import Direction, State
from candor.domain.connections.service import connecting, subscribing
from candor.domain.connections.service.connecting import Wanted
from candor.domain.connections.service.exchange import Exchange
from candor.domain.consent.model.choice import Choice
from candor.infra.http import Outbound
from candor.infra.web.static import FILES
from candor.kernel.ids import ProfileId
from tests.counterparts.push_service import Browser, PushService
from tests.factories.exchanging import connection_of, move
from tests.factories.house import (
    TEST,
    apply_company,
    choose,
    make_company,
    make_person,
)
from tests.web.portal.conftest import HOST, Visitor, csrf

PAGE = "/me/browser"
Owner = psycopg.Connection[Any]


@pytest.fixture
async def service() -> AsyncIterator[PushService]:
    async with PushService().running() as service:
        yield service


@pytest.fixture
def reaching(candor: Candor, service: PushService) -> Candor:
    """Return the same Candor, which may call the push service of the test."""
    return replace(candor, outbound=Outbound(allowed_private=[service.host]))


@pytest.fixture
async def exchange(reaching: Candor, service: PushService) -> Exchange:
    """Return what connections are worked with; push messages are offered."""
    exchange = exchange_of(reaching)
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
    return exchange


@pytest.fixture
async def visitor(reaching: Candor) -> AsyncIterator[Visitor]:
    transport = httpx.ASGITransport(app=web(reaching))  # pyright: ignore[reportArgumentType] - the same protocol under other names
    async with httpx.AsyncClient(
        transport=transport,
        base_url=HOST,
        headers={"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0"},
    ) as client:
        yield Visitor(reaching, client)


@pytest.fixture
async def ada(candor: Candor, visitor: Visitor) -> ProfileId:
    who = await make_person(candor, name="Ada")
    await visitor.sign_in(who)
    return who


async def key_of(exchange: Exchange) -> str:
    async with exchange.database.read() as tx:
        found = await subscribing.offered(tx)
    assert found
    return subscribing.public_key(found, exchange)


async def send(visitor: Visitor, path: str, **fields: str) -> httpx.Response:
    token = csrf(await visitor.page(PAGE))
    return await visitor.post(path, {"csrf_token": token, **fields})


async def allow(visitor: Visitor, exchange: Exchange, service: PushService) -> Browser:
    browser = service.browser(await key_of(exchange))
    answer = await send(visitor, PAGE, subscription=browser.to_json())
    assert answer.headers["location"] == f"{PAGE}?done=added"
    return browser


async def count(exchange: Exchange, who: ProfileId) -> int:
    async with exchange.database.read() as tx:
        return len(await subscribing.of_person(tx, [who]))


async def test_without_a_connection_the_page_says_so_and_asks_nothing(
    visitor: Visitor, ada: ProfileId
) -> None:
    html = await visitor.page(PAGE)
    assert "Just now we send nothing to browsers." in html
    assert "data-push-state" not in html
    assert str(ada) not in html
    assert (await send(visitor, PAGE, subscription="{}")).status_code == 404
    assert (await send(visitor, f"{PAGE}/test")).status_code == 404


async def test_a_browser_is_allowed_listed_and_tested(
    visitor: Visitor, ada: ProfileId, exchange: Exchange, service: PushService
) -> None:
    html = await visitor.page(PAGE)
    assert f'data-key="{await key_of(exchange)}"' in html
    assert 'data-here="no"' in html
    browser = await allow(visitor, exchange, service)
    html = await visitor.page(f"{PAGE}?done=added")
    assert "Done: messages can come to this browser now." in html
    assert 'data-here="yes"' in html
    assert "Firefox, Linux" in html
    assert "no message yet" in html
    assert browser.endpoint not in html
    answer = await send(visitor, f"{PAGE}/test")
    assert answer.headers["location"] == f"{PAGE}?done=tested-1-0-0"
    (said,) = browser.opened()
    assert said["url"] == PAGE
    assert "the test that you asked for" in said["body"]
    html = await visitor.page(answer.headers["location"])
    assert "The test is on its way to 1 browser." in html
    assert "last message on" in html
    assert await count(exchange, ada) == 1
    looks = await visitor.page("/me/looks")
    assert "You let messages come to a browser of yours" in looks
    assert "You sent a test to your browsers" in looks


@pytest.mark.usefixtures("ada")
async def test_one_that_takes_nothing_any_more_leaves_the_list(
    visitor: Visitor, exchange: Exchange, service: PushService
) -> None:
    await allow(visitor, exchange, service)
    service.browsers.clear()
    answer = await send(visitor, f"{PAGE}/test")
    html = await visitor.page(answer.headers["location"])
    assert "1 browser takes no messages any more" in html
    assert "None yet. Nothing comes to any browser." in html
    answer = await send(visitor, f"{PAGE}/test")
    assert answer.headers["location"] == f"{PAGE}?done=none"


@pytest.mark.usefixtures("ada")
async def test_what_is_down_is_said_and_tests_are_counted(
    visitor: Visitor, exchange: Exchange, service: PushService
) -> None:
    await allow(visitor, exchange, service)
    service.wrong = 500
    answers = [await send(visitor, f"{PAGE}/test") for _ in range(7)]
    assert answers[0].headers["location"] == f"{PAGE}?done=tested-0-0-1"
    assert "could not be reached" in await visitor.page(answers[0].headers["location"])
    assert [one.status_code for one in answers] == [303] * 6 + [429]


@pytest.mark.parametrize("given", ["", "{}", "null", '{"endpoint":"https://127.0.0.1/"}'])
@pytest.mark.usefixtures("exchange", "ada")
async def test_what_is_no_browser_is_refused(visitor: Visitor, given: str) -> None:
    answer = await send(visitor, PAGE, subscription=given)
    assert answer.status_code == 400
    assert "nothing that we can send messages to" in answer.text


async def test_nobody_stops_the_browser_of_another(
    candor: Candor, visitor: Visitor, exchange: Exchange, service: PushService, ada: ProfileId
) -> None:
    await allow(visitor, exchange, service)
    async with exchange.database.read() as tx:
        (own,) = await subscribing.of_person(tx, [ada])
    ben = await make_person(candor, name="Ben")
    visitor.client.cookies.clear()
    await visitor.sign_in(ben)
    for which in (str(own.subscription_id), "", "x"):
        answer = await send(visitor, f"{PAGE}/stop", which=which)
        assert answer.headers["location"] == f"{PAGE}?done=stopped"
    assert await count(exchange, ada) == 1


async def test_it_is_stopped_by_a_button(
    visitor: Visitor, exchange: Exchange, service: PushService, ada: ProfileId, owner: Owner
) -> None:
    await allow(visitor, exchange, service)
    async with exchange.database.read() as tx:
        (own,) = await subscribing.of_person(tx, [ada])
    await send(visitor, f"{PAGE}/stop", which=str(own.subscription_id))
    assert await count(exchange, ada) == 0
    assert 'data-here="no"' in await visitor.page(PAGE)
    found = owner.execute(
        "SELECT action FROM audit.entry WHERE action LIKE 'connections.browser%%' ORDER BY entry_id"
    ).fetchall()
    assert [row[0] for row in found] == [
        "connections.browser_added",
        "connections.browser_removed",
    ]


async def test_signing_out_ends_it_here_alone(
    visitor: Visitor, exchange: Exchange, service: PushService, ada: ProfileId
) -> None:
    await allow(visitor, exchange, service)
    visitor.client.cookies.delete("candor_messages")
    await allow(visitor, exchange, service)
    assert await count(exchange, ada) == 2
    await send(visitor, "/me/sign-out")
    assert await count(exchange, ada) == 1
    await visitor.sign_in(ada)
    assert 'data-here="no"' in await visitor.page(PAGE)


@pytest.mark.parametrize(("where", "left"), [("others", 1), ("everywhere", 0)])
async def test_signing_out_elsewhere_ends_it_there(
    visitor: Visitor,
    exchange: Exchange,
    service: PushService,
    ada: ProfileId,
    where: str,
    left: int,
) -> None:
    for _ in range(3):
        await allow(visitor, exchange, service)
    await send(visitor, f"/me/account/sign-out-{where}")
    assert await count(exchange, ada) == left


async def test_it_can_be_stopped_while_nothing_is_sent(
    visitor: Visitor, exchange: Exchange, service: PushService, ada: ProfileId
) -> None:
    await allow(visitor, exchange, service)
    async with exchange.database.read() as tx:
        found = await subscribing.offered(tx)
    assert found
    await move(exchange, found.connection_id, State.PAUSED)
    assert (await connection_of(exchange, found.connection_id)).state is State.PAUSED
    html = await visitor.page(PAGE)
    assert "Those that you added stay on the list" in html
    assert "Send me a test" not in html
    async with exchange.database.read() as tx:
        (own,) = await subscribing.of_person(tx, [ada])
    await send(visitor, f"{PAGE}/stop", which=str(own.subscription_id))
    assert await count(exchange, ada) == 0


async def test_allowing_a_browser_is_no_yes_and_the_page_says_what_comes(
    candor: Candor, visitor: Visitor, exchange: Exchange, service: PushService, ada: ProfileId
) -> None:
    company = make_company()
    offers, *others = company.topics
    await apply_company(
        candor,
        channels=(*company.channels, Channel("push", {"en": ChannelText("In the browser")})),
        topics=(msgspec.structs.replace(offers, channels=("email", "push")), *others),
    )
    await allow(visitor, exchange, service)
    assert "nothing, for you did not allow what it is for" in await visitor.page(PAGE)
    await choose(candor, ada, "news", Choice.GRANTED)
    html = await visitor.page(PAGE)
    assert "nothing, for you did not allow" not in html
    assert "at most once a week" in html or "as often" in html


async def test_the_worker_is_the_same_for_everybody_and_calls_nothing(
    visitor: Visitor,
) -> None:
    answer = await visitor.get(f"{PAGE}/worker.js")
    assert answer.status_code == 200
    assert answer.content == FILES["candor-push-worker.js"].body
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["content-security-policy"] == "default-src 'none'"
    assert "service-worker-allowed" not in answer.headers  # its own folder is enough
    assert b"fetch" not in answer.content

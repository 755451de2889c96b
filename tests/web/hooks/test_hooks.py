"""Calls of other systems, at the door of the web: who is heard, and what strangers learn."""

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from candor.app import Candor
from candor.app.surfaces import services_of
from candor.domain.connections.model.connection import Connection
from candor.domain.connections.model.talk import Received
from candor.domain.connections.service.exchange import Exchange
from candor.surface.api.hooks.app import Hooks
from tests.counterparts.gazette import Gazette, call
from tests.db.connections.test_hearing import MAPPING, is_allowed, said
from tests.factories import exchanging, house

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


@pytest.fixture
async def client(candor: Candor, exchange: Exchange) -> AsyncIterator[httpx.AsyncClient]:
    hooks = Hooks(replace(services_of(candor), exchange=exchange))
    transport = httpx.ASGITransport(app=hooks)  # type: ignore[arg-type] - the same protocol
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


async def send(client: httpx.AsyncClient, code: str, request: Received) -> httpx.Response:
    return await client.post(f"/hooks/{code}", content=request.body, headers=request.headers)


async def test_a_signed_call_is_taken(
    candor: Candor,
    client: httpx.AsyncClient,
    exchange: Exchange,
    connection: Connection,
    gazette: Gazette,
) -> None:
    mail = house.fresh_email()
    person = await exchanging.make_reader(candor, mail)
    await exchanging.run(exchange, connection.connection_id)
    name = said(gazette, mail).remote_id
    assert name is not None
    told = [{"id": name.reveal(), "choices": {"news": False}, "message": "m1"}]
    answer = await send(client, connection.code, call(told, candor.clock.now()))
    assert (answer.status_code, answer.text) == (200, "thanks")
    assert not await is_allowed(candor, person)


async def test_strangers_read_the_same_whatever_is_wrong_and_wait_at_last(
    candor: Candor, client: httpx.AsyncClient, connection: Connection
) -> None:
    wrong = call([], candor.clock.now(), secret="00")
    answers = [
        await send(client, code, wrong) for code in ("nobody", "No%20Code", connection.code)
    ]
    assert {one.status_code for one in answers} == {403}
    assert len({one.text for one in answers}) == 1
    answers += [await send(client, connection.code, wrong) for _ in range(40)]
    last = answers[-1]
    assert last.status_code == 429
    assert int(last.headers["retry-after"]) > 0


async def test_too_much_too_old_and_other_methods_are_refused(
    candor: Candor, client: httpx.AsyncClient, connection: Connection
) -> None:
    path = f"/hooks/{connection.code}"
    assert (await client.post(path, content=b"x" * (1024 * 1024 + 1))).status_code == 413
    assert (await client.delete(path)).status_code == 405
    bad = call({"no": "list"}, candor.clock.now())
    assert (await send(client, connection.code, bad)).status_code == 400

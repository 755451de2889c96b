"""A connection that is changed leads no secret elsewhere, and nothing to a lapsed vendor."""

from dataclasses import replace
from uuid import UUID

import pytest

from candor.app import Candor
from candor.app.exchanging import exchange_of
from candor.domain.connections.errors import BadConnection, VendorNotInForce
from candor.domain.connections.model.connection import Connection, Direction, State
from candor.domain.connections.service import applying, connecting, steering
from candor.domain.connections.service.connecting import Wanted
from candor.domain.connections.service.exchange import Exchange
from candor.domain.governance import service as vendors
from candor.domain.governance.service import Wanted as WantedVendor
from tests.factories import exchanging, house
from tests.factories.house import TEST

HERE = "https://1.1.1.1/api"
ELSEWHERE = "https://9.9.9.9/api"


@pytest.fixture
def exchange(candor: Candor) -> Exchange:
    return exchange_of(candor)


async def added(
    exchange: Exchange, adapter: str, settings: dict[str, str], secrets: dict[str, str]
) -> Connection:
    wanted = Wanted(
        name="There",
        adapter=adapter,
        directions=frozenset({Direction.OUT}),
        purposes=(),
        mapping=(),
        settings=settings,
        secrets=secrets,
    )
    async with exchange.database.tx() as tx:
        number = await connecting.add(
            tx, house.fresh("there"), wanted, actor=TEST, exchange=exchange
        )
        return await connecting.find(tx, number)


async def changed(exchange: Exchange, wanted: Wanted, connection_id: UUID) -> Connection:
    async with exchange.database.tx() as tx:
        return await connecting.change(tx, connection_id, wanted, actor=TEST, exchange=exchange)


async def test_a_secret_goes_nowhere_but_where_it_was_given_for(exchange: Exchange) -> None:
    """Else whoever may change a connection has it sign in at a server of their own."""
    there = await added(
        exchange, "hubspot", {"base_url": HERE}, {"token": "pat-1", "client_secret": "c"}
    )
    moved = replace(applying.wanted_of(there), settings={"base_url": ELSEWHERE})

    with pytest.raises(BadConnection, match="Access token") as refused:
        await changed(exchange, moved, there.connection_id)
    assert "pat-1" not in str(refused.value)
    with pytest.raises(BadConnection):  # left out: it is the vendor's own address then
        await changed(exchange, replace(moved, settings={}), there.connection_id)

    anew = replace(moved, secrets={"token": "pat-2"})
    there = await changed(exchange, anew, there.connection_id)
    assert exchange.line(there).secrets == {"token": "pat-2", "client_secret": "c"}
    named = replace(applying.wanted_of(there), name="Named otherwise")
    assert (await changed(exchange, named, there.connection_id)).name == "Named otherwise"


async def test_keys_that_never_leave_stay_where_it_leads_elsewhere(exchange: Exchange) -> None:
    settings = {
        "host": "mail.example.com",
        "from": "a@example.com",
        "bounce_domain": "b.example",
    }
    mail = await added(exchange, "smtp", settings, {})
    before = exchange.line(mail).secrets
    moved = replace(applying.wanted_of(mail), settings={**settings, "host": "mx.example.com"})
    after = await changed(exchange, moved, mail.connection_id)
    assert exchange.line(after).secrets == before

    await changed(exchange, replace(moved, secrets={"password": "p"}), mail.connection_id)
    port = replace(moved, settings={**moved.settings, "port": "465"})
    with pytest.raises(BadConnection, match="Password"):
        await changed(exchange, port, mail.connection_id)


async def test_an_active_connection_gets_no_vendor_to_whom_nothing_may_go(
    candor: Candor, exchange: Exchange
) -> None:
    async with candor.database.tx() as tx:
        lapsed = await vendors.add(
            tx,
            house.fresh("vendor"),
            WantedVendor("Lapsed Ltd", "DE"),
            actor=TEST,
            clock=candor.clock,
        )
    there = await added(exchange, "hubspot", {"base_url": HERE}, {"token": "t"})
    theirs = replace(applying.wanted_of(there), vendor_id=lapsed)
    await exchanging.move(exchange, there.connection_id, State.ACTIVE)
    with pytest.raises(VendorNotInForce):
        await changed(exchange, theirs, there.connection_id)

    await exchanging.move(exchange, there.connection_id, State.PAUSED)
    await changed(exchange, theirs, there.connection_id)  # nothing moves
    with pytest.raises(VendorNotInForce):
        async with exchange.database.tx() as tx:
            await steering.start(tx, there.connection_id, actor=TEST, clock=candor.clock)
    found = await exchanging.connection_of(exchange, there.connection_id)
    assert (found.state, found.vendor_id) == (State.PAUSED, lapsed)

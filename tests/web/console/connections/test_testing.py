"""Carriers on their page: what is to be copied, how many take messages, a test to whoever asks."""

from collections.abc import AsyncIterator
from dataclasses import replace

import psycopg
import pytest

from candor.app import Candor
from candor.app.exchanging import REGISTRY, exchange_of
from candor.domain.access.model.roles import Role
from candor.domain.connections.adapters.smtp.transport import Smtp
from candor.domain.connections.model.connection import Direction, State
from candor.domain.connections.service import connecting, subscribing
from candor.domain.connections.service.connecting import Wanted
from candor.infra.http import Outbound
from candor.kernel.pii import Pii
from tests.counterparts.mail_server import MailServer
from tests.counterparts.push_service import Browser
from tests.factories.exchanging import connection_of, move
from tests.factories.house import TEST, make_person
from tests.web.console.conftest import Clerk, Hire, words_of

Owner = psycopg.Connection[tuple[object, ...]]
_MAIL = {
    "host": "127.0.0.1",
    "tls": "none",
    "from": "Nordmarkt <news@nordmarkt.example>",
    "bounce_domain": "bounces.nordmarkt.example",
    "channel": "email",
    "sessions": "1",
}


@pytest.fixture
async def there() -> AsyncIterator[MailServer]:
    async with MailServer().running() as there:
        yield there
    smtp = REGISTRY["smtp"]
    assert isinstance(smtp, Smtp)
    await smtp.close()


@pytest.fixture
def candor(candor: Candor, there: MailServer) -> Candor:
    """Return the same Candor, which may call the mail server of the test."""
    return replace(candor, outbound=Outbound(allowed_private=[there.host]))


@pytest.fixture
async def ines(hire: Hire) -> Clerk:
    return await hire(Role.INTEGRATION)


async def connected(candor: Candor, adapter: str, settings: dict[str, str]) -> str:
    """Connect a carrier; return the address of its page."""
    exchange = exchange_of(candor)
    wanted = Wanted(
        name="Carrier",
        adapter=adapter,
        directions=frozenset({Direction.OUT}),
        purposes=("news",),
        mapping=(),
        settings=settings,
    )
    async with exchange.database.tx() as tx:
        number = await connecting.add(tx, adapter, wanted, actor=TEST, exchange=exchange)
    await move(exchange, number, State.ACTIVE)
    return f"/console/connections/{number}"


async def mail(candor: Candor, there: MailServer) -> str:
    return await connected(candor, "smtp", {**_MAIL, "port": str(there.port)})


async def test_who_asks_gets_it_at_their_own_address(
    candor: Candor, ines: Clerk, there: MailServer, owner: Owner
) -> None:
    url = await mail(candor, there)
    assert f'href="{url}/test"' in await ines.page(url)
    said = await ines.words(f"{url}/test")
    assert "One message goes to your own work address, and to nobody else." in said
    answer = await ines.send(f"{url}/test")
    assert answer.status_code == 400
    assert "There is no address or number of yours" in words_of(answer.text)
    assert ines.staff
    owner.execute(
        "UPDATE access.staff SET email = 'ines@nordmarkt.example' WHERE staff_id = %s",
        (ines.staff.staff_id,),
    )
    answer = await ines.send(f"{url}/test", number="+491511234567")
    assert answer.headers["location"] == f"{url}?done=tested"
    assert "The test was handed over" in await ines.words(answer.headers["location"])
    assert [one.recipient for one in there.taken] == ["ines@nordmarkt.example"]


async def test_what_a_connection_needs_elsewhere_is_there_to_copy(
    candor: Candor, ines: Clerk, there: MailServer
) -> None:
    said = await ines.words(await mail(candor, there))
    assert "To put elsewhere" in said
    assert "v=DKIM1" in said


async def test_browsers_are_counted_and_get_no_test_of_staff(
    candor: Candor, ines: Clerk
) -> None:
    url = await connected(candor, "push", {"subject": "mailto:push@example.com"})
    html = await ines.page(url)
    assert f'href="{url}/test"' not in html
    assert "nobody allowed one yet" in words_of(html)
    exchange = exchange_of(candor)
    async with exchange.database.tx() as tx:
        found = await subscribing.offered(tx)
        assert found
        browser = Browser("https://1.1.1.1/push/1", "key")
        await subscribing.add(
            tx, await make_person(candor), Pii(browser.to_json()), actor=TEST, exchange=exchange
        )
    found = await connection_of(exchange, found.connection_id)
    said = await ines.words(url)
    assert "Browsers that take them fewer than 10" in said
    assert subscribing.public_key(found, exchange) in said
    answer = await ines.send(f"{url}/test")
    assert answer.status_code == 400
    assert "Only connections that carry mail or text messages" in words_of(answer.text)

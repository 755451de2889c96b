"""Vendors: added, renewed, certified, off-boarded; what that does to their connections."""

from datetime import timedelta
from typing import Any, Final

import psycopg
import pytest

from candor.app import Candor
from candor.domain.access.model.roles import Role
from tests.factories.house import make_person
from tests.factories.reaching import make_connection, make_link
from tests.web.console.conftest import Clerk, Hire, words_of

URL: Final = "/console/connections/vendors"
FIELDS: Final = {
    "code": "brieftaube",
    "name": "Brieftaube GmbH",
    "country": "de",
    "transfer": "inside",
    "contact": "dpo@brieftaube.example",
    "contract": "legal/2026/1",
    "until": "",
}
Owner = psycopg.Connection[Any]


async def added(piet: Clerk, **changes: str) -> str:
    """Add a vendor; return the address of its page."""
    answer = await piet.send(URL, **FIELDS | changes)
    assert answer.status_code == 303, words_of(answer.text)
    return answer.headers["location"].partition("?")[0]


async def test_a_vendor_is_added_and_stands_in_the_list(piet: Clerk) -> None:
    url = await added(piet)
    assert "in force" in await piet.words(url)
    assert "Brieftaube GmbH" in await piet.words(URL)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"country": "Germany"}, "two capital letters"),
        ({"until": "soon"}, "That is no day"),
        ({"transfer": "hope"}, "what lets data go there"),
        ({"name": ""}, "name is missing"),
        ({"code": "Brief Taube"}, "A code has small letters"),
    ],
)
async def test_what_makes_no_sense_is_said(
    piet: Clerk, wrong: dict[str, str], says: str
) -> None:
    answer = await piet.send(URL, **FIELDS | wrong)
    assert answer.status_code == 400
    assert says in words_of(answer.text)
    assert 'value="dpo@brieftaube.example"' in answer.text


async def test_what_lapses_soon_is_said_and_renewed(candor: Candor, piet: Clerk) -> None:
    day = candor.clock.now().date() + timedelta(days=20)
    url = await added(piet, until=day.isoformat())
    assert "lapses on" in await piet.words(url)
    later = day + timedelta(days=400)
    fields = {"contract": "legal/2027/1", "until": later.isoformat()}
    assert (await piet.send(f"{url}/renew", **fields)).status_code == 303
    assert "in force" in await piet.words(url)


async def test_a_certificate_that_lapsed_keeps_everything_from_going_there(
    candor: Candor, piet: Clerk
) -> None:
    url = await added(piet)
    past = (candor.clock.now().date() - timedelta(days=1)).isoformat()
    fields = {"certificate": "ISO 27001", "valid_until": past, "is_required": "yes"}
    assert (await piet.send(f"{url}/certify", **fields)).status_code == 303
    assert "Nothing may go there: a certificate has lapsed" in await piet.words(url)
    assert (await piet.send(f"{url}/uncertify", certificate="ISO 27001")).status_code == 303
    assert "in force" in await piet.words(url)
    assert (await piet.send(f"{url}/uncertify", certificate="ISO 27001")).status_code == 400


async def test_a_change_of_the_record_keeps_the_contract(piet: Clerk) -> None:
    url = await added(piet, until="2030-01-31")
    fields = {"name": "Brieftaube SE", "country": "AT", "transfer": "inside", "contact": ""}
    assert (await piet.send(f"{url}/change", **fields)).status_code == 303
    said = await piet.words(url)
    assert "Brieftaube SE" in said
    assert "legal/2026/1" in said
    assert "31 January 2030" in said


async def test_off_boarding_says_in_numbers_what_it_does_and_stops_the_flow(
    candor: Candor, piet: Clerk, owner: Owner
) -> None:
    url = await added(piet)
    now = candor.clock.now()
    rows = owner.execute("SELECT vendor_id FROM governance.vendor").fetchall()
    one = make_connection(owner, "mail", adapter="listmonk", vendor_id=rows[0][0], at=now)
    make_link(owner, await make_person(candor), one, told_at=now)
    said = await piet.words(f"{url}/end")
    assert "1 connection stops at once" in said
    assert "1 person is removed there" in said
    assert "1" in await piet.words(url)
    assert (await piet.send(f"{url}/end")).status_code == 303
    assert "stopping: only removals go" in await piet.words(f"/console/connections/{one}")
    assert (await piet.send(f"{url}/end")).status_code == 400
    assert "off-boarded" in await piet.words(url)


async def test_a_connection_of_a_vendor_without_a_contract_does_not_start(
    candor: Candor, hire: Hire, piet: Clerk, owner: Owner
) -> None:
    await added(piet, contract="")
    rows = owner.execute("SELECT vendor_id FROM governance.vendor").fetchall()
    one = make_connection(
        owner,
        "mail",
        adapter="listmonk",
        vendor_id=rows[0][0],
        state="paused",
        at=candor.clock.now(),
    )
    ines = await hire(Role.INTEGRATION)
    answer = await ines.send(f"/console/connections/{one}/start")
    assert answer.status_code == 409
    assert "no contract" in words_of(answer.text)


async def test_who_only_reads_is_shown_no_forms(hire: Hire, piet: Clerk) -> None:
    url = await added(piet)
    reader = await hire(Role.AUDITOR)
    for path in (URL, url):
        assert "<form class" not in (await reader.page(path)).partition("<main")[2]

"""Four eyes in the console: one asks, another answers, and only with a fresh proof."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from candor.app import Candor
from candor.domain.access.model.roles import Role
from candor.domain.access.model.sign_in import Audience, Method
from candor.domain.access.service import sessions
from tests.factories.house import fresh, make_person
from tests.web.console.conftest import Clerk, Hire

URL = "/console/security/proposals"
WHY = "The recall of March: two hundred letters"


async def prove(clerk: Clerk) -> None:
    """Give the browser a session that was proved just now."""
    candor = clerk.candor
    assert clerk.staff
    async with candor.database.tx() as tx:
        secret = await sessions.begin(
            tx,
            audience=Audience.STAFF,
            bearer_id=clerk.staff.staff_id,
            methods=[Method.PASSKEY],
            is_strong=True,
            clock=candor.clock,
        )
    clerk.client.cookies.set("candor_staff", secret, domain="localhost.local")


async def ask(clerk: Clerk, why: str = WHY) -> str:
    """Ask for a permit; return its address."""
    answer = await clerk.send(URL, why=why)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def test_a_permit_is_asked_for_approved_and_shown(hire: Hire) -> None:
    cleo, dora = await hire(Role.SUPPORT), await hire(Role.PRIVACY)
    where = await ask(cleo)
    assert "you cannot approve it yourself" in await cleo.words(where)
    assert WHY in await dora.words(URL)
    await prove(dora)
    assert (await dora.send(where, answer="approve")).status_code == 303
    assert "approved" in await dora.words(where)
    assert "You may now open more people" in await cleo.words(URL)


async def test_one_who_only_came_by_a_link_must_prove_first(
    hire: Hire, anybody: Callable[[], Clerk]
) -> None:
    cleo = await hire(Role.SUPPORT)
    dora = await anybody().sign_in(Role.PRIVACY, by_link_alone=True)
    where = await ask(cleo)
    await dora.send(where, answer="approve")
    assert "open" in await dora.words(where)
    assert "You may now" not in await cleo.words(URL)


@pytest.mark.parametrize("answer", ["approve", "decline"])
async def test_ones_own_cannot_be_decided(hire: Hire, answer: str) -> None:
    dora = await hire(Role.PRIVACY)
    where = await ask(dora)
    await prove(dora)
    assert (await dora.send(where, answer=answer)).status_code == 403
    assert "Stands until" in await dora.words(where)


async def test_declined_withdrawn_and_nonsense(hire: Hire) -> None:
    cleo, dora = await hire(Role.SUPPORT), await hire(Role.PRIVACY)
    declined, withdrawn = await ask(cleo), await ask(cleo)
    await dora.send(declined, answer="nonsense")
    assert "Approve and do it" in await dora.words(declined)
    await dora.send(declined, answer="decline")
    assert "declined" in await cleo.words(declined)
    assert (await dora.send(withdrawn, answer="withdraw")).status_code == 404
    await cleo.send(withdrawn, answer="withdraw")
    assert "withdrawn" in await dora.words(withdrawn)
    await prove(dora)
    assert (await dora.send(withdrawn, answer="approve")).status_code == 409


@pytest.mark.parametrize("why", ["", "because", "x" * 501])
async def test_a_reason_is_needed_and_what_was_typed_stays(hire: Hire, why: str) -> None:
    cleo = await hire(Role.SUPPORT)
    answer = await cleo.send(URL, why=why)
    assert answer.status_code == 400
    assert "Say in a sentence what for" in answer.text


async def test_what_was_typed_is_shown_and_not_run(hire: Hire) -> None:
    cleo, dora = await hire(Role.SUPPORT), await hire(Role.PRIVACY)
    where = await ask(cleo, why="<script>alert(1)</script> and {{ 7 * 7 }}")
    html = await dora.page(where)
    assert "<script>alert" not in html
    assert "{{ 7 * 7 }}" in html


async def test_reading_in_bulk_is_shut_until_two_unlock_it(
    hire: Hire, candor: Candor, owner: psycopg.Connection[Any]
) -> None:
    cleo, dora = await hire(Role.SUPPORT), await hire(Role.PRIVACY)
    crowd = [await make_person(candor, number=fresh("number")) for _ in range(63)]
    pages = [f"/console/people/{one}?purpose=orders" for one in crowd]
    assert [(await cleo.get(page)).status_code for page in pages[:60]] == [200] * 60
    assert (await cleo.get(pages[60])).status_code == 429
    assert (await cleo.get(pages[7])).status_code == 200  # the same person again
    assert (await dora.get(pages[60])).status_code == 200  # a colleague has their own measure
    opened = "SELECT count(*) FROM audit.entry WHERE action = 'profiles.bulk_refused'"
    assert owner.execute(opened).fetchone() == (1,)
    where = await ask(cleo)
    await prove(dora)
    await dora.send(where, answer="approve")
    assert [(await cleo.get(page)).status_code for page in pages[61:]] == [200] * 2

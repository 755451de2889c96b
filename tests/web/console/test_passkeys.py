"""Passkeys in the console, from the script's first request to the page that follows."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import psycopg
import pytest

from candor.domain.access.model.roles import Role
from candor.kernel.clock import FixedClock
from tests.factories.authenticator import PRESENT, Authenticator
from tests.web.console.conftest import Clerk, Hire, csrf

ORIGIN: Final = "http://localhost:8700"  # the public address, which tests do not serve
PAGE: Final = "/console/passkeys"
Anybody = Callable[[], Clerk]


def device() -> Authenticator:
    return Authenticator(origin=ORIGIN, host="localhost")


async def add(clerk: Clerk, own: Authenticator, name: str = "My phone") -> None:
    """Add a passkey through the pages."""
    asked = await clerk.send(f"{PAGE}/add/ask")
    assert asked.status_code == 200, asked.text
    assert asked.headers["content-type"].startswith("application/json")
    added = await clerk.send(f"{PAGE}/add", answer=own.create(asked.json()), name=name)
    assert (added.status_code, added.headers.get("location")) == (303, f"{PAGE}?done=added")


async def enter(clerk: Clerk, own: Authenticator, **fields: str) -> Any:  # noqa: ANN401 - an answer
    """Sign in by a passkey, without a page: the token of the browser is in a link's page."""
    token = await before(clerk)
    asked = await clerk.post(f"{PAGE}/sign-in/ask", {"csrf_token": token})
    assert asked.status_code == 200, asked.text
    return await clerk.post(
        f"{PAGE}/sign-in",
        {"csrf_token": token, "answer": own.get(asked.json()), **fields},
    )


async def before(clerk: Clerk) -> str:
    """Return the token that the sign-in page gives this browser."""
    return csrf(await clerk.page("/console/sign-in"))


async def test_a_passkey_is_added_and_opens_the_console(hire: Hire, anybody: Anybody) -> None:
    ada = await hire(Role.ADMIN)
    own = device()
    await add(ada, own)
    words = await ada.words(f"{PAGE}?done=added")
    assert "The passkey was added." in words
    assert "My phone" in words
    elsewhere = anybody()
    answer = await enter(elsewhere, own)
    assert (answer.status_code, answer.headers["location"]) == (303, "/console")
    assert "Admin Miller" in await elsewhere.words("/console")


async def test_a_passkey_leads_back_to_pages_of_ours_only(hire: Hire, anybody: Anybody) -> None:
    own = device()
    await add(await hire(Role.ADMIN), own)
    for wanted, goes in (
        ("/console/audit?who=staff", "/console/audit?who=staff"),
        ("//evil.example", "/console"),
        ("https://evil.example/console", "/console"),
        ("/console/../../evil", "/console"),
        ("/console\\evil", "/console"),
        ("/consoles", "/console"),
        ("/me", "/console"),
    ):
        answer = await enter(anybody(), own, next=wanted)
        assert answer.headers["location"] == goes


@pytest.mark.asvs("7.5.1")
async def test_a_second_passkey_needs_a_proof_and_the_first_gives_it(
    hire: Hire, clock: FixedClock
) -> None:
    ada = await hire(Role.ADMIN)
    own = device()
    await add(ada, own)
    clock.advance(timedelta(minutes=16))
    refused = await ada.send(f"{PAGE}/add/ask")
    assert refused.status_code in {303, 403}
    assert "challenge" not in refused.text
    assert "First confirm that it is you" in await ada.words(PAGE)
    asked = await ada.send(f"{PAGE}/prove/ask")
    proved = await ada.send(f"{PAGE}/prove", answer=own.get(asked.json()), next=PAGE)
    assert (proved.status_code, proved.headers["location"]) == (303, PAGE)
    await add(ada, device(), "Key")
    assert "Key" in await ada.words(PAGE)


async def test_a_passkey_is_renamed_and_removed(hire: Hire, anybody: Anybody) -> None:
    ada = await hire(Role.ADMIN)
    own = device()
    await add(ada, own)
    clerk = anybody()
    await enter(clerk, own)  # which is a proof
    await add(clerk, device(), "Old one")
    page = await clerk.page(PAGE)
    found = re.findall(r'name="which" value="([\w-]+)"', page)
    assert len(found) == 2
    renamed = await clerk.send(f"{PAGE}/rename", which=found[1], name="<b>Key</b>")
    assert renamed.status_code == 303
    assert "&lt;b&gt;Key" in await clerk.page(PAGE)
    assert "You keep 1 other passkey" in await clerk.words(f"{PAGE}/remove?which={found[1]}")
    removed = await clerk.send(f"{PAGE}/remove", which=found[1])
    assert removed.headers["location"] == f"{PAGE}?done=removed"
    last = await clerk.send(f"{PAGE}/remove", which=found[0])
    assert last.status_code == 409
    assert "last way in" in last.text


async def test_an_answer_counts_in_the_browser_that_was_asked(
    hire: Hire, anybody: Anybody
) -> None:
    own = device()
    await add(await hire(Role.ADMIN), own)
    asked_here, other = anybody(), anybody()
    token = await before(asked_here)
    asked = await asked_here.post(f"{PAGE}/sign-in/ask", {"csrf_token": token})
    answer = own.get(asked.json())
    stolen = await other.post(
        f"{PAGE}/sign-in", {"csrf_token": await before(other), "answer": answer}
    )
    assert stolen.status_code == 410
    fields = {"csrf_token": token, "answer": answer}
    assert (await asked_here.post(f"{PAGE}/sign-in", fields)).status_code == 303
    assert (await asked_here.post(f"{PAGE}/sign-in", fields)).status_code in {403, 410}


async def test_a_form_from_elsewhere_begins_nothing(anybody: Anybody) -> None:
    clerk = anybody()
    await before(clerk)
    for path in ("sign-in/ask", "sign-in"):
        answer = await clerk.post(f"{PAGE}/{path}", {"csrf_token": "0" * 64})
        assert answer.status_code == 403


@pytest.mark.asvs("16.3.1", "16.3.3")
async def test_a_refusal_is_written_down_and_tells_nothing(
    hire: Hire, anybody: Anybody, owner: psycopg.Connection[Any]
) -> None:
    own = device()
    await add(await hire(Role.ADMIN), own)
    liar, stranger = device(), device()
    liar.credential_id, liar.user_handle = own.credential_id, own.user_handle
    stranger.user_handle = own.user_handle
    own.flags = PRESENT
    told: set[str] = set()
    for one in (liar, stranger, own):
        answer = await enter(anybody(), one)
        assert answer.status_code == 403
        told.add(re.sub(r"[0-9a-f]{32}", "", answer.text))
    assert len(told) == 1
    rows = owner.execute(
        "SELECT action, reason FROM audit.entry WHERE outcome = 'refused' ORDER BY entry_id"
    ).fetchall()
    assert [reason for action, reason in rows if action == "access.passkey_refused"] == [
        "answer_not_verified", "unknown_passkey", "answer_not_verified",
    ]  # fmt: skip
    assert [action for action, _ in rows].count("access.sign_in_failed") == 3


async def test_nobody_asks_for_challenges_without_end(anybody: Anybody) -> None:
    clerk = anybody()
    token = await before(clerk)
    seen = [
        (await clerk.post(f"{PAGE}/sign-in/ask", {"csrf_token": token})).status_code
        for _ in range(32)
    ]
    assert seen[:30] == [200] * 30
    assert seen[-1] == 429


async def test_the_list_offers_nothing_without_a_script(hire: Hire) -> None:
    ada = await hire(Role.AUDITOR)
    html = await ada.page(PAGE)
    form = re.search(r"<form[^>]*data-passkey[^>]*>", html)
    assert form
    assert " hidden" in form.group()
    assert "candor-passkey.js" in html

"""Holds, retention, agents, systems and contested decisions in the console."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from candor.app import Candor, office_of
from candor.domain.access.model.roles import Role
from candor.domain.audit.model import Actor
from candor.domain.catalogue.model import Regime
from candor.domain.rights.model.request import Channel, Right
from candor.domain.rights.service import holds
from candor.domain.rights.service import reading as requests
from candor.domain.rights.service.asking import Asked, ask
from candor.kernel.clock import FixedClock
from candor.kernel.ids import ProfileId, new_id
from tests.factories.house import make_person
from tests.web.console.conftest import Clerk, Hire, words_of

URL = "/console/requests"
KEY = "11" * 32


@pytest.fixture
async def anna(candor: Candor) -> ProfileId:
    return await make_person(candor, email="anna@example.org", name="Anna Ahlers")


def hold_form(candor: Candor, **changes: str) -> dict[str, str]:
    day = candor.clock.now().date() + timedelta(days=100)
    return {
        "ground": "legal_claims",
        "reference": "C-2026/17",
        "review_on": day.isoformat(),
        **changes,
    }


async def test_a_hold_is_placed_kept_and_lifted(
    candor: Candor, piet: Clerk, anna: ProfileId, clock: FixedClock
) -> None:
    assert "Nobody is held" in await piet.words(f"{URL}/holds")
    where = f"/console/people/{anna}/hold"
    page = await piet.words(where)
    assert "0 open requests to erase them will wait" in page
    assert "Anna" not in page
    answer = await piet.send(where, **hold_form(candor))
    assert answer.status_code == 303, words_of(answer.text)
    async with candor.database.read("test") as tx:
        (hold,) = await holds.of_person(tx, [anna])
    assert "C-2026/17" in await piet.words(f"{URL}/holds")
    person = await piet.words(f"/console/people/{anna}?purpose=orders")
    assert "They may not be erased yet" in person
    review = f"{URL}/holds/{hold.hold_id}"
    assert "nobody asked to erase them" in await piet.words(review)
    clock.advance(timedelta(minutes=1))
    late = (clock.now().date() + timedelta(days=900)).isoformat()
    wrong = await piet.send(review, answer="keep", review_on=late)
    assert wrong.status_code == 400
    soon = (clock.now().date() + timedelta(days=30)).isoformat()
    assert (await piet.send(review, answer="keep", review_on=soon)).status_code == 303
    async with candor.database.read("test") as tx:
        (kept,) = await holds.of_person(tx, [anna])
    assert kept.review_on.isoformat() == soon
    assert (await piet.send(review)).status_code == 303
    assert (await piet.get(review)).status_code == 404
    assert (await piet.send(review)).status_code == 404
    assert "Lifted" in await piet.words(f"{URL}/holds")


async def test_a_hold_says_what_is_missing(
    candor: Candor, piet: Clerk, anna: ProfileId
) -> None:
    where = f"/console/people/{anna}/hold"
    past = candor.clock.now().date().isoformat()
    for changes, sentence in (
        ({"ground": "no_data"}, "ground that the law knows"),
        ({"reference": "Anna's case"}, "number of the case"),
        ({"review_on": past}, "within a year"),
        ({"review_on": "2999-01-01"}, "within a year"),
        ({"review_on": "soon"}, "within a year"),
    ):
        answer = await piet.send(where, **hold_form(candor, **changes))
        assert answer.status_code == 400
        assert sentence in words_of(answer.text)
    assert (await piet.get(f"/console/people/{new_id()}/hold")).status_code == 404
    async with candor.database.read("test") as tx:
        assert not await holds.of_person(tx, [anna])


async def test_lifting_tells_which_erasure_goes_on(
    candor: Candor, piet: Clerk, anna: ProfileId, clock: FixedClock
) -> None:
    for reference in ("C-1", "C-2"):
        await piet.send(
            f"/console/people/{anna}/hold", **hold_form(candor, reference=reference)
        )
    async with candor.database.tx("test") as tx:
        asked = Asked(Right.ERASURE, Channel.LETTER, anna, regime=Regime.GDPR)
        await ask(tx, asked, actor=Actor.machine("test"), office=office_of(candor))
    async with candor.database.read("test") as tx:
        first, second = await holds.of_person(tx, [anna])
    assert "1 other hold stands" in await piet.words(f"{URL}/holds/{first.hold_id}")
    await piet.send(f"{URL}/holds/{first.hold_id}")
    assert "1 request to erase them goes on at once" in await piet.words(
        f"{URL}/holds/{second.hold_id}"
    )
    clock.advance(timedelta(minutes=1))
    assert "1 open request to erase them will wait" in await piet.words(
        f"/console/people/{anna}/hold"
    )


async def test_due_holds_stand_on_top_and_on_today(
    piet: Clerk, candor: Candor, anna: ProfileId, owner: psycopg.Connection[Any]
) -> None:
    await piet.send(f"/console/people/{anna}/hold", **hold_form(candor))
    owner.execute("UPDATE rights.hold SET review_on = placed_at::date")
    assert "1 hold must be looked at" in await piet.words(f"{URL}/holds")
    assert "1 hold must be looked at" in await piet.words("/console")


async def test_who_may_not_hold_sees_holds_without_links(
    candor: Candor, hire: Hire, piet: Clerk, anna: ProfileId
) -> None:
    await piet.send(f"/console/people/{anna}/hold", **hold_form(candor))
    sue = await hire(Role.SUPPORT)
    html = await sue.page(f"{URL}/holds")
    assert "C-2026/17" in html
    assert f'href="{URL}/holds/' not in html
    assert (await sue.send(f"/console/people/{anna}/hold")).status_code == 403
    assert (await sue.get(f"{URL}/holds/{new_id()}")).status_code == 403


# ---------------------------------------------------------------- retention


async def test_what_goes_is_foreseen_before_it_goes(
    piet: Clerk, hire: Hire, owner: psycopg.Connection[Any]
) -> None:
    where = "/console/catalogue/retention"
    page = await piet.words(where)
    assert "Nothing was swept yet" in page
    assert "Not counted since" in page
    early = await piet.send(where, do="run")
    assert early.status_code == 409
    assert (await piet.send(where, do="dry")).status_code == 303
    assert "running, or killed" in await piet.words(where)
    owner.execute(
        "UPDATE rights.sweep SET finished_at = started_at,"
        """ counts = '{"collect.event/retention": 1204, "rights.request/keep_requests": 0}'"""
    )
    page = await piet.words(where)
    assert "1,204 rows would go" in page
    assert "Sweep 1,204 rows away" in page
    eve = await hire(Role.AUDITOR)
    assert "Sweep 1,204" not in await eve.words(where)
    assert (await eve.send(where, do="run")).status_code == 403
    assert (await piet.send(where, do="run")).status_code == 303
    owner.execute(
        "UPDATE rights.sweep SET finished_at = started_at, problem = 'left_over' WHERE NOT is_dry"
    )
    assert "still there" in await piet.words(where)


# ---------------------------------------------------------------- agents and systems


async def test_an_agent_is_let_in_and_ended(piet: Clerk, hire: Hire) -> None:
    where = f"{URL}/agents"
    assert "No agent may ask" in await piet.words(where)
    good = {"code": "HELPER", "name": "Helper Ltd", "web_url": "https://helper.example"}
    for changes, sentence in (
        ({"code": "helper"}, "capital letters"),
        ({"name": " "}, "what it is called"),
        ({"web_url": "http://helper.example"}, "https://"),
        ({"key": "short"}, "32 bytes"),
        ({"key": "ж"}, "32 bytes"),
    ):
        answer = await piet.send(where, **{**good, "key": KEY, **changes})
        assert answer.status_code == 400, changes
        assert sentence in words_of(answer.text)
    answer = await piet.send(where, **good, key=KEY, trusted="yes")
    assert answer.status_code == 303, words_of(answer.text)
    page = await piet.words(where)
    assert "Helper Ltd" in page
    assert "not yet" in page
    assert (await piet.send(f"{where}/end", which="HELPER")).status_code == 303
    assert "ended" in await piet.words(where)
    assert (await piet.send(f"{where}/end", which="HELPER")).status_code == 404
    sue = await hire(Role.SUPPORT)
    assert (await sue.get(where)).status_code == 403


async def test_a_system_is_told_and_told_no_more(
    piet: Clerk, hire: Hire, owner: psycopg.Connection[Any]
) -> None:
    where = f"{URL}/systems"
    assert "No system is told" in await piet.words(where)
    assert (await piet.send(where, name="Mailer", protocol="fax")).status_code == 400
    lonely = await piet.send(where, name="Mailer", protocol="opendsr")
    assert lonely.status_code == 400
    assert "Nothing was added" in words_of(lonely.text)
    hidden = await piet.send(
        where, name="Mailer", protocol="opendsr", base_url="http://10.0.0.1/", token="s3cret"
    )
    assert "s3cret" not in hidden.text, "what was typed as a secret is not shown again"
    answer = await piet.send(
        where, **{"name": "Warehouse", "protocol": "manual", "kind-email": "yes"}
    )
    assert answer.status_code == 303, words_of(answer.text)
    page = await piet.words(where)
    assert "Warehouse" in page
    assert "by a colleague" in page
    owner.execute("UPDATE rights.downstream SET problem = 'no_answer'")
    assert "no answer" in await piet.words(where)
    row = owner.execute("SELECT downstream_id, identities FROM rights.downstream").fetchone()
    assert row is not None
    assert row[1] == ["email"]
    assert (await piet.send(f"{where}/end", which=str(row[0]))).status_code == 303
    assert (await piet.send(f"{where}/end", which=str(row[0]))).status_code == 404
    assert (await piet.send(f"{where}/end", which="nonsense")).status_code == 404
    sue = await hire(Role.SUPPORT)
    assert (await sue.get(where)).status_code == 403


# ---------------------------------------------------------------- Today


async def test_today_shows_how_requests_go(
    candor: Candor, piet: Clerk, hire: Hire, anna: ProfileId, clock: FixedClock
) -> None:
    async with candor.database.tx("test") as tx:
        late = clock.now() - timedelta(days=60)
        asked = Asked(
            Right.COMPLAINT, Channel.LETTER, anna, regime=Regime.GDPR, received_at=late
        )
        made = await ask(tx, asked, actor=Actor.machine("test"), office=office_of(candor))
    page = await piet.words("/console")
    assert "1 request is late" in page
    assert "1 request needs a person" in page
    assert "What people asked for" in page
    html = await piet.page(f"{URL}?only=overdue")
    assert str(made.request.request_id) in html
    eve = await hire(Role.MARKETING)
    assert "What people asked for" not in await eve.words("/console")
    async with candor.database.read("test") as tx:
        found = await requests.find(tx, UUID(str(made.request.request_id)))
    assert found.is_overdue(clock.now())

"""A customer's passkeys: added after a proof, used to come in, told by mail, erased with them."""

from datetime import timedelta
from typing import Any, Final

import psycopg
import pytest

from candor.app import Candor
from candor.domain.access.model.sign_in import Audience, Method
from candor.domain.access.service import sessions
from candor.domain.audit.model import Actor
from candor.kernel.clock import FixedClock
from candor.kernel.ids import ProfileId
from tests.factories.authenticator import Authenticator
from tests.factories.house import make_person
from tests.factories.rights import given_out
from tests.web.portal.conftest import Visitor, Visitors, csrf

PAGE: Final = "/me/account/passkeys"
ORIGIN: Final = "http://localhost:8700"
COOKIE: Final = "candor_customer"


def device() -> Authenticator:
    return Authenticator(origin=ORIGIN, host="localhost")


async def prove(candor: Candor, visitor: Visitor) -> None:
    """Let a customer have proved who they are, without the pages."""
    (cookie,) = [one for one in visitor.client.cookies.jar if one.name == COOKIE]
    async with candor.database.tx() as tx:
        session = await sessions.of_cookie(
            tx, cookie.value or "", audience=Audience.CUSTOMER, clock=candor.clock
        )
        cookie.value = await sessions.prove(
            tx,
            session,
            methods=[Method.CODE],
            actor=Actor.customer(session.bearer_id),
            clock=candor.clock,
        )


async def send(visitor: Visitor, path: str, **fields: str) -> Any:  # noqa: ANN401 - an answer
    token = csrf(await visitor.page(PAGE))
    return await visitor.post(path, {"csrf_token": token, **fields})


async def add(visitor: Visitor, own: Authenticator) -> None:
    asked = await send(visitor, f"{PAGE}/add/ask")
    assert asked.status_code == 200, asked.text
    added = await send(visitor, f"{PAGE}/add", answer=own.create(asked.json()), name="Phone")
    assert added.headers["location"] == f"{PAGE}?done=added"


async def enter(visitor: Visitor, own: Authenticator) -> Any:  # noqa: ANN401 - an answer
    token = csrf(await visitor.page("/me/sign-in"))
    asked = await visitor.post("/me/passkeys/sign-in/ask", {"csrf_token": token})
    return await visitor.post(
        "/me/passkeys/sign-in", {"csrf_token": token, "answer": own.get(asked.json())}
    )


@pytest.fixture
async def ada(candor: Candor) -> ProfileId:
    return await make_person(candor, name="Ada")


@pytest.mark.asvs("6.3.3", "7.5.1", "6.3.7")
async def test_a_customer_adds_a_passkey_and_comes_in_by_it(
    candor: Candor, visitors: Visitors, ada: ProfileId, owner: psycopg.Connection[Any]
) -> None:
    visitor = await visitors().sign_in(ada)
    refused = await send(visitor, f"{PAGE}/add/ask")  # came by a link: no proof
    assert refused.status_code == 303
    assert refused.headers["location"].startswith("/me/prove")
    await prove(candor, visitor)
    own = device()
    await add(visitor, own)
    elsewhere = visitors()
    answer = await enter(elsewhere, own)
    assert (answer.status_code, answer.headers["location"]) == (303, "/me")
    assert "Phone" in await elsewhere.page(PAGE)
    jobs = owner.execute(
        "SELECT args FROM jobs.procrastinate_jobs WHERE task_name = 'access.tell_of_passkey'"
    ).fetchall()
    assert [args["change"] for (args,) in jobs] == ["passkey_added"]
    assert set(jobs[0][0]) == {"bearer_id", "change", "at"}


async def test_a_customer_removes_the_last_one_and_comes_in_no_more(
    candor: Candor, visitors: Visitors, ada: ProfileId
) -> None:
    visitor = await visitors().sign_in(ada)
    await prove(candor, visitor)
    own = device()
    await add(visitor, own)
    page = await visitor.page(PAGE)
    which = page.split("remove?which=")[1].split('"')[0]
    assert "only passkey" in await visitor.page(f"{PAGE}/remove?which={which}")
    gone = await send(visitor, f"{PAGE}/remove", which=which)
    assert gone.headers["location"] == f"{PAGE}?done=removed"
    assert (await enter(visitors(), own)).status_code == 403


async def test_a_proof_by_passkey_is_one(
    candor: Candor, visitors: Visitors, ada: ProfileId, clock: FixedClock
) -> None:
    visitor = await visitors().sign_in(ada)
    await prove(candor, visitor)
    own = device()
    await add(visitor, own)
    clock.advance(timedelta(minutes=16))
    assert (await send(visitor, f"{PAGE}/add/ask")).status_code == 303
    asked = await send(visitor, "/me/passkeys/prove/ask")
    proved = await send(
        visitor, "/me/passkeys/prove", answer=own.get(asked.json()), next=f"{PAGE}"
    )
    assert proved.headers["location"] == PAGE
    assert (await send(visitor, f"{PAGE}/add/ask")).status_code == 200


async def test_somebody_elses_passkey_is_nowhere(
    candor: Candor, visitors: Visitors, ada: ProfileId
) -> None:
    visitor = await visitors().sign_in(ada)
    await prove(candor, visitor)
    own = device()
    await add(visitor, own)
    which = (await visitor.page(PAGE)).split("remove?which=")[1].split('"')[0]
    ben = await visitors().sign_in(await make_person(candor, name="Ben"))
    await prove(candor, ben)
    assert "Phone" not in await ben.page(PAGE)
    assert (await ben.get(f"{PAGE}/remove?which={which}")).status_code == 404
    assert (await send(ben, f"{PAGE}/remove", which=which)).status_code == 404
    assert (await send(ben, f"{PAGE}/rename", which=which, name="x")).status_code == 404
    assert "Phone" in await visitor.page(PAGE)


async def test_a_passkey_goes_with_the_person(
    candor: Candor, visitors: Visitors, ada: ProfileId
) -> None:
    visitor = await visitors().sign_in(ada)
    await prove(candor, visitor)
    own = device()
    await add(visitor, own)
    holder = candor.holders["access"]
    async with candor.database.tx() as tx:
        exported = await given_out(holder, tx, [ada])
        gone = (await holder.erase_person(tx, [ada])).gone
    (kept,) = exported["access.passkey"]
    assert kept["name"] == "Phone"
    assert "public_key" not in kept
    assert gone["access.passkey"] == 1
    assert (await enter(visitors(), own)).status_code == 403

"""Getting in and out, forms from elsewhere, and what every answer carries."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest

from candor.app import Candor
from candor.domain.access.model.roles import Role
from candor.domain.access.model.sign_in import Audience
from candor.domain.access.service import sign_in_links
from candor.domain.audit import service as audit
from candor.kernel.clock import FixedClock
from tests.factories.house import make_person
from tests.web.console.conftest import Clerk, Hire, csrf

PAGES = (
    "/console", "/console/people", "/console/reviews", "/console/connections",
    "/console/catalogue", "/console/audit", "/console/gallery",
)  # fmt: skip
FORMS = (
    "/console/people",
    "/console/reviews",
    "/console/sign-out",
    f"/console/people/{UUID(int=1)}/merges/{UUID(int=2)}",
)


async def test_looking_at_a_link_uses_nothing_up(
    piet: Clerk, anybody: Callable[[], Clerk]
) -> None:
    assert piet.staff is not None
    token = await piet.link(piet.staff)
    clerk = anybody()
    html = ""
    for _ in range(3):
        html = await clerk.page(f"/console/sign-in/{token}")
        assert "Privacy Miller" in html
    assert "candor_staff" not in clerk.client.cookies
    fields = {"token": token, "csrf_token": csrf(html)}
    assert (await clerk.post("/console/sign-in", fields)).status_code == 303
    assert (await clerk.get("/console")).status_code == 200
    other = anybody()
    own = {"token": token, "csrf_token": csrf(await other.page("/console/sign-in"))}
    again = await other.post("/console/sign-in", own)
    assert again.status_code == 410
    assert (await anybody().get(f"/console/sign-in/{token}")).status_code == 410


async def test_a_link_runs_out(
    piet: Clerk, anybody: Callable[[], Clerk], clock: FixedClock
) -> None:
    assert piet.staff is not None
    token = await piet.link(piet.staff)
    clock.advance(timedelta(hours=13))
    assert (await anybody().get(f"/console/sign-in/{token}")).status_code == 410


async def test_a_customer_is_no_staff(candor: Candor, anybody: Callable[[], Clerk]) -> None:
    ada = await make_person(candor, name="Ada")
    async with candor.database.tx() as tx:
        link = await sign_in_links.make(
            tx, audience=Audience.CUSTOMER, bearer_id=ada, clock=candor.clock
        )
    clerk = anybody()
    assert (await clerk.get(f"/console/sign-in/{link}")).status_code == 410
    async with candor.database.tx() as tx:
        secret, _ = await sign_in_links.use(
            tx, link, audience=Audience.CUSTOMER, clock=candor.clock
        )
    clerk.client.cookies.set("candor_staff", secret)
    for path in PAGES:
        assert (await clerk.get(path)).status_code == 303


@pytest.mark.asvs("7.4.1", "14.3.1")
async def test_signing_out_ends_the_session_and_not_only_the_cookie(piet: Clerk) -> None:
    secret = piet.client.cookies["candor_staff"]
    answer = await piet.send("/console/sign-out")
    assert answer.status_code == 303
    assert answer.headers["clear-site-data"] == '"cache", "storage"'
    assert "candor_staff" not in piet.client.cookies
    piet.client.cookies.set("candor_staff", secret)
    assert (await piet.get("/console")).status_code == 303


@pytest.mark.asvs("7.3.1")
async def test_an_idle_session_ends(piet: Clerk, clock: FixedClock) -> None:
    clock.advance(timedelta(minutes=59))
    assert (await piet.get("/console")).status_code == 200
    clock.advance(timedelta(minutes=61))
    assert (await piet.get("/console")).status_code == 303


async def test_a_page_that_refreshes_itself_keeps_no_session_alive(
    piet: Clerk, clock: FixedClock
) -> None:
    for _ in range(2):
        clock.advance(timedelta(minutes=25))
        live = await piet.client.get("/console", headers={"sec-fetch-dest": "empty"})
        assert live.status_code == 200
    clock.advance(timedelta(minutes=25))
    assert (await piet.get("/console")).status_code == 303


@pytest.mark.asvs("3.5.1")
@pytest.mark.parametrize("path", FORMS)
async def test_a_form_from_elsewhere_does_nothing(
    candor: Candor, hire: Hire, piet: Clerk, path: str
) -> None:
    token = csrf(await piet.page("/console"))
    other = csrf(await (await hire(Role.ADMIN)).page("/console"))
    good = {"csrf_token": token}
    async with candor.database.read() as tx:
        before = (await audit.newest(tx, at_most=1))[0]
    refused = [
        await piet.post(path, {}),
        await piet.post(path, {"csrf_token": "0" * 64}),
        await piet.post(path, {"csrf_token": other}),
        await piet.post(path, good, **{"sec-fetch-site": "cross-site"}),
        await piet.post(path, good, **{"sec-fetch-site": "same-site"}),
        await piet.post(path, good, origin="https://elsewhere.example"),
    ]
    assert [answer.status_code for answer in refused] == [403] * len(refused)
    assert (await piet.get("/console")).status_code == 200
    async with candor.database.read() as tx:
        assert (await audit.newest(tx, at_most=1))[0] == before


async def test_every_answer_is_fenced_in(piet: Clerk, anybody: Callable[[], Clerk]) -> None:
    found = [await piet.get(path) for path in (*PAGES, "/console/nothing", "/console/people/1")]
    found.append(await piet.send("/console/people"))
    found += [await anybody().get(path) for path in ("/console", "/console/sign-in")]
    for answer in found:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-content-type-options"] == "nosniff"
        if answer.status_code != 303:
            assert answer.headers["content-type"] == "text/html; charset=utf-8"


async def test_the_cookie_is_out_of_reach_of_scripts(piet: Clerk) -> None:
    assert piet.staff is not None
    token = await piet.link(piet.staff)
    form = await piet.page(f"/console/sign-in/{token}")
    answer = await piet.post("/console/sign-in", {"token": token, "csrf_token": csrf(form)})
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie

"""Who gets in: by a link, once, from our own page; and what every answer carries."""

import pytest
from litestar.routes import HTTPRoute

from candor.app import Candor, web
from candor.domain.access.model.roles import Role
from candor.domain.access.model.sign_in import Audience
from candor.domain.access.service import members, sign_in_links
from tests.factories.house import make_person
from tests.web.portal.conftest import Visitor, Visitors, csrf

PAGES = (
    "/me",
    "/me/facts",
    "/me/allow",
    "/me/write",
    "/me/why",
    "/me/reached",
    "/me/browser",
    "/me/looks",
    "/me/activity",
    "/me/rights",
    "/me/rights/forget",
    "/me/rights/correct",
    "/me/rights/object",
    "/me/rights/human",
    "/me/rights/complain",
    "/me/account",
)
PUBLIC = {
    ("GET", "/me/sign-in"),
    ("GET", "/me/sign-in/{token:str}"),
    ("POST", "/me/sign-in"),
    ("POST", "/me/sign-in/send"),
    ("POST", "/me/sign-in/again"),
    ("POST", "/me/sign-in/code"),
    ("GET", "/me/sign-in/mail/{token:str}"),
    ("GET", "/me/not-me/{token:str}"),
    ("POST", "/me/not-me/{token:str}"),
    ("GET", "/me/back"),
    ("GET", "/me/browser/worker.js"),
    ("POST", "/me/back/send"),
    ("POST", "/me/back/code"),
    ("POST", "/me/passkeys/sign-in"),
    ("POST", "/me/passkeys/sign-in/ask"),
}
OWN = {
    *(("GET", path) for path in PAGES),
    ("POST", "/me/sign-out"),
    ("POST", "/me/browser"),
    ("POST", "/me/browser/stop"),
    ("POST", "/me/browser/test"),
    ("GET", "/me/facts/{code:str}"),
    ("POST", "/me/facts/{code:str}"),
    ("GET", "/me/allow/{code:str}"),
    ("GET", "/me/allow/words/{notice_id:str}"),
    ("GET", "/me/allow/receipt/{record_id:str}"),
    ("POST", "/me/allow/choose"),
    ("POST", "/me/allow/stop"),
    ("POST", "/me/allow/undo"),
    ("GET", "/me/write/history"),
    *(
        ("POST", f"/me/write/{form}")
        for form in ("topic", "stop", "undo", "open", "pause", "quiet")
    ),
    *(
        ("POST", f"/me/rights/{form}")
        for form in (
            *("see", "take", "set-aside", "use-again", "no-sale", "sensitive"),
            *("forget", "correct", "object", "human", "human/only", "complain"),
        )
    ),
    *(
        (method, f"/me/rights/{{request_id:str}}{part}")
        for method, part in (
            *(("GET", ""), ("GET", "/certificate"), ("GET", "/appeal"), ("POST", "/appeal")),
            *(
                ("POST", "/withdraw"),
                ("POST", "/confirm"),
                ("POST", "/deny"),
                ("POST", "/archive"),
            ),
        )
    ),
    ("POST", "/me/account/language"),
    ("POST", "/me/account/time-zone"),
    ("GET", "/me/prove"),
    ("POST", "/me/prove"),
    ("POST", "/me/prove/send"),
    ("GET", "/me/prove/mail/{token:str}"),
    ("POST", "/me/passkeys/prove"),
    ("POST", "/me/passkeys/prove/ask"),
    ("GET", "/me/account/passkeys"),
    ("POST", "/me/account/passkeys/add"),
    ("POST", "/me/account/passkeys/add/ask"),
    ("POST", "/me/account/passkeys/rename"),
    ("GET", "/me/account/passkeys/remove"),
    ("POST", "/me/account/passkeys/remove"),
    ("GET", "/me/looks/proof/{entry_id:int}"),
    ("POST", "/me/account/sign-out-one"),
    ("POST", "/me/account/sign-out-others"),
    ("POST", "/me/account/sign-out-everywhere"),
}


async def test_every_route_is_public_or_the_persons_own(candor: Candor) -> None:
    found: dict[tuple[str, str], dict[str, object]] = {}
    for route in web(candor).routes:
        if isinstance(route, HTTPRoute) and f"{route.path}/".startswith("/me/"):
            for handler in route.route_handlers:
                for method in handler.http_methods - {"OPTIONS"}:
                    found[method, route.path] = handler.opt
    assert {key for key, opt in found.items() if "public" in opt} == PUBLIC
    assert {
        key for key, opt in found.items() if opt.get("audience") is Audience.CUSTOMER
    } == OWN
    assert found.keys() == PUBLIC | OWN


@pytest.mark.parametrize("path", PAGES)
async def test_anonymous_is_sent_to_sign_in(visitor: Visitor, path: str) -> None:
    answer = await visitor.get(path)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/me/sign-in"
    assert "We" not in answer.text


@pytest.mark.asvs("7.2.1")
async def test_a_made_up_cookie_opens_nothing(visitor: Visitor) -> None:
    visitor.client.cookies.set("candor_customer", "x" * 43)
    for path in PAGES:
        assert (await visitor.get(path)).status_code == 303
    assert (await visitor.post("/me/sign-out", {})).status_code == 303


async def test_staff_is_no_customer(candor: Candor, visitor: Visitor) -> None:
    async with candor.database.tx() as tx:
        cleo = await members.put(
            tx, handle="cleo", display_name="Cleo", role=Role.ADMIN, clock=candor.clock
        )
    link = await visitor.link(cleo.staff_id, Audience.STAFF)
    form = await visitor.page("/me/sign-in/" + await visitor.link(cleo.staff_id))
    assert (await visitor.get(f"/me/sign-in/{link}")).status_code == 410
    fields = {"token": link, "csrf_token": csrf(form)}
    assert (await visitor.post("/me/sign-in", fields)).status_code == 410
    async with candor.database.tx() as tx:
        secret, _ = await sign_in_links.use(
            tx, link, audience=Audience.STAFF, clock=candor.clock
        )
    for cookie in ("candor_staff", "candor_customer"):
        visitor.client.cookies.set(cookie, secret)
    for path in PAGES:
        assert (await visitor.get(path)).status_code == 303


@pytest.mark.asvs("7.6.2")
async def test_looking_at_a_link_uses_nothing_and_shows_nothing(
    candor: Candor, visitor: Visitor
) -> None:
    ada = await make_person(candor, name="Ada", email="ada@example.org")
    token = await visitor.link(ada)
    html = ""
    for _ in range(3):
        html = await visitor.page(f"/me/sign-in/{token}")
        assert "Ada" not in html
    assert "candor_customer" not in visitor.client.cookies
    answer = await visitor.post("/me/sign-in", {"token": token, "csrf_token": csrf(html)})
    assert answer.status_code == 303
    assert "Dear Ada" in await visitor.page("/me")


async def test_a_link_works_once(candor: Candor, visitors: Visitors) -> None:
    ada = await make_person(candor, name="Ada")
    first, second = visitors(), visitors()
    token = await first.link(ada)
    fields = {"token": token, "csrf_token": csrf(await first.page(f"/me/sign-in/{token}"))}
    theirs = fields | {"csrf_token": csrf(await second.page(f"/me/sign-in/{token}"))}
    assert (await first.post("/me/sign-in", fields)).status_code == 303
    answer = await second.post("/me/sign-in", theirs)
    assert answer.status_code == 410
    assert "no longer works" in answer.text
    assert (await second.get(f"/me/sign-in/{token}")).status_code == 410
    assert (await second.get("/me")).status_code == 303


@pytest.mark.parametrize("token", ["", "x", "'; --", "ä" * 3_000, "%00"])
async def test_a_wrong_token_is_answered_kindly(
    candor: Candor, visitor: Visitor, token: str
) -> None:
    ada = await make_person(candor, name="Ada")
    form = await visitor.page("/me/sign-in/" + await visitor.link(ada))
    answer = await visitor.post("/me/sign-in", {"token": token, "csrf_token": csrf(form)})
    assert answer.status_code == 410
    assert "no longer works" in answer.text


async def test_a_foreign_form_changes_nothing(candor: Candor, visitor: Visitor) -> None:
    ada = await make_person(candor, name="Ada")
    token = await visitor.link(ada)
    right = csrf(await visitor.page(f"/me/sign-in/{token}"))
    fields = {"token": token, "csrf_token": right}
    for wrong, headers in (
        ({"token": token}, {}),
        (fields | {"csrf_token": "0" * 64}, {}),
        (fields | {"csrf_token": ""}, {}),
        (fields, {"sec-fetch-site": "cross-site"}),
        (fields, {"sec-fetch-site": "same-site"}),
        (fields, {"origin": "https://elsewhere.example"}),
    ):
        assert (await visitor.post("/me/sign-in", wrong, **headers)).status_code == 403
    answer = await visitor.post("/me/sign-in", fields, **{"sec-fetch-site": "same-origin"})
    assert answer.status_code == 303


@pytest.mark.asvs("3.5.1")
async def test_a_form_of_another_browser_signs_nobody_in(
    candor: Candor, visitors: Visitors
) -> None:
    """Login CSRF: the attacker's own form, with the attacker's own token, in a victim's browser."""
    attacker, victim = visitors(), visitors()
    token = await attacker.link(await make_person(candor, name="Eve"))
    form = csrf(await attacker.page(f"/me/sign-in/{token}"))
    fields = {"token": token, "csrf_token": form}
    assert (await victim.post("/me/sign-in", fields)).status_code == 403
    await victim.page(f"/me/sign-in/{token}")  # now it has a cookie of its own
    assert (await victim.post("/me/sign-in", fields)).status_code == 403
    assert (await victim.get("/me")).status_code == 303
    for planted in ("", "x", "x" * 43 + "\n", "ä" * 43):
        victim.client.cookies.clear()
        answer = await victim.client.post(
            "/me/sign-in",
            data=fields,
            headers={b"cookie": f"candor_browser={planted}".encode()},
        )
        assert answer.status_code in {400, 403}
    assert (await attacker.post("/me/sign-in", fields)).status_code == 303


@pytest.mark.asvs("7.4.1", "14.3.1", "3.5.1")
async def test_signing_out_needs_our_form_and_ends_the_session(
    candor: Candor, visitor: Visitor
) -> None:
    await visitor.sign_in(await make_person(candor, name="Ada"))
    token = csrf(await visitor.page("/me"))
    cookie = visitor.client.cookies["candor_customer"]
    assert (await visitor.post("/me/sign-out", {})).status_code == 403
    assert (
        await visitor.post(
            "/me/sign-out", {"csrf_token": token}, **{"sec-fetch-site": "cross-site"}
        )
    ).status_code == 403
    assert (await visitor.get("/me")).status_code == 200
    answer = await visitor.post("/me/sign-out", {"csrf_token": token})
    assert answer.status_code == 303
    assert answer.headers["clear-site-data"] == '"cache", "storage"'
    visitor.client.cookies.set("candor_customer", cookie)  # a copy that somebody kept
    assert (await visitor.get("/me")).status_code == 303


async def test_every_answer_has_the_headers(candor: Candor, visitor: Visitor) -> None:
    answers = [await visitor.get("/me"), await visitor.get("/me/sign-in")]
    await visitor.sign_in(await make_person(candor, name="Ada"))
    answers += [await visitor.get(path) for path in PAGES]
    answers += [
        await visitor.get("/me/looks?before=x"),
        await visitor.get("/me/nothing"),
        await visitor.post("/me/sign-out", {}),
        await visitor.get("/me/sign-in/used-up"),
    ]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"


async def test_the_cookie_is_for_the_server_alone(candor: Candor, visitor: Visitor) -> None:
    token = await visitor.link(await make_person(candor, name="Ada"))
    form = await visitor.page(f"/me/sign-in/{token}")
    answer = await visitor.post("/me/sign-in", {"token": token, "csrf_token": csrf(form)})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "path=/" in cookie
    assert "domain" not in cookie

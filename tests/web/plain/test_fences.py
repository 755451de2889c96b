"""What stands round every answer of every surface, and round every cookie and form."""

from html import escape
from typing import Final

import httpx
import pytest

from candor.domain.access.model.roles import Role
from tests.web.plain.conftest import COMPUTED, PLANTED, House, Road, csrf

# Pages that show the same to everybody may be kept for minutes; files for ever.
KEPT: Final = (
    "/trust",
    "/static/",
    "/sdk/",
    "/.well-known/",
    "/healthz",
    "/readyz",
    "/metrics",
)
# Forms that need no page of ours before them, and what stands in its place.
WITHOUT_A_PAGE: Final = {
    "/console/sign-in/oidc/sign-out": "a token that the identity provider signed",
}


def unfenced(answer: httpx.Response) -> list[str]:
    """Return what is missing round an answer."""
    headers = answer.headers
    kind = headers.get("content-type", "")
    policy = headers.get("content-security-policy", "")
    is_page = kind.startswith("text/html") or answer.is_redirect
    wanted = {
        "sniffed": headers.get("x-content-type-options") == "nosniff",
        "without charset": not kind.startswith("text/") or "charset=utf-8" in kind,
        "without a type": bool(kind) or not answer.content,
        "unsafe": "unsafe" not in policy,
        "without HSTS": "strict-transport-security" in headers,
    }
    if is_page:
        wanted |= {
            f"without {word}": word in policy
            for word in ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'")
        }
        wanted |= {
            "with a referrer": headers.get("referrer-policy") == "no-referrer",
            "opened by others": headers.get("cross-origin-opener-policy") == "same-origin",
            "loaded by others": headers.get("cross-origin-resource-policy") == "same-origin",
        }
    if is_page and not answer.url.path.startswith(KEPT):
        wanted["kept"] = headers.get("cache-control") == "no-store"
    return [name for name, is_well in wanted.items() if not is_well]


@pytest.mark.asvs("3.4.3", "3.4.4", "3.4.5", "3.4.6", "4.1.1", "14.3.2", "3.2.1")
async def test_every_answer_of_every_surface_is_fenced_in(house: House) -> None:
    missing: dict[str, list[str]] = {}
    statuses: set[int] = set()
    async with house.signed_in() as client, house.anybody() as stranger:
        for road in house.roads:
            if road.method != "GET":
                continue
            for who in (client, stranger):
                answer = await who.get(road.address(name="base.css", profile_id=house.ada))
                statuses.add(answer.status_code)
                if lacking := unfenced(answer):
                    missing[road.path] = lacking
        for method, path in (
            ("GET", "/nothing"),
            ("PUT", "/me"),
            ("POST", "/console/people"),
            ("GET", "/v1/nothing"),
            ("POST", "/v1/batch"),
            ("GET", "/api/v1/nothing"),
            ("GET", "/api/v1/openapi.json"),
            ("POST", "/api/v1/decisions"),
        ):
            if lacking := unfenced(await stranger.request(method, path)):
                missing[f"{method} {path}"] = lacking
    assert missing == {}
    assert {200, 303, 404} <= statuses


@pytest.mark.asvs("3.3.1", "3.3.2", "3.3.3", "3.3.4")
async def test_every_cookie_is_for_this_host_over_tls_and_no_script(house: House) -> None:
    given: dict[str, str] = {}

    async def note(answer: httpx.Response) -> None:
        for cookie in answer.headers.get_list("set-cookie"):
            given[cookie.partition("=")[0]] = cookie

    async with house.signed_in() as client, house.anybody() as stranger:
        for who in (client, stranger):
            who.event_hooks = {"response": [note]}
            for road in house.roads:
                if road.method == "GET":
                    await who.get(road.address())
        page = (await stranger.get("/me/sign-in")).text
        fields = {"csrf_token": csrf(page), "email": "ada@example.org"}
        await stranger.post("/me/sign-in/send", data=fields)
        page = (await client.get("/console")).text
        await client.post("/console/sign-out", data={"csrf_token": csrf(page)})
    assert {"__Host-candor_browser", "__Host-candor_code", "__Host-candor_staff"} <= set(given)
    for name, cookie in given.items():
        parts = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert name.startswith("__Host-"), cookie
        assert {"secure", "httponly", "path=/"} <= parts, cookie
        assert parts & {"samesite=lax", "samesite=strict"}, cookie
        assert not any(part.startswith("domain") for part in parts), cookie


@pytest.mark.asvs("1.2.1", "1.3.7", "7.4.4")
async def test_every_page_shows_names_as_they_are_and_the_way_out(house: House) -> None:
    shown: set[str] = set()
    ways_out = {"/console/sign-out": 0, "/me/sign-out": 0}
    async with house.signed_in() as client:
        for road in house.roads:
            if road.method != "GET":
                continue
            there = road.address(profile_id=house.ada)
            answer = await client.get(there)
            html = answer.text
            assert COMPUTED not in html, there
            assert "<b>{{" not in html, there
            if escape(PLANTED) in html:
                shown.add(road.path)
            is_page = answer.headers.get("content-type", "").startswith("text/html")
            if is_page and answer.status_code == 200 and not road.is_public:
                way_out = f"/{there.split('/')[1]}/sign-out"
                assert f'action="{way_out}"' in html, there
                ways_out[way_out] += 1
    assert {"/me", "/console"} <= shown
    assert min(ways_out.values()) > 5


async def foreign(client: httpx.AsyncClient, road: Road, token: str) -> list[int]:
    """Return how a form from elsewhere is answered, in each way in which it may come."""
    there = road.address()
    elsewhere = {"sec-fetch-site": "cross-site", "origin": "https://elsewhere.example"}
    return [
        (await client.post(there)).status_code,
        (await client.post(there, data={"csrf_token": "0" * 64})).status_code,
        (await client.post(there, data={"csrf_token": token}, headers=elsewhere)).status_code,
    ]


@pytest.mark.asvs("3.5.1", "3.5.3")
async def test_no_form_from_elsewhere_does_anything(house: House) -> None:
    open_to_others: dict[str, list[int]] = {}
    seen = 0
    for role in Role:
        async with house.signed_in(role) as client:
            staff = csrf((await client.get("/console")).text)
            customer = csrf((await client.get("/me")).text)
            for road in house.roads:
                if road.method == "GET" or road.role != role or road.path in WITHOUT_A_PAGE:
                    continue
                token = staff if road.path.startswith("/console") else customer
                answered = await foreign(client, road, token)
                seen += 1
                if set(answered) - {403, 404}:
                    open_to_others[road.path] = answered
    assert open_to_others == {}
    assert seen > 50


@pytest.mark.asvs("3.7.2", "1.2.2")
async def test_no_address_leads_elsewhere(house: House) -> None:
    astray: dict[str, str] = {}
    ways = ("//evil.example", "https://evil.example/")
    async with house.signed_in() as client, house.anybody() as stranger:
        for road in house.roads:
            for who in (client, stranger) if road.method == "GET" else (client,):
                for way in ways:
                    query = f"?next={way}&back={way}&url={way}&lang={way}&return_to={way}"
                    answer = await who.request(
                        road.method,
                        road.address() + query,
                        data={"next": way} if road.method == "POST" else None,
                        headers={"x-forwarded-host": "evil.example"},
                    )
                    there = answer.headers.get("location", "/me")
                    is_here = there.startswith("/") and not there.startswith(("//", "/\\"))
                    if not is_here or "evil" in there.partition("?")[0]:
                        astray[f"{road.path}{query}"] = there
    assert astray == {}


@pytest.mark.asvs("5.2.1")
async def test_no_form_takes_more_than_forms_hold(house: House) -> None:
    taken: dict[str, int] = {}
    body = b"csrf_token=" + b"a" * 70_000
    kind = {"content-type": "application/x-www-form-urlencoded"}
    for role in Role:
        async with house.signed_in(role) as client:
            for road in house.roads:
                if road.method != "POST" or road.role != role:
                    continue
                answer = await client.post(road.address(), content=body, headers=kind)
                if answer.status_code not in {404, 413}:
                    taken[road.path] = answer.status_code
    assert taken == {}


@pytest.mark.asvs("13.4.4")
@pytest.mark.parametrize("method", ["TRACE", "DEBUG", "CONNECT"])
async def test_nothing_answers_to_a_method_that_shows_requests(
    house: House, method: str
) -> None:
    async with house.anybody() as stranger:
        for path in ("/me/sign-in", "/console/sign-in", "/trust", "/v1/batch", "/api/v1/x"):
            answer = await stranger.request(method, path, headers={"x-mine": "echo-this"})
            assert answer.status_code in {400, 401, 404, 405}, path
            assert "echo-this" not in answer.text + str(answer.headers)

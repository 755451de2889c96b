"""Requests as no browser sends them: other methods, addresses written otherwise, and very long.

None of them opens what is shut, breaks anything, or tells more than the ordinary request does.
"""

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote

import pytest

from candor.domain.access.model.roles import Role
from tests.factories.callers import NOBODY, Caller
from tests.factories.estate import Estate
from tests.factories.routes import Route

METHODS: Final = (
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND",
    "X" * 300,
)  # fmt: skip
# Pages of companies ask for these from elsewhere: browsers send OPTIONS before (CORS).
ASKED_BEFORE: Final = ("/sdk/", "/v1/")
OVERRIDES: Final = {
    "x-http-method-override": "POST", "x-method-override": "POST", "x-original-url": "/console",
    "x-rewrite-url": "/console", "x-forwarded-host": "evil.example", "forwarded": "host=evil",
    "x-forwarded-prefix": "/console", "x-real-ip": "127.0.0.1", "x-custom-ip-authorization":
    "127.0.0.1", "x-user": "admin", "x-remote-user": "admin", "remote-user": "admin",
}  # fmt: skip


async def raw(
    estate: Estate, method: str, path: str, headers: list[tuple[bytes, bytes]], query: str = ""
) -> tuple[int, dict[bytes, bytes], bytes]:
    """Hand the application a request that no client would write; `path` is decoded."""
    told: list[dict[str, Any]] = []
    scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1",
        "method": method, "scheme": "http", "path": path, "query_string": query.encode(),
        "raw_path": quote(path).encode(), "root_path": "", "client": ("192.0.2.1", 1),
        "headers": [(b"host", b"localhost"), *headers], "server": ("localhost", 80), "state": {},
    }  # fmt: skip

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:  # noqa: ANN401 - as ASGI has it
        told.append(dict(message))

    await estate.street.app(scope, receive, send)
    body = b"".join(one.get("body", b"") for one in told[1:])
    return told[0]["status"], dict(told[0]["headers"]), body


def one_of_each_path(estate: Estate) -> dict[str, set[str]]:
    """Return an address of each path, with the methods that it has."""
    found: dict[str, set[str]] = {}
    for route in estate.routes:
        found.setdefault(estate.address(route), set()).add(route.method)
    return found


@pytest.mark.asvs("4.1.4", "8.2.1")
async def test_a_method_that_a_path_does_not_have_is_refused(estate: Estate) -> None:
    clerk = await estate.clerk(Role.ADMIN)
    customer = await estate.customer()
    for path, known in one_of_each_path(estate).items():
        who = clerk if path.startswith("/console") else customer
        for method in METHODS:
            if method in known:
                continue
            if method == "OPTIONS" and path.startswith(ASKED_BEFORE):
                continue
            if method == "GET" and path.startswith("/v1/"):
                continue  # the next test
            answer = await estate.street.ask(who, method, path)
            assert answer.status_code in {401, 404, 405}, f"{method} {path}"


@pytest.mark.asvs("4.1.4")
async def test_what_browsers_ask_before_lets_no_cookie_through(estate: Estate) -> None:
    for path in one_of_each_path(estate):
        if path.startswith(ASKED_BEFORE):
            origin = {"origin": "https://evil.example"}
            answer = await estate.street.ask(NOBODY, "OPTIONS", path, headers=origin)
            assert answer.status_code in {204, 403, 405}, path
            assert "access-control-allow-credentials" not in answer.headers


def otherwise(path: str) -> Iterator[str]:
    """Return an address written as no link of ours is, decoded as the server hands it on."""
    first, _, rest = path[1:].partition("/")
    yield from (f"{path}/", f"/{path}", f"{path}//", f"/{first}//{rest}", f"/./{path[1:]}")
    yield from (f"/x/..{path}", f"/static/..{path}", f"/sdk/../{path[1:]}", f"{path}/.")
    yield from (f"/{first.upper()}/{rest}", f"{path};x=1", f"{path}.json", f"{path}\x00")
    yield from (
        f"{path}%2f",
        f"/%2e%2e{path}",
        f"{path}%00",
        f"/v1/..{path}",
        f"/api/v1/..{path}",
    )
    yield from (f"{path}\n", f"{path} ", f"{path}\\", path.replace("/", "\\"), f"{path}/../x")


@pytest.mark.asvs("8.2.1", "8.3.1", "1.1.1")
async def test_no_other_way_to_write_an_address_opens_it(estate: Estate) -> None:
    shut = {route.path: route for route in estate.routes if route.method == "GET"}
    for route in shut.values():
        if not (route.permission or route.is_own or route.scope):
            continue
        for path in otherwise(estate.address(route)):
            status, headers, _ = await raw(estate, "GET", path, [])
            to = headers.get(b"location", b"").decode()
            is_shut = status in {400, 401, 404, 405} or to in {
                "/console/sign-in",
                "/me/sign-in",
            }
            assert is_shut, f"{path!r}: {status} {to}"


@pytest.mark.asvs("8.2.1", "8.3.1", "4.1.3")
async def test_no_header_makes_somebody_of_nobody(estate: Estate) -> None:
    for route in estate.routes:
        if route.permission or route.is_own:
            path = estate.address(route)
            answer = await estate.street.ask(NOBODY, route.method, path, headers=OVERRIDES)
            assert answer.status_code == 303, route.name
            assert answer.headers["location"] in {"/console/sign-in", "/me/sign-in"}


def pages(estate: Estate) -> list[Route]:
    """Return the routes that show something without an id."""
    return [one for one in estate.routes if one.method == "GET" and not one.places]


@pytest.mark.asvs("13.2.6", "2.2.1")
async def test_what_is_very_long_breaks_nothing(estate: Estate) -> None:
    clerk, customer = await estate.clerk(Role.ADMIN), await estate.customer()
    great = "A" * 60_000
    for route in pages(estate):
        who = customer if route.is_own else clerk
        path = estate.address(route)
        for headers, query in (
            ([], f"a={great}&done={great}&next={great}&which={great}&after={great}"),
            ([(b"x-great", great.encode())], ""),
            ([(b"accept-language", great.encode()), (b"user-agent", b"\xff" * 9_000)], ""),
            ([(b"x-forwarded-for", b"9" * 9_000), (b"origin", b"\xff\x00")], "lang=%ff%00"),
        ):
            own = [(name.encode(), said.encode()) for name, said in who.headers.items()]
            status, _, _ = await raw(estate, "GET", path, [*own, *headers], query)
            assert status < 500, f"{path} {status}"
    status, _, _ = await raw(estate, "GET", f"/console/{great}/{great}", [])
    assert status in {303, 404}


@pytest.mark.asvs("15.3.7", "2.2.1")
async def test_a_form_with_more_fields_than_any_of_ours_is_refused(estate: Estate) -> None:
    who = await estate.customer()
    ours = f"csrf_token={who.csrf_token}&purpose=news&choice=denied"
    for number, status in ((197, 303), (198, 403), (3_000, 403)):
        many = "&".join(f"x{one}=1" for one in range(number))
        assert await form(estate, who, f"{ours}&{many}") == status
        assert await form(estate, who, f"{many}&{ours}") == status


async def form(estate: Estate, who: Caller, body: str) -> int:
    """Send a choice as it stands."""
    kind = {"content-type": "application/x-www-form-urlencoded"}
    answer = await estate.street.ask(
        who, "POST", "/me/allow/choose", content=body, headers=kind
    )
    return answer.status_code

"""Who may do what: every route, every method, every role, as a table that people review.

`permissions.txt` beside this file is what was reviewed. A route that is not in it fails here.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from candor.app import Candor, web
from candor.domain.access.model.roles import Permission, Role
from candor.kernel.ids import new_id
from tests.web.console.conftest import Clerk, Hire, csrf

REVIEWED: Final = Path(__file__).with_name("permissions.txt")
CLOSED: Final = "Your role does not include this."


def routes(candor: Candor) -> Iterator[tuple[str, str, HTTPRouteHandler]]:
    """Yield path, method and handler of everything in the console."""
    for route in web(candor).routes:
        if isinstance(route, HTTPRoute) and f"{route.path}/".startswith("/console/"):
            for handler in route.route_handlers:
                for method in sorted(handler.http_methods - {"OPTIONS", "HEAD"}):
                    yield route.path, str(method), handler


def address(path: str) -> str:
    """Return an address that the route takes and that leads to nothing."""
    path = re.sub(r"\{\w+:uuid\}", str(new_id()), path)
    return path.replace("{token:str}", "nothing").replace("{notice_id:str}", "0" * 64)


async def ask(clerk: Clerk, method: str, path: str) -> bool:
    """Tell whether the door opens; what is behind it may still say no to the request."""
    if method == "GET":
        answer = await clerk.get(address(path))
    else:
        token = csrf(await clerk.page("/console"))
        answer = await clerk.post(address(path), {"csrf_token": token})
    # Another 403 comes from behind the door: a wrong password, for instance.
    return not (answer.status_code == 403 and CLOSED in answer.text)


async def table(candor: Candor, hire: Hire) -> str:
    """Return who may do what, found out by trying."""
    found = sorted(routes(candor), key=lambda one: (one[0], one[1]))
    lines = [f"{'':76}" + " ".join(f"{role.value:<11}" for role in Role).rstrip()]
    clerks = {role: await hire(role) for role in Role}
    for path, method, handler in found:
        name = f"{method:<5}{path}"
        if "public" in handler.opt:
            lines.append(f"{name:76}everybody")
            continue
        may = []
        for role in Role:
            opened = await ask(clerks[role], method, path)
            if path == "/console/sign-out":
                clerks[role] = await hire(role)
            may.append("yes" if opened else "-")
        lines.append(f"{name:76}" + " ".join(f"{word:<11}" for word in may).rstrip())
    return "\n".join(lines) + "\n"


async def test_who_may_do_what_is_what_was_reviewed(candor: Candor, hire: Hire) -> None:
    assert await table(candor, hire) == REVIEWED.read_text(encoding="utf-8")


async def test_every_route_declares_who_it_is_for(candor: Candor) -> None:
    for path, method, handler in routes(candor):
        is_public = bool(handler.opt.get("public"))
        is_guarded = isinstance(handler.opt.get("permission"), Permission)
        assert is_public != is_guarded, f"{method} {path}"


async def test_anonymous_is_sent_to_sign_in(
    candor: Candor, anybody: Callable[[], Clerk]
) -> None:
    for path, method, handler in routes(candor):
        if "public" in handler.opt:
            continue
        clerk = anybody()
        there = address(path)
        answer = await (clerk.get(there) if method == "GET" else clerk.post(there, {}))
        assert (answer.status_code, answer.headers["location"]) == (303, "/console/sign-in")


@pytest.mark.parametrize("role", Role)
async def test_the_rail_shows_only_what_opens(hire: Hire, role: Role) -> None:
    clerk = await hire(role)
    html = await clerk.page("/console")
    places = (
        "people", "reviews", "choices", "connections", "catalogue", "audit", "settings/keys",
    )  # fmt: skip
    for place in places:
        opens = (await clerk.get(f"/console/{place}")).status_code == 200
        assert (f'href="/console/{place}"' in html) == opens, place

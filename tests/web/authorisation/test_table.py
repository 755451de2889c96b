"""Who may do what: every route of every surface, asked by everybody, as a table that people review.

`tests/web/authorisation.txt` is what was reviewed. A route that is not in it fails here, and so
does one that opens to somebody else than yesterday. `yes`: the door opens, whatever is said behind
it; `no`: sent to sign in, or 401, 403, 404; `proof`: who it is must be proved again; `.`: not
asked, for no cookie of staff counts there and one role stands for all.
"""

from pathlib import Path
from tempfile import gettempdir
from typing import Final

import httpx
import pytest

from candor.domain.access.model.roles import Role
from tests.factories.callers import NOBODY, Caller, with_write_key
from tests.factories.estate import Estate
from tests.factories.routes import Route

REVIEWED: Final = Path(__file__).parents[1] / "authorisation.txt"
CLOSED: Final = "Your role does not include this."
NO_SCOPE: Final = "access.missing_scope"
SIGN_IN: Final = {"/console/sign-in", "/me/sign-in"}
PROVE: Final = ("/console/prove", "/me/prove")
READS: Final = {"GET", "HEAD"}
COLUMNS: Final[tuple[str, ...]] = ("nobody", "customer", *Role, "other key", "key", "write key")
Cast = dict[str, Caller]


def verdict(route: Route, answer: httpx.Response) -> str:
    """Tell whether the door opens; what is behind it may still say no to the request itself."""
    status, location = answer.status_code, answer.headers.get("location", "")
    if status >= 500:
        return "broken"
    if status == 303 and location.startswith(PROVE) and not route.path.startswith(PROVE):
        return "proof"
    has_left = "max-age=0" in answer.headers.get("set-cookie", "").lower()
    if status == 303 and location in SIGN_IN and not route.public and not has_left:
        return "no"
    is_shut = status == 403 and (CLOSED in answer.text or NO_SCOPE in answer.text)
    is_missing = status == 404 and route.method in READS
    return "no" if status == 401 or is_shut or is_missing else "yes"


async def ask(estate: Estate, route: Route, caller: Caller) -> httpx.Response:
    """Ask for what is there; a form goes to something that is not, so that it changes nothing."""
    if route.method in READS:
        return await estate.street.ask(caller, route.method, estate.address(route))
    path = route.at(estate.values(route) | estate.nowhere(route))
    if route.path.startswith(("/api/", "/v1/", "/sdk/")):
        return await estate.street.ask(caller, route.method, path, json=route.example or {})
    return await estate.street.send(caller, path)


async def signed_in(estate: Estate, *, is_proved: bool = False) -> Cast:
    """Let a customer and somebody of each role sign in."""
    clerks = {role: await estate.clerk(role, is_proved=is_proved) for role in Role}
    return {"customer": await estate.customer(is_proved=is_proved), **clerks}


def askers(estate: Estate, route: Route, cast: Cast) -> Cast:
    """Return who asks at a route: everybody, but of staff only one where none of them counts."""
    elsewhere = set() if route.permission else set(Role) - {Role.ADMIN}
    return {
        "nobody": NOBODY,
        **{name: caller for name, caller in cast.items() if name not in elsewhere},
        "other key": estate.system(route, may=False),
        "key": estate.system(route),
        "write key": with_write_key(estate.keys["write"]),
    }


async def line(estate: Estate, route: Route, cast: Cast) -> str:
    """Return what everybody gets at one route."""
    said = {
        name: verdict(route, await ask(estate, route, caller))
        for name, caller in askers(estate, route, cast).items()
    }
    words = " ".join(f"{said.get(name, '.'):<{len(name)}}" for name in COLUMNS)
    return f"{route.name:<77} {words}  {route.needs}"


@pytest.mark.asvs("8.1.1", "8.1.2", "8.2.1", "8.3.1", "8.4.2")
async def test_who_may_do_what_is_what_was_reviewed(estate: Estate) -> None:
    lines = [f"{'':<77} {' '.join(COLUMNS)}  needs"]
    cast = await signed_in(estate)
    for route in estate.routes:
        lines.append(await line(estate, route, cast))
        if "sign-out" in route.path:
            cast = await signed_in(estate)
    found = "\n".join([*lines, ""])
    other = Path(gettempdir()) / f"candor-{REVIEWED.name}"  # stays when the run is over
    other.write_text(found, encoding="utf-8")
    said = f"look at the difference, and if it is meant: cp {other} {REVIEWED}"
    assert found == REVIEWED.read_text(encoding="utf-8"), said


@pytest.mark.asvs("8.3.1", "7.5.3")
async def test_a_fresh_proof_opens_what_asks_for_one(estate: Estate) -> None:
    cast = await signed_in(estate, is_proved=True)
    lines = REVIEWED.read_text(encoding="utf-8").splitlines()[1:]
    by_name = {route.name: route for route in estate.routes}
    asked = 0
    for told in lines:
        route = by_name[told[:77].rstrip()]
        words: dict[str, str] = dict(zip(COLUMNS, told[78:].split(), strict=False))
        for name, caller in cast.items():
            if words[name] == "proof":
                asked += 1
                answer = await ask(estate, route, caller)
                is_open = answer.status_code == 404 or verdict(route, answer) == "yes"
                assert is_open, route.name  # 404: the address asks for a thing in its query
    assert asked > 50


@pytest.mark.asvs("8.2.1", "8.3.1")
async def test_every_route_says_whom_it_is_for(estate: Estate) -> None:
    for route in estate.routes:
        ways = (route.public, route.permission, route.scope, route.is_own, route.is_door)
        assert sum(map(bool, ways)) == 1, route.name
        surface = route.path.split("/")[1]
        assert not route.permission or surface == "console", route.name
        assert not route.is_own or surface == "me", route.name
        assert not route.scope or surface == "api", route.name

"""Fields that nobody asked for, and fields that stand there twice.

A form takes what it asks for and nothing else; what is sent twice counts as it was sent last, in a
form, and first, in an address. The API refuses what it does not know and a query that says a thing
twice; of a name that stands twice in one JSON object the last counts (RFC 8259, section 4, leaves
it open).
"""

import json
import re
from typing import Any, Final

import httpx
import pytest

from candor.domain.access.model.roles import Role
from tests.factories.callers import Caller, with_key
from tests.factories.crawling import offered
from tests.factories.estate import Estate
from tests.factories.routes import Route
from tests.web.authorisation.test_ids import asker, rows_of, same

# Attempts and mails are counted: the third answer may ask to wait, whatever is sent with it.
COUNTED: Final = ("/console/prove", "/me/prove")
URLENCODED: Final = {"content-type": "application/x-www-form-urlencoded"}


def uninvited(estate: Estate) -> dict[str, str]:
    """Return fields that no form has, by which others were broken into."""
    boss = str(estate.staff[Role.AUDITOR].staff_id)
    return {
        "profile_id": str(estate.ben), "bearer_id": str(estate.ben), "head_id": str(estate.ben),
        "staff_id": boss, "member": boss, "actor": boss, "proposed_by": boss, "audience": "staff",
        "permission": "people:bulk", "permissions": "people:bulk", "scopes": "people:find",
        "is_admin": "1", "is_proved": "1", "is_strong": "1", "proved_at": "2099-01-01",
        "methods": "passkey", "expires_at": "2099-01-01", "left_at": "", "revoked_at": "",
        "source_code": "crm", "recorded_by": boss, "address_proven": "1", "__proto__": "x",
        "role[]": "admin", "constructor": "x",
    }  # fmt: skip


async def stranger(estate: Estate) -> Caller:
    """Return a browser that nobody is signed in with, and the token of its forms."""
    answer = await estate.street.ask(Caller(), "GET", "/me/sign-in")
    found = re.search(r'name="csrf_token" value="([0-9a-f]+)"', answer.text)
    assert found
    cookie = answer.headers["set-cookie"].partition(";")[0]
    return Caller({"cookie": cookie}, found.group(1))


def forms(estate: Estate) -> list[Route]:
    """Return the routes that take a form."""
    return [
        route
        for route in estate.routes
        if route.method == "POST" and not route.path.startswith(("/api/", "/v1/", "/sdk/"))
    ]


async def sender(estate: Estate, route: Route) -> Caller:
    """Return somebody who may send a form."""
    return await stranger(estate) if route.public else await asker(estate, route)


async def sent(
    estate: Estate, route: Route, who: Caller, more: dict[str, str]
) -> tuple[object, ...]:
    """Send a form to something that is not there; return what is answered."""
    path = route.at(estate.values(route) | estate.nowhere(route))
    answer = await estate.street.send(who, path, more)
    assert answer.status_code < 500, route.name
    return same(answer)


@pytest.mark.asvs("15.3.3", "8.2.3")
async def test_what_no_form_asks_for_is_as_if_it_were_not_sent(estate: Estate) -> None:
    others = (estate.ben, estate.staff[Role.AUDITOR].staff_id)
    before = {who: own(rows_of(estate, who)) for who in others}
    for route in forms(estate):
        who = await sender(estate, route)
        await sent(estate, route, who, {})  # whatever it does, it has done
        usual = await sent(estate, route, who, {})
        answer = await sent(estate, route, who, uninvited(estate))
        is_slowed = answer[0] == 429 and (route.public or route.path.startswith(COUNTED))
        assert is_slowed or answer == usual, route.name
    for who in others:
        assert own(rows_of(estate, who)) == before[who]


def own(rows: dict[str, list[tuple[object, ...]]]) -> dict[str, list[tuple[object, ...]]]:
    """Return rows without those that signing in to ask adds."""
    passing = ("access.session", "access.ceremony", "access.proposal")
    return {name: found for name, found in rows.items() if not name.startswith(passing)}


@pytest.mark.asvs("15.3.3")
async def test_no_page_asks_for_what_these_tests_call_uninvited(estate: Estate) -> None:
    names: set[str] = set()
    for caller in (await estate.clerk(Role.ADMIN), await estate.customer()):
        for form in await offered(estate, caller, estate.routes):
            names |= set(form.fields)
    assert len(names) > 20
    assert not names & set(uninvited(estate))


@pytest.mark.asvs("15.3.3", "8.2.3")
async def test_the_api_refuses_fields_that_it_does_not_know(estate: Estate) -> None:
    who, asked = with_key(estate.keys["everything"]), 0
    for route in estate.routes:
        if not isinstance(route.example, dict):
            continue
        for body in with_one_more(route.example):
            answer = await estate.street.ask(
                who, route.method, estate.address(route), json=body
            )
            assert answer.status_code == 422, f"{route.name} {body}"
            # What a machine may know is named by the catalogue, which is asked about it first.
            known = "uninvited" in answer.text or "rights.unknown_decision" in answer.text
            assert known, answer.text
            asked += 1
    assert asked > 15


def with_one_more(body: Any) -> list[Any]:  # noqa: ANN401 - JSON
    """Return a body with a field too many, in each of its objects in turn."""
    if isinstance(body, list):
        return [
            [*body[:n], one, *body[n + 1 :]]
            for n, x in enumerate(body)
            for one in with_one_more(x)
        ]
    if not isinstance(body, dict):
        return []
    inner = [
        {**body, name: one} for name, value in body.items() for one in with_one_more(value)
    ]
    return [{**body, "uninvited": True}, *inner]


@pytest.mark.asvs("15.3.7")
async def test_the_api_takes_no_query_that_it_does_not_know_or_that_repeats(
    estate: Estate,
) -> None:
    who = with_key(estate.keys["everything"])
    for route in estate.routes:
        if route.scope is None:
            continue
        for query in ("uninvited=1", "limit=1&limit=2", "uninvited=1&uninvited=1"):
            path = f"{estate.address(route)}?{query}"
            answer = await estate.street.ask(who, route.method, path, json=route.example)
            assert answer.status_code == 422, f"{route.name} {query}"


@pytest.mark.asvs("15.3.7")
async def test_of_a_name_twice_in_json_the_last_counts(estate: Estate) -> None:
    who = with_key(estate.keys["everything"])
    head = {"content-type": "application/json"}

    async def allowed(*purposes: str) -> bool:
        said = ",".join(f'"purpose":{json.dumps(one)}' for one in purposes)
        body = f'{{"profile":{{"id":"{estate.ben}"}},{said}}}'
        answer = await estate.street.ask(
            who, "POST", "/api/v1/decisions", content=body, headers=head
        )
        assert answer.status_code == 200, answer.text
        return bool(answer.json()["allowed"])

    assert await allowed("orders")
    assert not await allowed("nothing_of_ours")
    assert await allowed("nothing_of_ours", "orders")
    assert not await allowed("orders", "nothing_of_ours")


@pytest.mark.asvs("15.3.7", "3.5.1")
async def test_of_a_field_twice_in_a_form_the_last_counts(estate: Estate) -> None:
    for route in forms(estate):
        if route.public or "sign-out" in route.path:
            continue
        for tokens, is_ours in ((("wrong", None), True), ((None, "wrong"), False)):
            who = await asker(estate, route)
            body = "&".join(f"csrf_token={one or who.csrf_token}" for one in tokens)
            path = route.at(estate.values(route) | estate.nowhere(route))
            answer = await estate.street.ask(
                who, "POST", path, content=body, headers=URLENCODED
            )
            refused = answer.status_code == 403 and "did not come from our page" in answer.text
            assert refused != is_ours, f"{route.name} {tokens}"


@pytest.mark.asvs("15.3.7")
async def test_a_yes_and_a_no_in_one_form_count_as_the_last(estate: Estate) -> None:
    who = await estate.customer()

    async def say(*choices: str) -> httpx.Response:
        said = "".join(f"&choice={one}" for one in choices)
        body = f"csrf_token={who.csrf_token}&purpose=news{said}"
        return await estate.street.ask(
            who, "POST", "/me/allow/choose", content=body, headers=URLENCODED
        )

    assert (await say("granted", "nonsense")).status_code == 400
    assert (await say("nonsense", "denied")).status_code == 303


@pytest.mark.asvs("15.3.7")
async def test_of_a_name_twice_in_an_address_the_first_counts(estate: Estate) -> None:
    who = await estate.clerk(Role.ADMIN)

    async def listed(query: str) -> set[str]:
        answer = await estate.street.ask(who, "GET", f"/console/audit?{query}")
        assert answer.status_code == 200
        rows = re.search(r"<tbody.*?</tbody>", answer.text, re.DOTALL)
        return set(re.findall(r'class="badge[^"]*">(\w+)<', rows.group(0) if rows else ""))

    done, refused = await listed("outcome=done"), await listed("outcome=refused")
    assert done
    assert not done & refused
    assert await listed("outcome=done&outcome=refused") == done
    assert await listed("outcome=refused&outcome=done") == refused

"""Somebody else's, and something else's: the answer is the one for what does not exist.

Every place in a path is tried with the name of everything else there is; every field of every form
of somebody else's pages that names a thing is sent by another. Routes and forms are found, not
listed, so that a new one is tried by itself.
"""

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import httpx
import pytest
from psycopg import sql

from candor.domain.access.model.roles import Role
from candor.domain.access.model.sign_in import Audience
from candor.kernel.ids import new_id
from tests.factories.callers import NOBODY, Caller
from tests.factories.crawling import TOKEN, Form, offered
from tests.factories.estate import Estate
from tests.factories.routes import Route

# What whoever may see one of may see all of: staff and systems work for everybody.
SHARED: Final = {
    "person", "merged person", "notice", "alert", "measure", "canary", "proposal", "staff", "key",
    "entry", "purpose", "attribute", "file", "tile", "request", "handled request", "ticket",
    "connection", "vendor", "drop", "handed file",
}  # fmt: skip
# Of a customer only what is declared for everybody.
DECLARED: Final = {"notice", "purpose", "attribute"}
# What forms ask for, so that a form gets as far as looking up what its path names.
FILLED_IN: Final = {
    "regime": "gdpr", "answer": "approve", "verdict": "mistake", "what": "grown_up",
    "role": "auditor", "why": "A reason that is long enough", "reason": "They left the company",
    "act": "keep", "value": "Rome", "choice": "denied", "about": "news", "purpose": "orders",
    "day": "2026-03-01", "hour": "10:00", "means": "phone", "which": "all", "name": "A phone",
}  # fmt: skip
_HEX: Final = re.compile("[0-9a-f]{16,}")
_VARIES: Final = (
    re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    re.compile(r"[A-Za-z0-9_=-]{16,}"),
    re.compile(r"\b[0-9a-f]{4} [0-9a-f]{4}\b"),  # the short form of an id
)


def same(answer: httpx.Response) -> tuple[object, ...]:
    """Return an answer without what may differ: the address that was asked for, names, tokens."""
    text, location = answer.text, answer.headers.get("location", "")
    if answer.request.url.path.count("/") > 1:
        asked = answer.request.url.raw_path.decode().partition("?")[0]
        text, location = text.replace(asked, "…"), location.replace(asked, "…")
    for pattern in _VARIES:
        text, location = pattern.sub("…", text), pattern.sub("…", location)
    return answer.status_code, location, text


def foreign(estate: Estate, route: Route, place: str) -> Iterator[str]:
    """Return the names of everything that a place in a path must not find."""
    kind = estate.kind(route, place)
    own = set(estate.things[kind][:1])
    if kind in (DECLARED if route.is_own else SHARED):
        own |= set(estate.things[kind])
    if kind in {"person", "merged person"}:
        own |= {*estate.things["person"], *estate.things["merged person"]}
    if kind in {"request", "handled request"} and not route.is_own:
        own |= {*estate.things["request"], *estate.things["handled request"]}
    if kind in {"connection", "drop"} and not route.is_own:
        own |= {*estate.things["connection"], *estate.things["drop"]}
    shape = route.places[place]
    for value in (value for values in estate.things.values() for value in values):
        if value not in own and fits(shape, value):
            yield value


def fits(shape: str, value: str) -> bool:
    """Tell whether a value gets as far as the route; a path of other shape is another path."""
    match shape:
        case "uuid":
            return is_id(value)
        case "int":
            return value.isdecimal()
        case "path":
            return True
        case _:
            return "/" not in value


def look_of(value: str) -> str:
    """Return what can be told of a name by looking at it."""
    if is_id(value):
        return "uuid"
    if value.isdecimal():
        return "number"
    return f"{len(value)} hex" if _HEX.fullmatch(value) else f"{len(value)} signs"


def nothing_like(value: str) -> str:
    """Return a name that looks like one that is there, and is of nothing."""
    match look_of(value):
        case "uuid":
            return str(new_id())
        case "number":
            return "999999999"
        case look if look.endswith("hex"):
            return secrets.token_hex(len(value))[: len(value)]
        case _:
            return secrets.token_urlsafe(len(value))[: len(value)]


def is_id(text: str) -> bool:
    """Tell whether a text is a UUID."""
    try:
        UUID(text)
    except ValueError:
        return False
    return True


async def asker(estate: Estate, route: Route) -> Caller:
    """Return somebody who may open a route, with a fresh proof."""
    if route.permission:
        return await estate.clerk(Role.ADMIN)
    if route.is_own:
        return await estate.customer()
    return estate.system(route) if route.scope else NOBODY


async def knock(estate: Estate, route: Route, who: Caller, path: str) -> httpx.Response:
    """Ask, with whatever a form or body might hold."""
    if route.scope:
        body = None if route.method == "GET" else (route.example or {})
        return await estate.street.ask(who, route.method, path, json=body)
    if route.method == "POST":
        return await estate.street.send(who, path, FILLED_IN)
    return await estate.street.ask(who, route.method, path)


@pytest.mark.asvs("8.2.2", "8.2.1", "8.3.1", "8.4.1")
async def test_a_name_of_another_is_as_good_as_none(estate: Estate) -> None:
    asked = 0
    for route in estate.routes:
        if not route.places:
            continue
        who = await asker(estate, route)
        for place in route.places:
            values, usual = estate.values(route), dict[str, tuple[object, ...]]()
            for value in foreign(estate, route, place):
                look = look_of(value)
                if look not in usual:
                    there = route.at(values | {place: nothing_like(value)})
                    usual[look] = same(await knock(estate, route, who, there))
                    # Whoever has the ticket sees its page; a wrong mark only gives no button.
                    refused = usual[look][0] in {303, *range(400, 500)}
                    assert refused or place == "mark", route.name
                there = route.at(values | {place: value})
                answer = same(await knock(estate, route, who, there))
                assert answer == usual[look], f"{route.name} {place}={value}"
                asked += 1
    assert asked > 1_000


@dataclass(frozen=True, slots=True)
class Pair:
    """Somebody who asks, and another whose things they must not touch."""

    audience: Audience
    asker: UUID
    other: UUID


def pairs(estate: Estate) -> list[Pair]:
    """Return a customer and another, a member of staff and another of the same role's pages."""
    boss, auditor = (estate.staff[role].staff_id for role in (Role.ADMIN, Role.AUDITOR))
    return [
        Pair(Audience.CUSTOMER, estate.ada, estate.ben),
        Pair(Audience.STAFF, boss, auditor),
    ]


def pages_of(estate: Estate, audience: Audience) -> list[Route]:
    """Return the routes of somebody's own pages."""
    wanted = (
        "/me" if audience is Audience.CUSTOMER else ("/console/account", "/console/passkeys")
    )
    return [route for route in estate.routes if route.path.startswith(wanted)]


def rows_of(estate: Estate, who: UUID) -> dict[str, list[tuple[object, ...]]]:
    """Return all that is kept of somebody, by table: every row that names them."""
    columns = estate.told(
        "SELECT c.table_schema, c.table_name, c.column_name FROM information_schema.columns c"
        " JOIN information_schema.tables t USING (table_schema, table_name)"
        " WHERE t.table_type = 'BASE TABLE' AND c.column_name IN ('profile_id', 'bearer_id',"
        " 'staff_id', 'guardian_id', 'head_id') AND c.data_type = 'uuid' ORDER BY 1, 2, 3"
    )
    found: dict[str, list[tuple[object, ...]]] = {}
    for schema, table, column in columns:
        statement = sql.SQL("SELECT md5(t::text) FROM {} t WHERE {} = {} ORDER BY 1").format(
            sql.Identifier(schema, table), sql.Identifier(column), sql.Literal(who)
        )
        found[f"{schema}.{table} {column}"] = estate.owner.execute(statement).fetchall()
    assert sum(map(len, found.values())) > 1
    return found


@pytest.mark.asvs("8.2.2", "8.2.3", "8.3.1")
async def test_a_form_with_a_name_of_another_does_what_one_with_no_name_does(
    estate: Estate,
) -> None:
    asked: set[str] = set()
    for pair in pairs(estate):
        other = await estate.street.visitor(pair.audience, pair.other, is_proved=True)
        forms = await offered(estate, other, pages_of(estate, pair.audience))
        before = rows_of(estate, pair.other)
        for form in forms:
            for name in form.ids:
                who = await estate.street.visitor(pair.audience, pair.asker, is_proved=True)
                usual = await press(estate, who, form, name, nothing_like(form.fields[name]))
                answer = await press(estate, who, form, name, form.fields[name])
                assert same(answer) == same(usual), f"{form.method} {form.action} {name}"
                asked.add(f"{form.action} {name}")
        assert rows_of(estate, pair.other) == before
    for known in (
        "/me/account/sign-out-one which", "/me/account/passkeys/remove which",
        "/me/account/passkeys/rename which", "/console/account/sign-ins which",
        "/console/passkeys/remove which", "/console/passkeys/rename which",
    ):  # fmt: skip
        assert known in asked, f"{known} is not among {sorted(asked)}"


async def press(
    estate: Estate, who: Caller, form: Form, name: str, value: str
) -> httpx.Response:
    """Send a form of another as one's own, with one field changed."""
    fields = {**form.fields, name: value}
    fields.pop(TOKEN, None)
    if form.method == "GET":
        return await estate.street.ask(who, "GET", form.action, params=fields)
    return await estate.street.send(who, form.action, fields)

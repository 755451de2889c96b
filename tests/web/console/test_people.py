"""Finding and reading one person: a reason first, then what it needs, all written down."""

import re

import pytest

from candor.app import Candor
from candor.domain.access.model.roles import Role
from candor.domain.audit import service as audit
from candor.domain.audit.model import Entry
from candor.domain.consent.model.choice import Choice
from candor.domain.profiles.errors import NoSuchProfile
from candor.domain.profiles.service import read
from candor.kernel.ids import ProfileId, new_id
from tests.factories.house import choose, find, make_person, order, send
from tests.web.console.conftest import Clerk, Hire, words_of

EMAIL = "ada@example.org"


async def make_ada(candor: Candor) -> ProfileId:
    """Make a person who bought something and left a note."""
    ada = await make_person(
        candor, number="A1", name="Ada Lovelace", email=EMAIL, city="Aachen", points=3
    )
    await choose(candor, ada, "news", Choice.GRANTED)
    note = {"note": "leave the lilacs", "products": [{"category": "tea"}], "pieces": 2}
    await send(candor, "shop", order(candor, userId="A1", properties=note))
    await send(
        candor, "shop", {"type": "identify", "userId": "A1", "traits": {"hobby": "engines"}}
    )
    return ada


async def newest(candor: Candor, action: str) -> list[Entry]:
    """Return what the log says about an action."""
    async with candor.database.read() as tx:
        return await audit.newest(tx, action=action)


async def test_a_search_leads_to_the_person_and_is_written_down(
    candor: Candor, piet: Clerk
) -> None:
    ada = await make_ada(candor)
    answer = await piet.send("/console/people", kind="email", value=EMAIL, purpose="orders")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/console/people/{ada}?purpose=orders"
    entry = (await newest(candor, "profiles.find"))[0]
    assert (entry.outcome, entry.purpose, entry.fields) == ("done", "orders", ["email"])
    assert entry.subject is not None
    assert piet.staff is not None
    assert entry.actor_id == str(piet.staff.staff_id)
    assert EMAIL not in repr(entry)


async def test_a_search_that_finds_nobody_says_so_and_is_written_down(
    candor: Candor, piet: Clerk
) -> None:
    answer = await piet.send(
        "/console/people", kind="email", value="nobody@example.org", purpose="orders"
    )
    assert answer.status_code == 404
    assert "Nobody is found by exactly this" in words_of(answer.text)
    assert 'value="nobody@example.org"' in answer.text
    entry = (await newest(candor, "profiles.find"))[0]
    assert (entry.outcome, entry.reason, entry.subject) == ("refused", "not_found", None)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"kind": "email", "value": "ada@"}, "This is not a whole e-mail address."),
        ({"kind": "phone", "value": "0171 12"}, "Begin with the country code"),
        ({"kind": "loyalty_card", "value": "abc"}, "This has no digits."),
        ({"kind": "email", "value": "  "}, "Type what the person told you."),
        ({"kind": "email", "value": "a" * 400}, "This is too long"),
        ({"kind": "shoe", "value": "44"}, "Choose what you have first"),
        ({"value": "x"}, "Choose what you have first"),
        ({"kind": "email", "value": EMAIL, "purpose": ""}, "Choose why you need"),
        ({"kind": "email", "value": EMAIL, "purpose": "news"}, "Choose why you need"),
        ({"kind": "email", "value": EMAIL, "purpose": "own_data"}, "Choose why you need"),
    ],
)
async def test_what_is_wrong_with_the_form_is_said_on_the_form(
    candor: Candor, piet: Clerk, fields: dict[str, str], said: str
) -> None:
    await make_ada(candor)
    answer = await piet.send("/console/people", **({"purpose": "orders"} | fields))
    assert answer.status_code == 400
    assert said in words_of(answer.text)
    assert "Ada" not in answer.text


async def test_a_person_opens_for_a_stated_purpose_only(candor: Candor, piet: Clerk) -> None:
    ada = await make_ada(candor)
    before = len(await newest(candor, "vault.open"))
    asked = await piet.words(f"/console/people/{ada}")
    assert "Why do you need to see this person?" in asked
    assert "Lovelace" not in asked
    for purpose in ("news", "own_data", "nothing", "orders%20"):
        answer = await piet.get(f"/console/people/{ada}?purpose={purpose}")
        assert answer.status_code == 400
        assert "Lovelace" not in answer.text
    assert len(await newest(candor, "vault.open")) == before


@pytest.mark.asvs("8.2.3", "15.3.1")
async def test_what_the_purpose_needs_is_shown_and_the_rest_is_not(
    candor: Candor, piet: Clerk
) -> None:
    ada = await make_ada(candor)
    orders = await piet.words(f"/console/people/{ada}?purpose=orders")
    assert "You are reading this for: orders. Ada Lovelace can see that." in orders
    assert {"Aachen", EMAIL, "lilacs", "tea"} <= set(re.split(r"[ ,]", orders))
    assert "engines" not in orders  # a hobby is for news only
    assert "not needed for orders" in orders
    insight = await piet.words(f"/console/people/{ada}?purpose=insight")
    assert "Person" in insight
    assert "Aachen" in insight
    assert "Ada" not in insight
    assert EMAIL not in insight
    entries = await newest(candor, "vault.open")
    assert {"name", "email", "city"} <= {
        name for e in entries if e.purpose == "orders" for name in e.fields
    }
    assert not {"name", "email", "hobby"} & {
        name for e in entries if e.purpose == "insight" for name in e.fields
    }


async def test_a_reading_stands_on_the_page_at_once(
    candor: Candor, hire: Hire, piet: Clerk
) -> None:
    ada = await make_ada(candor)
    await (await hire(Role.SUPPORT)).page(f"/console/people/{ada}?purpose=orders")
    readers = (await piet.words(f"/console/people/{ada}?purpose=insight")).partition(
        "Who has read this profile"
    )[2]
    assert readers.index("Privacy Miller , privacy officer insight") < readers.index(
        "Support Miller , customer service orders"
    )


async def test_a_refused_purpose_is_said_and_stays_in_the_log(
    candor: Candor, piet: Clerk
) -> None:
    ada = await make_ada(candor)
    await choose(candor, ada, "insight", Choice.DENIED)
    answer = await piet.get(f"/console/people/{ada}?purpose=insight")
    assert answer.status_code == 403
    said = words_of(answer.text)
    assert "This purpose is refused" in said
    assert "Insight: they objected." in said
    assert "Aachen" not in said
    entry = (await newest(candor, "vault.open"))[0]
    assert (entry.outcome, entry.reason, entry.purpose) == ("refused", "objected", "insight")
    assert (await piet.get(f"/console/people/{ada}?purpose=orders")).status_code == 200


async def test_an_erased_person_is_gone(candor: Candor, piet: Clerk) -> None:
    ada = await make_ada(candor)
    async with candor.database.tx() as tx:
        await candor.vault.destroy(tx, [ada])
    answer = await piet.get(f"/console/people/{ada}?purpose=orders")
    assert answer.status_code == 410
    assert "This person was erased" in words_of(answer.text)


@pytest.mark.parametrize("name", ["1", "nobody", "00000000-0000-7000-8000-000000000000"])
async def test_there_is_nothing_where_nobody_ever_was(piet: Clerk, name: str) -> None:
    assert (await piet.get(f"/console/people/{name}?purpose=orders")).status_code == 404


async def test_leafing_through_events_shows_each_once(candor: Candor, piet: Clerk) -> None:
    ada = await make_ada(candor)
    for n in range(60):
        await send(
            candor, "shop", order(candor, userId="A1", properties={"order_id": f"no{n:02}"})
        )
    seen: list[str] = []
    path: str | None = f"/console/people/{ada}?purpose=orders"
    while path:
        html = await piet.page(path)
        seen += re.findall(r"no\d\d", html)
        older = re.search(r'href="([^"]*)" rel="next"', html)
        path = older.group(1).replace("&amp;", "&") if older else None
    assert sorted(seen) == [f"no{n:02}" for n in range(60)]


@pytest.mark.asvs("14.2.1")
async def test_no_address_and_no_header_holds_what_was_looked_for(
    candor: Candor, piet: Clerk
) -> None:
    await make_ada(candor)
    for value in (EMAIL, "nobody@example.org", "ada@"):
        answer = await piet.send("/console/people", kind="email", value=value, purpose="orders")
        assert value.partition("@")[0] not in str(answer.url)
        assert value.partition("@")[0] not in repr(answer.headers.raw)
        if answer.status_code == 303:
            person = await piet.page(answer.headers["location"])
            for address in re.findall(r'(?:href|action)="([^"]*)"', person):
                assert "ada" not in address.lower()
                assert "A1" not in address


async def test_the_console_never_lists_people(candor: Candor, piet: Clerk) -> None:
    ada = await make_ada(candor)
    for path in ("/console", "/console/people", "/console/connections", "/console/catalogue"):
        html = await piet.page(path)
        assert str(ada) not in html
        assert "Lovelace" not in html
    with pytest.raises(NoSuchProfile):
        await find(candor, "email", "lovelace@example.org")
    async with candor.database.read() as tx:
        with pytest.raises(NoSuchProfile):
            await read.head(tx, ProfileId(new_id()))

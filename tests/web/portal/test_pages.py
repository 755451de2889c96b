"""What a customer sees: what is theirs, nothing of others, numbers that their links show."""

import html as markup
import re
from datetime import timedelta
from typing import Any

import msgspec
import psycopg
import pytest

from candor.app import Candor
from candor.domain.access.model.roles import Role
from candor.domain.access.service import members
from candor.domain.audit.model import Actor
from candor.domain.catalogue.model import Attribute, Property
from candor.domain.collect.service.fold import fold
from candor.domain.consent.model.choice import Choice
from candor.domain.consent.model.state import Standing
from candor.domain.consent.service import choices
from candor.domain.profiles.service import merge, read
from candor.domain.vault.errors import NotAllowed
from candor.kernel.clock import FixedClock
from candor.kernel.ids import MergeId, ProfileId
from tests.factories.house import (
    apply_company,
    choose,
    make_company,
    make_person,
    order,
    rules_of,
    send,
)
from tests.web.portal.conftest import Visitor, Visitors, csrf
from tests.web.portal.test_entry import PAGES


async def everything(visitor: Visitor) -> str:
    """Return all pages of somebody, in one text."""
    return "\n".join([await visitor.page(path) for path in PAGES])


def plain(html: str) -> str:
    """Return the words of a page, spaces in one row."""
    return " ".join(markup.unescape(re.sub(r"<[^>]*>", " ", html)).split())


async def make_ada_and_ben(candor: Candor) -> tuple[ProfileId, ProfileId]:
    """Make two people who have bought something each."""
    ada = await make_person(
        candor, number="A1", name="Ada", email="ada@example.org", city="Aachen"
    )
    ben = await make_person(
        candor, number="B1", name="Ben", email="ben@example.org", city="Bergen"
    )
    for number, word in (("A1", "lilacs"), ("B1", "bricks")):
        note = {"order_id": word, "note": f"leave the {word}", "pieces": 2}
        await send(candor, "shop", order(candor, userId=number, properties=note))
    return ada, ben


async def look(
    candor: Candor, whose: ProfileId, purpose: str, role: Role, request: str
) -> None:
    """Open a person as a member of staff; a refusal is committed as the console does."""
    rules = await rules_of(candor)
    async with candor.database.tx(request) as tx:
        staff = await members.put(
            tx, handle=role.value, display_name="Cleo Secret", role=role, clock=candor.clock
        )
        try:
            await read.open_person(
                tx,
                whose,
                purpose=purpose,
                actor=Actor.staff(staff.staff_id),
                in_force=rules.in_force,
                vault=candor.vault,
            )
        except NotAllowed:
            return


async def test_each_sees_their_own_and_nothing_of_others(
    candor: Candor, visitors: Visitors
) -> None:
    ada, ben = await make_ada_and_ben(candor)
    of_ada = await everything(await visitors().sign_in(ada))
    of_ben = await everything(await visitors().sign_in(ben))
    hers = ("Ada", "ada@example.org", "Aachen", "lilacs", "leave the lilacs")
    his = ("Ben", "ben@example.org", "Bergen", "bricks", "leave the bricks")
    for own, other, page in ((hers, his, of_ada), (his, hers, of_ben)):
        assert all(word in page for word in own)
        assert not any(word in page for word in other)
    assert str(ben) not in of_ada


@pytest.mark.asvs("14.2.1")
async def test_no_address_names_anything_personal(candor: Candor, visitor: Visitor) -> None:
    ada, _ = await make_ada_and_ben(candor)
    for _ in range(30):
        await send(candor, "shop", order(candor, userId="A1"))
    html = await everything(await visitor.sign_in(ada))
    for address in re.findall(r'(?:href|action|src)="([^"]*)"', html):
        if address.startswith("mailto:"):
            assert address == "mailto:privacy@nordmarkt.example"
            continue
        words = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "", address)  # ids
        assert not re.search(r"ada|aachen|example|A1\b", words, re.IGNORECASE)
        assert str(ada) not in address


async def test_facts_are_the_rows_that_the_console_opens(
    candor: Candor, visitor: Visitor
) -> None:
    ada, _ = await make_ada_and_ben(candor)
    await send(
        candor,
        "crm",
        {"type": "identify", "userId": "ada@example.org", "traits": {"city": "Aalen"}},
    )
    page = plain(await (await visitor.sign_in(ada)).page("/me/facts"))
    rules = await rules_of(candor)
    async with candor.database.tx() as tx:
        staff = await members.put(
            tx, handle="dora", display_name="Dora", role=Role.PRIVACY, clock=candor.clock
        )
        person = await read.open_person(
            tx,
            ada,
            purpose="orders",
            actor=Actor.staff(staff.staff_id),
            in_force=rules.in_force,
            vault=candor.vault,
        )
    opened = [
        answer.value.reveal()
        for fact in person.facts
        for answer in (fact.answer, *fact.losers)
        if answer.value is not None
    ]
    opened += [contact.value.reveal() for contact in person.contacts if contact.value]
    assert {"Ada", "Aachen", "ada@example.org", "A1"} <= set(opened)
    assert all(str(value) in page for value in opened)


async def test_a_sum_says_its_currency(candor: Candor, visitor: Visitor) -> None:
    bought, *others = make_company().events
    currency = (*bought.properties, Property(name="currency"))
    bought = msgspec.structs.replace(bought, properties=currency)
    in_force = await apply_company(candor, events=(bought, *others))
    ada = await make_person(candor, number="A1")
    for _ in range(2):
        paid = {"currency": "PLN"}
        await send(candor, "shop", order(candor, userId="A1", properties=paid))
    async with candor.database.tx() as tx:
        while await fold(tx, in_force):
            pass
    page = plain(await (await visitor.sign_in(ada)).page("/me/facts"))
    assert re.search("2 times, PLN ?19.00 in all", page)


async def test_every_number_is_the_number_of_what_its_link_shows(
    candor: Candor, visitor: Visitor, clock: FixedClock
) -> None:
    ada, _ = await make_ada_and_ben(candor)
    for n in range(59):
        clock.advance(timedelta(hours=7))
        await send(candor, "shop", order(candor, userId="A1", properties={"order_id": f"n{n}"}))
    await look(candor, ada, "orders", Role.SUPPORT, "r1")
    await look(candor, ada, "orders", Role.SUPPORT, "r2")
    await look(candor, ada, "books", Role.PRIVACY, "r3")
    await look(candor, ada, "news", Role.MARKETING, "r4")  # refused
    await visitor.sign_in(ada)
    letter, facts = await visitor.page("/me"), await visitor.page("/me/facts")
    count = facts.count('<div class="fact"')
    assert f">{count} facts</a>" in letter
    assert f"{count} facts" in plain(facts)
    assert ">60 entries</a>" in letter
    assert ">3 times</a>" in letter
    looks = plain(await visitor.page("/me/looks"))
    assert "In the last 30 days: 3 times by people of ours." in looks
    assert looks.count("Customer service") == 2
    assert looks.count("The privacy officer") == 1
    assert looks.count("was not let in") == 1
    assert "Cleo Secret" not in looks
    seen: list[str] = []
    url = "/me/activity"
    while url:
        page = await visitor.page(url)
        seen += re.findall(r"<dd>(n\d+|lilacs)</dd>", page)
        older = re.search(r'href="([^"]*)" rel="next"', page)
        url = markup.unescape(older.group(1)) if older else ""
    assert len(seen) == 60
    assert len(set(seen)) == 60


async def test_own_visits_are_folded(candor: Candor, visitor: Visitor) -> None:
    ada, _ = await make_ada_and_ben(candor)
    await visitor.sign_in(ada)
    await everything(visitor)
    looks = plain(await visitor.page("/me/looks"))
    assert f"You, on these pages: {len(PAGES) + 1} times" in looks
    assert "nobody but you did" in looks


async def test_after_an_unmerge_each_sees_their_own(candor: Candor, visitors: Visitors) -> None:
    first = await make_person(candor, number="A1", name="Ada", email="both@example.org")
    await send(
        candor,
        "shop",
        {
            "type": "identify",
            "userId": "B1",
            "traits": {"name": "Benedict", "email": "both@example.org"},
        },
    )
    for number, word in (("A1", "lilacs"), ("B1", "bricks")):
        await send(candor, "shop", order(candor, userId=number, properties={"order_id": word}))
    rules = await rules_of(candor)
    async with candor.database.tx() as tx:
        journal = await merge.journal(tx, [first])
        members = await read.members(tx, first)
    assert len(journal) == 1
    second = next(p.profile_id for p in members if p.profile_id != first)
    ada, ben = await visitors().sign_in(first), await visitors().sign_in(second)
    for one in (ada, ben):
        html = await everything(one)
        assert "lilacs" in html
        assert "bricks" in html
        assert "2 separate records" in plain(html)
    async with candor.database.tx() as tx:
        await merge.unmerge(
            tx,
            MergeId(journal[0].merge_id),
            actor=Actor.machine("test"),
            vault=candor.vault,
            policy=rules.policy,
            clock=candor.clock,
        )
    of_ada, of_ben = await everything(ada), await everything(ben)
    assert "lilacs" in of_ada
    assert "bricks" not in of_ada
    assert "Benedict" not in of_ada
    assert "bricks" in of_ben
    assert "lilacs" not in of_ben
    assert "Ada" not in of_ben


@pytest.mark.parametrize("key_is_cached", [False, True])
async def test_erased_is_said_and_nothing_else(
    candor: Candor, visitor: Visitor, key_is_cached: bool
) -> None:
    ada, _ = await make_ada_and_ben(candor)
    await visitor.sign_in(ada)
    await visitor.page("/me")
    kept = candor.vault.cached(ada)
    assert kept
    async with candor.database.tx() as tx:
        for holder in candor.holders.values():
            if holder.name != "access":  # the session itself stands: what does it open?
                await holder.erase_person(tx, [ada])
    if key_is_cached:  # as in another process that has not heard of it yet
        candor.vault.remember([kept])
    for path in PAGES:
        answer = await visitor.get(path)
        assert answer.status_code == 410
        assert "erased" in answer.text
        assert "Ada" not in answer.text
        assert "Aachen" not in answer.text


@pytest.mark.parametrize("is_erased", [False, True])
async def test_a_customer_acts_in_the_log_by_the_name_that_dies_with_them(
    candor: Candor, visitor: Visitor, owner: psycopg.Connection[Any], is_erased: bool
) -> None:
    ada, _ = await make_ada_and_ben(candor)
    async with candor.database.read() as tx:
        [name] = await candor.vault.pseudonyms(tx, [ada])
    await visitor.sign_in(ada)
    await everything(visitor)
    if is_erased:
        async with candor.database.tx() as tx:
            for holder in candor.holders.values():
                if holder.name != "access":
                    await holder.erase_person(tx, [ada])
        assert (await visitor.get("/me")).status_code == 410
    actors = owner.execute(
        "SELECT DISTINCT actor_id FROM audit.entry WHERE actor_kind = 'customer'"
    ).fetchall()
    assert (name.hex(),) in actors
    assert {actor for (actor,) in actors} <= {name.hex(), "unknown"}
    count = owner.execute(
        "SELECT count(*) FROM audit.entry WHERE position(%s IN entry::text) > 0", [str(ada)]
    ).fetchone()
    assert count == (0,)


async def test_restricted_is_still_readable(candor: Candor, visitor: Visitor) -> None:
    ada, _ = await make_ada_and_ben(candor)
    async with candor.database.tx() as tx:
        await choices.set_standing(tx, [ada], Standing.RESTRICTED, candor.clock)
    html = await (await visitor.sign_in(ada)).page("/me")
    letter = plain(html)
    assert "Dear Ada" in letter
    assert "Your data is set aside." in letter
    assert "0 of them are on" in letter
    assert 'class="badge is-good"' not in html


async def test_the_letter_says_why(candor: Candor, visitor: Visitor) -> None:
    ada, _ = await make_ada_and_ben(candor)
    await choose(candor, ada, "news", Choice.GRANTED)
    await choose(candor, ada, "insight", Choice.DENIED)
    letter = plain(await (await visitor.sign_in(ada)).page("/me"))
    assert "You said yes on 2 March 2026" in letter
    assert "You said no on 2 March 2026" in letter
    assert "Comes with being our customer" in letter
    assert "The law asks for it" in letter
    assert "You have not said yes, so it stays off" in letter


@pytest.mark.parametrize(
    "path",
    [
        "/me/looks?before=",
        "/me/looks?before=yesterday",
        "/me/looks?before=0001-01-01",
        "/me/activity?before=2026-01-01",
        "/me/activity?before=2026-01-01T00:00:00~00000000-0000-0000-0000-000000000000",
        "/me/activity?before=9999-12-31T23:59:59Z~00000000-0000-0000-0000-000000000000",
    ],
)
async def test_a_lost_place_is_said(candor: Candor, visitor: Visitor, path: str) -> None:
    ada, _ = await make_ada_and_ben(candor)
    answer = await (await visitor.sign_in(ada)).get(path)
    assert answer.status_code == 400
    assert "does not name a place" in answer.text


@pytest.mark.parametrize(
    ("language", "greeting", "heading", "day"),
    [
        ("en", "Dear Ada,", "What we use it for", "2 March 2026"),
        ("de", "Guten Tag, Ada,", "Wofür wir es verwenden", "2. März 2026"),
        ("pl", "Dzień dobry, Ada,", "Do czego tego używamy", "2 marca 2026"),
        ("pt", "Olá, Ada,", "Para que o usamos", "2 de março de 2026"),
        ("ru", "Здравствуйте, Ada!", "Для чего мы это используем", "2 марта 2026"),
        ("tlh", "Dear Ada,", "What we use it for", "2 March 2026"),
    ],
)
async def test_the_page_speaks_the_readers_language(
    candor: Candor, visitor: Visitor, language: str, greeting: str, heading: str, day: str
) -> None:
    tongue = Attribute(code="language", title="Language", group="about", purposes=("orders",))
    await apply_company(candor, attributes=(*make_company().attributes, tongue))
    ada = await make_person(candor, name="Ada", language=language)
    html = await (await visitor.sign_in(ada)).page("/me")
    for said in (greeting, heading, day):
        assert said in plain(html)
    assert f'<html lang="{language if language != "tlh" else "en"}' in html


async def test_the_letter_asks_where_it_is_for_the_person_to_say(
    candor: Candor, visitor: Visitor
) -> None:
    ada, _ = await make_ada_and_ben(candor)
    html = await (await visitor.sign_in(ada)).page("/me")
    for purpose, is_asked in {
        "orders": 0,
        "books": 0,
        "insight": 1,
        "news": 1,
        "ads": 1,
    }.items():
        assert html.count(f'name="purpose" value="{purpose}"') == is_asked
    fields = {
        "csrf_token": csrf(html),
        "purpose": "news",
        "choice": "granted",
        "back": "/me",
    }
    answer = await visitor.post("/me/allow/choose", fields)
    assert answer.status_code == 303
    way = answer.headers["location"]
    assert way.startswith("/me?done=")
    assert way.endswith("#purpose-news")
    html = await visitor.page(way)
    assert 'id="purpose-news"' in html
    letter = plain(html)
    assert "Yes, from" in letter
    assert "You said yes on" in letter


async def test_the_letter_says_what_one_gets_and_who_receives(
    candor: Candor, visitor: Visitor
) -> None:
    company = make_company()
    purposes = tuple(
        msgspec.structs.replace(purpose, recipients=("Parcel Post",))
        if purpose.code in {"orders", "news"}
        else purpose
        for purpose in company.purposes
    )
    await apply_company(candor, purposes=purposes)
    ada = await make_person(candor, number="A1", name="Ada")
    letter = plain(await (await visitor.sign_in(ada)).page("/me"))
    assert "In the last 30 days nothing of yours went from here to another system" in letter
    assert "we may hand something to: Parcel Post Orders Who looked" in letter, "news is off"
    assert "Change your mind at any time" in letter

"""The other pages: each number is found again where it leads, each filter narrows."""

import re
from html import unescape

import pytest

from candor.app import Candor
from candor.domain.access.model.roles import Role
from tests.factories.house import make_person, order, send
from tests.web.console.conftest import Clerk, Hire, words_of


async def make_a_day(candor: Candor) -> None:
    """Let the sources send good and bad things."""
    await make_person(candor, number="A1", name="Ada", email="ada@example.org")
    good = order(candor, userId="A1")
    await send(candor, "shop", good, good, order(candor, userId="A1"))
    await send(candor, "shop", order(candor, userId="A1", properties={"total": "lots"}))
    await send(
        candor,
        "shop",
        {"type": "track", "event": "Shoe Polished", "userId": "A1"},
        order(candor, userId="A1", properties={"note": "card 4111 1111 1111 1111"}),
        {"type": "track", "event": "News Read", "userId": "A1"},
    )


def stats(html: str) -> dict[str, tuple[str, str | None]]:
    """Return the numbers of a page with their addresses, by name."""
    found: dict[str, tuple[str, str | None]] = {}
    for tag in re.findall(r'<(?:a|div) class="stat[^>]*>.*?</(?:a|div)>', html, re.DOTALL):
        name = re.search(r'class="name">([^<]*)<', tag)
        figure = re.search(r'class="figure">([^<]*)<', tag)
        href = re.search(r'href="([^"]*)"', tag)
        assert name
        assert figure
        found[unescape(name[1])] = (figure[1], unescape(href[1]) if href else None)
    return found


async def test_every_number_of_today_is_found_again_where_it_leads(
    candor: Candor, piet: Clerk
) -> None:
    await make_a_day(candor)
    html = await piet.page("/console")
    found = stats(html)
    expected = {"Stored": "3", "Came twice": "1", "Not kept: no purpose": "1", "Refused": "2"}
    assert {name: found[name][0] for name in expected} == expected
    assert found["Card numbers masked"][0] == "1"
    for name, (figure, href) in found.items():
        if href is None:
            assert figure == "0", name  # there is nothing to lead to
            continue
        if href.startswith("#"):
            assert f'id="{href[1:]}"' in html
            continue
        there = await piet.page(href)
        if "connections" in href:
            assert f'<strong class="number">{figure}</strong>' in there, name


async def test_who_may_not_open_a_page_is_given_no_link_to_it(
    candor: Candor, hire: Hire
) -> None:
    await make_a_day(candor)
    html = await (await hire(Role.MARKETING)).page("/console")
    assert "/console/connections" not in html
    assert "/console/reviews" not in html
    assert "/console/people" not in html


@pytest.mark.parametrize(
    "query",
    ["", "?source=shop", "?source=moon&outcome=odd&window=never", "?window=7d", "?window=52w"],
)
async def test_the_door_opens_whatever_the_address_asks(
    candor: Candor, piet: Clerk, query: str
) -> None:
    await make_a_day(candor)
    said = await piet.words(f"/console/connections/door{query}")
    assert "3 stored, 4 not" in said
    assert ("Till" in said.partition("Show")[2]) == ("source=shop" not in query)


async def test_samples_tell_what_was_wrong_and_hold_no_value(
    candor: Candor, piet: Clerk
) -> None:
    await make_a_day(candor)
    html = await piet.page("/console/connections/door?outcome=refused")
    said = words_of(html)
    assert "total must be a number, not text" in said
    assert "undeclared event" in said
    for value in ("lots", "4111", "Shoe Polished", "ada@", "A1<"):
        assert value not in html


async def test_the_catalogue_shows_all_that_is_declared(piet: Clerk) -> None:
    said = await piet.words("/console/catalogue")
    for word in (
        "Purposes (5)",
        "Attributes (6)",
        "Identifiers (5)",
        "Events (3)",
        "Sources (4)",
        "Channels (3)",
        "Topics (3)",
    ):
        assert word in said
    assert "Version 2, in force since" in said
    assert "the contract" in said
    assert "until they say no" in said


async def test_the_catalogue_shows_what_customers_steer_with(piet: Clerk) -> None:
    said = await piet.words("/console/catalogue")
    assert "Loud channels are silent from 21:00 to 8:00" in said
    assert (
        "Sms sms people with a verified phone silent in our quiet hours and in theirs" in said
    )
    assert "Post post everybody silent in their quiet hours" in said
    assert "About offers. offers news Email Sms, Post once a week" in said
    assert "About recipes. recipes news Email nothing whenever there is something" in said
    assert "Global Privacy Control says no to it" in said
    assert "Edition 1" in said


async def test_the_log_is_filtered_and_leafed_through(candor: Candor, piet: Clerk) -> None:
    ada = await make_person(candor, number="A1", name="Ada")
    for _ in range(55):
        await piet.page(f"/console/people/{ada}?purpose=orders")
    await piet.send("/console/people", kind="email", value="x@example.org", purpose="orders")
    refused = await piet.words("/console/audit?who=staff&outcome=refused")
    assert "profiles.find" in refused.partition("Show")[2]
    assert "nobody found" in refused
    assert "vault.open" not in refused.partition("When Who")[2]
    first = await piet.page("/console/audit?action=vault.open")
    numbers = re.findall(r'data-label="No\.">([\d,]+)<', first)
    assert len(numbers) == 50
    older = re.search(r'href="([^"]*)" rel="next"', first)
    assert older
    second = await piet.page(unescape(older[1]))
    rest = re.findall(r'data-label="No\.">([\d,]+)<', second)
    assert len(rest) == 5
    assert not set(rest) & set(numbers)
    assert "x@example.org" not in await piet.page("/console/audit")


@pytest.mark.parametrize("query", ["before=x", "before=-1", "before=" + "9" * 30, "action=odd"])
async def test_the_log_opens_whatever_the_address_asks(piet: Clerk, query: str) -> None:
    assert "access.signed_in" in await piet.words(f"/console/audit?{query}")


async def test_every_page_opens_before_anything_came(piet: Clerk) -> None:
    for path in ("", "/people", "/reviews", "/connections", "/catalogue", "/audit", "/gallery"):
        assert "<h1" in await piet.page(f"/console{path}")

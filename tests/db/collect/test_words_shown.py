"""A choice that says which words were shown keeps them."""

from typing import Any, Final

import msgspec
import psycopg
import pytest

from candor.app import Candor
from candor.domain.consent.model.notice import shown
from tests.factories.house import (
    apply_company,
    fresh,
    make_company,
    make_person,
    rules_of,
    send,
)

CHOICE: Final = "Segment Consent Preference Updated"


def kept(owner: psycopg.Connection[Any]) -> list[tuple[Any, ...]]:
    return owner.execute(
        "SELECT choice, notice, edition, evidence FROM consent.record ORDER BY purpose_id"
    ).fetchall()


def choice(**consent: object) -> dict[str, Any]:
    context = {"consent": {"categoryPreferences": {"analytics": True}, **consent}}
    return {"type": "track", "event": CHOICE, "userId": fresh("number"), "context": context}


async def test_the_words_stand_in_the_record(
    candor: Candor, owner: psycopg.Connection[Any]
) -> None:
    words = shown(await rules_of(candor), "insight", "en")
    notice = {"id": words.notice_id, "edition": words.edition}
    load = await send(candor, "shop", choice(notices={"insight": notice}, overGpc=True))
    assert not load.refused
    assert kept(owner) == [("granted", words.notice_id, 1, {"over_gpc": True})]


async def test_without_word_of_them_the_edition_in_force_counts(
    candor: Candor, owner: psycopg.Connection[Any]
) -> None:
    await send(candor, "shop", choice())
    assert kept(owner) == [("granted", None, 1, {})]


@pytest.mark.parametrize("edition", [-1, 0, 2, 2**40])
async def test_the_words_themselves_say_which_edition_they_are(
    candor: Candor, owner: psycopg.Connection[Any], edition: int
) -> None:
    words = shown(await rules_of(candor), "insight", "en").notice_id
    notice = {"id": words, "edition": edition}
    await send(candor, "shop", choice(notices={"insight": notice}))
    assert kept(owner) == [("granted", words, 1, {})]


async def test_a_yes_to_words_that_nobody_knows_or_of_another_purpose_is_none(
    candor: Candor, owner: psycopg.Connection[Any]
) -> None:
    another = shown(await rules_of(candor), "news", "en").notice_id
    for words in ("a" * 64, another):
        notices = {"insight": {"id": words, "edition": 1}}
        load = await send(candor, "shop", choice(notices=notices))
        assert not load.refused
    assert kept(owner) == []
    no = {"categoryPreferences": {"analytics": False}, "notices": {"insight": {"id": "a" * 64}}}
    await send(candor, "shop", {**choice(), "context": {"consent": no}})
    assert [choice for choice, *_ in kept(owner)] == ["denied"]


async def test_a_page_that_names_no_words_told_nobody_of_a_signal(
    candor: Candor, owner: psycopg.Connection[Any]
) -> None:
    await send(candor, "shop", choice(overGpc=True))
    assert kept(owner) == [("granted", None, 1, {})]


async def test_a_yes_that_must_be_confirmed_needs_a_source_or_an_address_that_proves_it(
    candor: Candor, owner: psycopg.Connection[Any]
) -> None:
    company = make_company()
    purposes = tuple(
        msgspec.structs.replace(p, confirm=True) if p.code == "news" else p
        for p in company.purposes
    )
    await apply_company(candor, purposes=purposes)
    yes = {"categoryPreferences": {"marketing": True}}
    news = (await rules_of(candor)).policy.bits["news"]

    async def say(source: str, number: str) -> list[str]:
        """Send a yes; return what is kept about the news since."""
        before = owner.execute("SELECT count(*) FROM consent.record").fetchone()
        call = {**choice(), "userId": number, "context": {"consent": yes}}
        await send(candor, source, call)
        rows = owner.execute(
            "SELECT choice, purpose_id FROM consent.record ORDER BY recorded_at OFFSET %s",
            before,
        ).fetchall()
        return [said for said, bit in rows if bit == news]

    assert await say("till", "7031234") == []  # knows cards, no addresses
    assert await say("shop", fresh("number")) == ["granted"]  # has checked addresses itself
    await make_person(candor, number="A-7", email="ada@example.org")
    shops = company.sources
    no_longer = tuple(
        msgspec.structs.replace(one, verifies=("customer_number",)) for one in shops
    )
    await apply_company(candor, purposes=purposes, sources=no_longer)
    assert await say("shop", "A-8") == []
    assert await say("shop", "A-7") == ["granted"]  # whose address is proven already


@pytest.mark.parametrize("notice", ["", "A" * 64, "ada@example.com", "a" * 65])
async def test_what_is_no_id_of_words_is_left_out(
    candor: Candor, owner: psycopg.Connection[Any], notice: str
) -> None:
    notices = {"insight": {"id": notice}, "no_such_purpose": {"id": "a" * 64}}
    await send(candor, "shop", choice(notices=notices))
    assert kept(owner) == [("granted", None, 1, {})]

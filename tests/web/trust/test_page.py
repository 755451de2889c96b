"""What anybody may read: every purpose in their language, figures that point at nobody."""

import html as markup
import re
from datetime import timedelta
from typing import Any

import httpx
import msgspec
import psycopg
import pytest

from candor.app import Candor
from candor.domain.catalogue.model import Controller, PurposeText
from candor.domain.consent.model.choice import Choice
from candor.domain.profiles.service import read
from candor.infra.jws import KeySet, named
from candor.kernel.clock import FixedClock
from candor.kernel.ids import new_id
from candor.surface.trust import counting
from candor.surface.trust.rounding import rounded
from tests.factories.house import (
    TEST,
    apply_company,
    make_company,
    make_person,
    order,
    rules_of,
    say,
    send,
    start_profiles,
    statement,
)


def plain(html: str) -> str:
    """Return the words of a page, spaces in one row."""
    return " ".join(markup.unescape(re.sub(r"<[^>]*>", " ", html)).split())


async def words(client: httpx.AsyncClient, path: str = "/trust", **headers: str) -> str:
    answer = await client.get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    return plain(answer.text)


async def crowd(candor: Candor, purpose: str, yes: int, no: int) -> None:
    """Let people say yes and no to a purpose."""
    rules = await rules_of(candor)
    ids = await start_profiles(candor, [None] * (yes + no))
    choices_ = [Choice.GRANTED] * yes + [Choice.DENIED] * no
    at = candor.clock.now()
    bit = rules.policy.bits[purpose]
    await say(
        candor,
        *(statement(who, bit, choice, at) for who, choice in zip(ids, choices_, strict=True)),
    )


async def test_it_says_all_about_every_purpose(
    candor: Candor, stranger: httpx.AsyncClient
) -> None:
    company = make_company()
    purposes = [
        msgspec.structs.replace(p, recipients=("Print shop",) if p.code == "news" else ())
        for p in company.purposes
    ]
    who = Controller(
        legal_name="Ex eG", address="Road 1", country="DE", contact="dpo@ex.example",
        authority="The authority",
    )  # fmt: skip
    await apply_company(candor, purposes=tuple(purposes), controller=who)
    said = await words(stranger)
    for purpose in company.purposes:
        assert purpose.texts["en"].title in said
        assert purpose.texts["en"].plain in said
        assert purpose.texts["en"].gain in said
    for found in (
        "Print shop", "Nobody outside Ex.", "Hobby", "News", "25 months", "A yes counts for 1 year",
        "Ex eG, Road 1", "dpo@ex.example", "The authority", "The law makes us do it.",
        "Until you say no, which you may at any time (California).",
    ):  # fmt: skip
        assert found in said, found


async def test_it_sets_no_cookie_and_may_be_kept_for_minutes(
    stranger: httpx.AsyncClient,
) -> None:
    answer = await stranger.get("/trust")
    assert "set-cookie" not in answer.headers
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert answer.headers["vary"] == "accept-language"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "<script" not in answer.text
    assert "<form" not in answer.text


@pytest.mark.parametrize(
    ("path", "asked", "lang", "heading"),
    [
        ("/trust", "", "en-GB", "What we do with data"),
        ("/trust", "fr, de-CH;q=0.8", "de-CH", "Was wir mit Daten machen"),
        ("/trust?lang=pl", "de", "pl-PL", "Co robimy z danymi"),
        ("/trust?lang=pt", "", "pt-PT", "O que fazemos com os dados"),
        ("/trust?lang=ru", "", "ru-RU", "мы делаем"),
        ("/trust?lang=xx", "", "en-GB", "What we do with data"),
        ("/trust?lang=../../etc", "", "en-GB", "What we do with data"),
    ],
)
async def test_it_speaks_the_readers_language(
    stranger: httpx.AsyncClient, path: str, asked: str, lang: str, heading: str
) -> None:
    answer = await stranger.get(path, headers={"accept-language": asked})
    assert f'<html lang="{lang}"' in answer.text
    assert heading in plain(answer.text)


async def test_purposes_are_in_the_words_of_that_language(
    candor: Candor, stranger: httpx.AsyncClient
) -> None:
    both = {"en": PurposeText("E", "English.", ""), "de": PurposeText("D", "Deutsch.", "")}
    purposes = [msgspec.structs.replace(p, texts=both) for p in make_company().purposes]
    topics = ()
    await apply_company(
        candor, purposes=tuple(purposes), topics=topics, channels=(), locales=("en", "de")
    )
    assert "Deutsch." in await words(stranger, "/trust?lang=de")
    assert "English." in await words(stranger, "/trust?lang=pl")


async def test_small_groups_are_not_shown(candor: Candor, stranger: httpx.AsyncClient) -> None:
    await crowd(candor, "news", yes=9, no=9)
    await crowd(candor, "ads", yes=9, no=30)
    said = await words(stranger)
    assert "Too few people have answered" in said
    assert "Hardly anybody who answered says yes." in said
    assert "%" not in said
    assert "People whom we know about 60" in said


async def test_shares_are_counted_among_those_who_answered(
    candor: Candor, stranger: httpx.AsyncClient
) -> None:
    await crowd(candor, "news", yes=31, no=19)
    await crowd(candor, "ads", yes=40, no=3)
    said = await words(stranger)
    assert "Of those who answered, 62% say yes." in said
    assert "Nearly everybody who answered says yes." in said


async def test_a_yes_that_was_taken_back_is_counted_once(
    candor: Candor, clock: FixedClock, stranger: httpx.AsyncClient
) -> None:
    bit = (await rules_of(candor)).policy.bits["news"]
    ids = await start_profiles(candor, [None] * 20)
    for choice in (Choice.GRANTED, Choice.WITHDRAWN, Choice.DENIED):
        clock.advance(timedelta(hours=1))
        await say(candor, *(statement(who, bit, choice, clock.now()) for who in ids))
    assert "A yes was taken back, in the last 30 days about 20 times" in await words(stranger)
    clock.advance(timedelta(days=31))
    later = await words(stranger)
    assert "in the last 30 days fewer than 10 times" in later


async def test_readings_are_counted_by_purpose_and_reader(
    candor: Candor, stranger: httpx.AsyncClient
) -> None:
    ada = await make_person(candor, number="A1", name="Ada")
    rules = await rules_of(candor)
    for _ in range(12):
        async with candor.database.tx(new_id().hex) as tx:
            await read.open_person(
                tx, ada, purpose="orders", actor=TEST, in_force=rules.in_force,
                vault=candor.vault,
            )  # fmt: skip
    said = await words(stranger)
    assert "Opened for it in the last 30 days About 10 times." in said
    assert "Our machines opened somebody's record in that time about 10 times" in said
    assert "People of ours opened somebody's record in that time fewer than 10 times" in said


async def test_what_the_door_turned_away_is_counted(
    candor: Candor, stranger: httpx.AsyncClient
) -> None:
    await make_person(candor, number="A1")
    await send(
        candor, "shop", *(order(candor, userId="A1", event="Unheard") for _ in range(15))
    )
    assert "could not be read about 20" in await words(stranger)


async def test_counting_is_kept_for_a_while(
    candor: Candor, clock: FixedClock, stranger: httpx.AsyncClient
) -> None:
    await crowd(candor, "news", yes=20, no=20)
    assert "50%" in await words(stranger)
    await crowd(candor, "news", yes=40, no=0)
    assert "50%" in await words(stranger)
    clock.advance(timedelta(minutes=11))
    assert "75%" in await words(stranger)


async def test_a_count_that_takes_long_keeps_nobody_waiting(
    stranger: httpx.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
    owner: psycopg.Connection[Any],
) -> None:
    monkeypatch.setattr(counting, "_PATIENCE_SECONDS", 0.05)
    owner.autocommit = False
    owner.execute("LOCK consent.record IN ACCESS EXCLUSIVE MODE")  # as if it took for ever
    said = await words(stranger)
    assert "The figures cannot be counted just now." in said
    assert "We use it for news." in said
    owner.rollback()
    monkeypatch.setattr(counting, "_PATIENCE_SECONDS", 30)
    assert "People whom we know" in await words(stranger)


async def test_it_shows_nobody(candor: Candor, stranger: httpx.AsyncClient) -> None:
    await make_person(candor, number="A1", name="Ada Lovelace", email="ada@example.org")
    text = (await stranger.get("/trust")).text
    assert "Lovelace" not in text
    assert "ada@" not in text


async def test_the_keys_are_published(stranger: httpx.AsyncClient) -> None:
    described = await stranger.get("/.well-known/candor-keys.json")
    bare = await stranger.get("/.well-known/jwks.json")
    assert described.headers["access-control-allow-origin"] == "*"
    assert bare.headers["content-type"].startswith("application/jwk-set+json")
    keys = msgspec.json.decode(bare.content, type=KeySet)
    assert msgspec.json.decode(described.content, type=KeySet) == keys
    (name,) = named(keys)
    assert name == keys.keys[0].kid
    assert '"d"' not in bare.text
    assert name in await words(stranger)


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (0, None),
        (9, None),
        (10, 10),
        (11, 10),
        (99, 100),
        (104, 100),
        (105, 110),
        (12_345, 12_000),
    ],
)
def test_numbers_are_rounded(count: int, shown: int | None) -> None:
    assert rounded(count) == shown

"""A choice that says which words were shown keeps them."""

from typing import Any, Final

import psycopg
import pytest

from candor.app import Candor
from candor.domain.consent.model.notice import shown
from tests.factories.house import fresh, rules_of, send

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
async def test_an_edition_that_never_was_is_not_believed(
    candor: Candor, owner: psycopg.Connection[Any], edition: int
) -> None:
    notice = {"id": "a" * 64, "edition": edition}
    await send(candor, "shop", choice(notices={"insight": notice}))
    assert kept(owner) == [("granted", "a" * 64, 1, {})]


@pytest.mark.parametrize("notice", ["", "A" * 64, "ada@example.com", "a" * 65])
async def test_what_is_no_id_of_words_is_left_out(
    candor: Candor, owner: psycopg.Connection[Any], notice: str
) -> None:
    notices = {"insight": {"id": notice}, "no_such_purpose": {"id": "a" * 64}}
    await send(candor, "shop", choice(notices=notices))
    assert kept(owner) == [("granted", None, 1, {})]

"""The words that were shown stay, exactly as they were, and are found by what a record names."""

import hashlib
from typing import Any

import msgspec
import psycopg
import pytest

from candor.app import Candor
from candor.domain.catalogue.model import Document, Purpose, PurposeText
from candor.domain.consent import jobs
from candor.domain.consent.errors import NoSuchNotice
from candor.domain.consent.model.notice import canonical, id_of, shown
from candor.domain.consent.service import notices
from tests.factories.house import apply_company, make_company, rules_of


def reworded(company: Document, code: str, **changes: object) -> tuple[Purpose, ...]:
    return tuple(
        msgspec.structs.replace(purpose, **changes) if purpose.code == code else purpose
        for purpose in company.purposes
    )


async def test_what_a_page_showed_is_found_word_by_word(candor: Candor) -> None:
    rules = await rules_of(candor)
    said = shown(rules, "news", "en_GB")
    async with candor.database.read() as tx:
        found = await notices.notice(tx, said.notice_id)
    text = rules.in_force.purposes["news"].texts["en"]
    assert (found.notice.title, found.notice.plain) == (text.title, text.plain)
    assert found.published_at == candor.clock.now()
    assert hashlib.sha256(canonical(found.notice)).hexdigest() == said.notice_id
    assert {datum.code for datum in found.notice.data} == {
        "email", "hobby", "News Read", "Order Completed",
    }  # fmt: skip


async def test_new_words_get_a_new_notice_and_the_old_one_stays(candor: Candor) -> None:
    old = shown(await rules_of(candor), "news", "en")
    words = {"en": PurposeText("News", "Other words.", "Other gain.")}
    await apply_company(
        candor, purposes=reworded(make_company(), "news", texts=words, edition=2)
    )
    rules = await rules_of(candor)
    new = shown(rules, "news", "en")
    assert new.notice_id != old.notice_id
    assert (old.edition, new.edition) == (1, 2)
    async with candor.database.read() as tx:
        both = await notices.about(tx, rules.policy.bits["news"])
        assert (await notices.notice(tx, old.notice_id)).notice.plain == "We use it for news."
    assert {one.notice_id for one in both} == {old.notice_id, new.notice_id}


async def test_saying_the_same_again_publishes_nothing(candor: Candor) -> None:
    rules = await rules_of(candor)
    async with candor.database.tx() as tx:
        assert await notices.publish(tx, rules.in_force, clock=candor.clock) == 0


async def test_each_language_is_a_notice_and_an_unwritten_one_is_english(
    candor: Candor,
) -> None:
    texts = {"en": PurposeText("News", "Plain.", ""), "de": PurposeText("Post", "Klar.", "")}
    purposes: list[Purpose] = [
        msgspec.structs.replace(purpose, texts=texts) for purpose in make_company().purposes
    ]
    await apply_company(candor, purposes=tuple(purposes), locales=("en", "de"))
    rules = await rules_of(candor)
    english, german = shown(rules, "news", "en_GB"), shown(rules, "news", "de_AT")
    assert english.notice_id != german.notice_id
    assert (german.locale, shown(rules, "news", "fr_FR")) == ("de", english)


async def test_a_catalogue_of_an_older_release_is_published_by_the_worker(
    candor: Candor, owner: psycopg.Connection[Any]
) -> None:
    owner.execute("SET session_replication_role = replica")
    owner.execute("DELETE FROM consent.notice")
    await jobs.follow_once(candor.database, candor.rulebook, candor.clock, None)
    said = shown(await rules_of(candor), "news", "en")
    async with candor.database.read() as tx:
        assert (await notices.notice(tx, said.notice_id)).notice.purpose == "news"


async def test_one_that_is_missing_is_kept_on_demand(
    candor: Candor, owner: psycopg.Connection[Any]
) -> None:
    owner.execute("SET session_replication_role = replica")
    owner.execute("DELETE FROM consent.notice")
    rules = await rules_of(candor)
    async with candor.database.tx() as tx:
        kept = await notices.notice_of(tx, "news", "en", rules.in_force, clock=candor.clock)
        assert kept == shown(rules, "news", "en").notice_id
        assert id_of((await notices.notice(tx, kept)).notice) == kept


async def test_words_that_were_never_shown_are_not_found(candor: Candor) -> None:
    async with candor.database.read() as tx:
        with pytest.raises(NoSuchNotice):
            await notices.notice(tx, "0" * 64)


async def test_a_notice_cannot_be_rewritten(candor: Candor) -> None:
    async with candor.database.tx() as tx:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await tx.connection.execute("UPDATE consent.notice SET edition = 9")

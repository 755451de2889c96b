"""A receipt says what was chosen, under which words, and only to whom it belongs."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
import psycopg
import pytest
import rfc8785

from candor.app import Candor
from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.domain.catalogue.model import PurposeText
from candor.domain.consent.errors import NoSuchChoice
from candor.domain.consent.model.choice import Choice
from candor.domain.consent.model.notice import shown
from candor.domain.consent.model.receipt import KIND, Receipt, read
from candor.domain.consent.model.state import Standing
from candor.domain.consent.service import choices, receipts
from candor.domain.consent.service.choices import Statement
from candor.domain.consent.service.receipts import Issuer, issuer_of
from candor.infra.jws import named, opened
from candor.kernel.clock import FixedClock
from candor.kernel.ids import ProfileId, new_id
from tests.factories.house import (
    apply_company,
    make_company,
    make_person,
    rules_of,
    say,
    statement,
)

PAGE: Final = "https://me.example/allow"


def issuer(candor: Candor, number: int = 1) -> Issuer:
    return issuer_of(candor.keyring, number=number, choose_at=PAGE)


async def chosen(
    candor: Candor,
    who: ProfileId,
    choice: Choice = Choice.GRANTED,
    purpose: str = "news",
    notice: str | None = None,
) -> UUID:
    """Record a choice under the words that are in force; return its id."""
    rules = await rules_of(candor)
    said = shown(rules, purpose, "en")
    made = Statement(
        record_id=new_id(),
        via=who,
        purpose_id=rules.policy.bits[purpose],
        choice=choice,
        decided_at=candor.clock.now() - timedelta(minutes=1),
        surface="portal",
        notice=notice or said.notice_id,
        locale=said.locale,
    )
    await say(candor, made)
    return made.record_id


async def issued(
    candor: Candor, who: ProfileId, record_id: UUID, signed_by: Issuer | None = None
) -> str:
    rules = await rules_of(candor)
    async with candor.database.tx("wanted") as tx:
        return await receipts.receipt(
            tx,
            who,
            record_id,
            actor=Actor.customer(who),
            vault=candor.vault,
            issuer=signed_by or issuer(candor),
            in_force=rules.in_force,
            clock=candor.clock,
        )


def read_of(candor: Candor, compact: str) -> Receipt:
    return read(opened(compact, named(issuer(candor).keys), kind=KIND).payload)


async def test_a_yes_is_told_with_its_words_and_its_end(candor: Candor) -> None:
    ada = await make_person(candor, number="A1", email="ada@example.org")
    record_id = await chosen(candor, ada)
    compact = await issued(candor, ada, record_id)
    found = read_of(candor, compact)
    notice = found.processing.privacy_notice
    assert found.record_id == str(record_id)
    assert notice.notice_id == shown(await rules_of(candor), "news", "en").notice_id
    assert (notice.plain, notice.is_exact) == ("We use it for news.", True)
    assert found.processing.lawful_basis.term == "eu-gdpr:A6-1-a"
    assert (found.processing.applicable_law, found.processing.jurisdiction) == (
        "GDPR",
        "loc:EU",
    )
    assert found.processing.withdrawal_method.address == PAGE
    assert {data.pii_type for data in found.processing.pii_information} >= {"pd:EmailAddress"}
    assert found.event.event_state == "dpv:ConsentGiven"
    assert found.event.event_time == "2026-03-02T11:59:00.000000Z"
    assert (found.event.validity_duration, found.event.valid_until) == (
        "P1Y",
        "2027-03-02T11:59:00.000000Z",
    )
    assert found.party[0].party_name == "Ex"


async def test_it_names_nobody(candor: Candor) -> None:
    ada = await make_person(candor, number="A1", name="Ada Lovelace", email="ada@example.org")
    compact = await issued(candor, ada, await chosen(candor, ada))
    signed = opened(compact, named(issuer(candor).keys), kind=KIND)
    text = signed.payload.decode()
    assert "ada" not in text.lower()
    assert str(ada) not in text
    async with candor.database.read() as tx:
        (pseudonym,) = await candor.vault.pseudonyms(tx, [ada])
    found = read(signed.payload)
    assert found.pii_principal_id == found.event.entity_id == pseudonym.hex()


async def test_the_same_choice_gives_the_same_bytes(candor: Candor, clock: FixedClock) -> None:
    ada = await make_person(candor, number="A1")
    record_id = await chosen(candor, ada)
    first = await issued(candor, ada, record_id)
    clock.advance(timedelta(days=40))
    words = {"en": PurposeText("Changed", "Changed words.", "")}
    changed: Any = [
        msgspec.structs.replace(p, texts=words, retention="P1Y")
        for p in make_company().purposes
    ]
    await apply_company(candor, purposes=tuple(changed))
    assert await issued(candor, ada, record_id) == first


async def test_what_is_signed_is_canonical(candor: Candor) -> None:
    ada = await make_person(candor, number="A1")
    compact = await issued(candor, ada, await chosen(candor, ada))
    payload = opened(compact, named(issuer(candor).keys), kind=KIND).payload
    assert rfc8785.dumps(msgspec.json.decode(payload)) == payload


@pytest.mark.parametrize(
    ("purpose", "choice", "kind", "state"),
    [
        ("news", Choice.DENIED, "dpv:ExpressedConsent", "dpv:ConsentRefused"),
        ("news", Choice.WITHDRAWN, "dpv:WithdrawConsent", "dpv:ConsentWithdrawn"),
        ("insight", Choice.DENIED, "objection", "dpv:RequestFulfilled"),
        ("insight", Choice.GRANTED, "no_objection", "dpv:RequestFulfilled"),
    ],
)
async def test_each_choice_is_called_what_it_is(
    candor: Candor, purpose: str, choice: Choice, kind: str, state: str
) -> None:
    ada = await make_person(candor, number="A1")
    found = read_of(
        candor, await issued(candor, ada, await chosen(candor, ada, choice, purpose))
    )
    assert (found.event.event_type, found.event.event_state) == (kind, state)
    assert (found.event.choice, found.event.valid_until) == (choice, None)


async def test_where_the_words_were_not_recorded_it_says_so(candor: Candor) -> None:
    ada = await make_person(candor, number="A1")
    bit = (await rules_of(candor)).policy.bits["ads"]
    bare = statement(ada, bit, Choice.GRANTED, candor.clock.now())
    await say(candor, bare)
    unknown = await chosen(candor, ada, purpose="ads", notice="v7")
    of_another = await chosen(
        candor,
        ada,
        purpose="ads",
        notice=shown(await rules_of(candor), "news", "en").notice_id,
    )
    for record_id in (bare.record_id, unknown, of_another):
        notice = read_of(candor, await issued(candor, ada, record_id)).processing.privacy_notice
        assert (notice.is_exact, notice.plain) == (False, "We use it for ads.")


async def test_words_of_the_time_are_told_when_the_purpose_is_gone(
    candor: Candor, clock: FixedClock
) -> None:
    ada = await make_person(candor, number="A1")
    bit = (await rules_of(candor)).policy.bits["ads"]
    bare = statement(ada, bit, Choice.GRANTED, candor.clock.now())
    await say(candor, bare)
    clock.advance(timedelta(days=1))
    company = make_company()
    await apply_company(
        candor,
        purposes=tuple(p for p in company.purposes if p.code != "ads"),
        topics=tuple(t for t in company.topics if t.purpose != "ads"),
    )
    found = read_of(candor, await issued(candor, ada, bare.record_id))
    assert found.processing.privacy_notice.plain == "We use it for ads."


async def test_nobody_gets_the_receipt_of_another(candor: Candor) -> None:
    ada = await make_person(candor, number="A1")
    ben = await make_person(candor, number="B1")
    record_id = await chosen(candor, ada)
    with pytest.raises(NoSuchChoice):
        await issued(candor, ben, record_id)
    with pytest.raises(NoSuchChoice):
        await issued(candor, ada, new_id())
    with pytest.raises(NoSuchChoice):
        await issued(candor, ProfileId(new_id()), record_id)


async def test_who_was_erased_gets_none(candor: Candor) -> None:
    ada = await make_person(candor, number="A1")
    record_id = await chosen(candor, ada)
    async with candor.database.tx() as tx:
        await choices.set_standing(tx, [ada], Standing.ERASED, candor.clock)
    with pytest.raises(NoSuchChoice):
        await issued(candor, ada, record_id)


async def test_who_asked_for_it_stands_in_the_log(candor: Candor) -> None:
    ada = await make_person(candor, number="A1")
    record_id = await chosen(candor, ada)
    await issued(candor, ada, record_id)
    async with candor.database.read() as tx:
        subjects = await candor.vault.pseudonyms(tx, [ada])
        (newest, *_) = await audit.about(tx, subjects)
    assert (newest.action, newest.purpose) == (receipts.ISSUED, "news")
    assert (newest.actor_kind, newest.request_id) == ("customer", "wanted")
    assert newest.detail["record"] == record_id.hex


@pytest.mark.asvs("11.2.2")
async def test_a_retired_key_still_verifies(candor: Candor) -> None:
    ada = await make_person(candor, number="A1")
    record_id = await chosen(candor, ada)
    old = await issued(candor, ada, record_id, issuer(candor, 1))
    new = await issued(candor, ada, record_id, issuer(candor, 3))
    keys = issuer(candor, 3).keys
    assert len(keys.keys) == len(named(keys)) == 3
    payloads = {opened(compact, named(keys), kind=KIND).payload for compact in (old, new)}
    assert old != new
    assert len(payloads) == 1


async def test_a_guardian_is_told_by_their_pseudonym(
    candor: Candor, owner: psycopg.Connection[Any]
) -> None:
    child = await make_person(candor, number="C1")
    parent = await make_person(candor, number="P1")
    record_id = await chosen(candor, child)
    owner.execute("SET session_replication_role = replica")
    owner.execute("UPDATE consent.record SET guardian_id = %s", [parent])
    found = read_of(candor, await issued(candor, child, record_id))
    async with candor.database.read() as tx:
        mine, theirs = [
            name.hex() for one in (child, parent)
            for name in await candor.vault.pseudonyms(tx, [one])
        ]  # fmt: skip
    assert (found.pii_principal_id, found.event.entity_id) == (mine, theirs)

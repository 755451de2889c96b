"""Double opt-in: a yes from an unproven place waits for a press of a button in a mail."""

from datetime import timedelta

import msgspec
import psycopg
import pytest

from candor.app import Candor
from candor.domain.catalogue.model import LegalBasis
from candor.domain.consent.errors import ConfirmationSpent, NoSuchNotice
from candor.domain.consent.model.choice import Choice, Record
from candor.domain.consent.model.notice import shown
from candor.domain.consent.service import confirmations, gate
from candor.domain.consent.service.confirmations import needs_confirmation
from candor.infra import jobs
from candor.infra.db.embedded import Urls
from candor.kernel.clock import FixedClock
from candor.kernel.ids import ProfileId
from tests.factories.asking import (
    FORM,
    apply_asking,
    fill_in,
    identifiers,
    mails,
    purposes,
    token_in,
    work,
)
from tests.factories.catalogue import make_purpose
from tests.factories.house import apply_company, choose, make_company, make_person, rules_of

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
async def company(candor: Candor) -> None:
    await apply_asking(candor)


@pytest.fixture
async def anna(candor: Candor) -> ProfileId:
    return await make_person(candor, email="anna@example.org")


async def press(candor: Candor, token: str) -> confirmations.Question:
    rules = await rules_of(candor)
    async with candor.database.tx("press") as tx:
        return await confirmations.confirm(
            tx, token, vault=candor.vault, rules=rules, clock=candor.clock
        )


async def look(candor: Candor, token: str) -> confirmations.Question:
    rules = await rules_of(candor)
    async with candor.database.read() as tx:
        return await confirmations.look_at(tx, token, rules=rules, clock=candor.clock)


async def allows(candor: Candor, profile_id: ProfileId, purpose: str = "news") -> bool:
    rules = await rules_of(candor)
    async with candor.database.read() as tx:
        found = await gate.explained(
            tx, profile_id, policy=rules.policy, now=candor.clock.now()
        )
    return found[purpose].allowed


async def history(candor: Candor, profile_id: ProfileId) -> list[Record]:
    async with candor.database.read() as tx:
        return await gate.history(tx, [profile_id])


async def test_a_yes_counts_once_it_was_confirmed_from_the_mail(
    candor: Candor, anna: ProfileId, clock: FixedClock
) -> None:
    outcome = await fill_in(candor, anna)
    assert outcome.is_mailed
    assert not outcome.recorded
    assert not await history(candor, anna)
    await work(candor)
    (mail,) = mails(candor)
    assert mail["To"] == "anna@example.org"
    assert not await allows(candor, anna)
    clock.advance(timedelta(hours=3))
    token = token_in(mail)
    assert not (await look(candor, token)).is_done
    assert not await allows(candor, anna), "looking changes nothing"
    assert (await press(candor, token)).is_done
    assert await allows(candor, anna)
    (record,) = await history(candor, anna)
    assert record.decided_at == clock.now()
    assert record.surface == "confirm"
    assert record.notice == shown(await rules_of(candor), "news", "en").notice_id


async def test_what_proves_a_confirmed_yes_is_kept_in_codes(
    candor: Candor, anna: ProfileId, owner: psycopg.Connection[tuple[dict[str, str]]]
) -> None:
    outcome = await fill_in(candor, anna)
    await work(candor)
    await press(candor, token_in(mails(candor)[0]))
    row = owner.execute("SELECT evidence FROM consent.record").fetchone()
    assert row is not None
    assert row[0]["confirmation"] == str(outcome.confirmation_id)
    assert row[0]["asked_on"] == "form"
    assert row[0].keys() == {"confirmation", "asked_at", "asked_on"}


async def test_pressing_twice_is_pressing_once(candor: Candor, anna: ProfileId) -> None:
    await fill_in(candor, anna)
    await work(candor)
    token = token_in(mails(candor)[0])
    await press(candor, token)
    assert (await press(candor, token)).is_done
    assert len(await history(candor, anna)) == 1


async def test_a_no_needs_no_confirmation_and_a_proven_yes_neither(
    candor: Candor, anna: ProfileId
) -> None:
    refused = await fill_in(candor, anna, ("news", Choice.DENIED), ("ads", Choice.GRANTED))
    assert len(refused.recorded) == 2
    assert not refused.waiting
    assert await allows(candor, anna, "ads")
    proven = await fill_in(candor, anna, is_proven=True)
    assert len(proven.recorded) == 1
    await work(candor)
    assert not mails(candor)


async def test_part_of_a_form_waits_and_the_rest_counts(
    candor: Candor, anna: ProfileId
) -> None:
    outcome = await fill_in(candor, anna, ("news", Choice.GRANTED), ("ads", Choice.GRANTED))
    assert len(outcome.recorded) == len(outcome.waiting) == 1
    assert await allows(candor, anna, "ads")
    assert not await allows(candor, anna)


async def test_a_link_runs_out_and_a_changed_one_is_refused_alike(
    candor: Candor, anna: ProfileId, clock: FixedClock
) -> None:
    await fill_in(candor, anna)
    await work(candor)
    token = token_in(mails(candor)[0])
    said: set[str] = set()
    for wrong in ("", "x", token[:-1], token + "A", token.swapcase(), "A" * 5_000):
        with pytest.raises(ConfirmationSpent) as raised:
            await press(candor, wrong)
        said.add(f"{raised.value} {raised.value.hint}")
    clock.advance(timedelta(days=7))
    with pytest.raises(ConfirmationSpent) as raised:
        await press(candor, token)
    said.add(f"{raised.value} {raised.value.hint}")
    assert len(said) == 1
    assert not await history(candor, anna)


async def test_a_link_whose_words_have_changed_is_asked_anew(
    candor: Candor, anna: ProfileId
) -> None:
    await fill_in(candor, anna)
    await work(candor)
    await apply_asking(candor, edition=2)
    with pytest.raises(ConfirmationSpent):
        await press(candor, token_in(mails(candor)[0]))


async def test_words_that_were_never_published_are_not_asked_about(
    candor: Candor, anna: ProfileId
) -> None:
    rules = await rules_of(candor)
    wanted = confirmations.Wanted(rules.policy.bits["news"], 1, "0" * 64)
    with pytest.raises(NoSuchNotice):
        async with candor.database.tx("form") as tx:
            await confirmations.ask(
                tx,
                anna,
                [wanted],
                locale="en",
                surface="form",
                source_id=None,
                actor=FORM,
                vault=candor.vault,
                keyring=candor.keyring,
                clock=candor.clock,
            )


@pytest.mark.asvs("2.3.2")
async def test_an_impatient_person_gets_one_mail_in_ten_minutes_and_five_a_day(
    candor: Candor, anna: ProfileId, clock: FixedClock
) -> None:
    first = await fill_in(candor, anna)
    again = await fill_in(candor, anna)
    assert again.confirmation_id == first.confirmation_id
    assert not again.is_mailed
    for _ in range(9):
        clock.advance(timedelta(minutes=10))
        await fill_in(candor, anna)
        await work(candor)
    found = mails(candor)
    assert len(found) == 4, "the job of the first minute was still waiting for the second mail"
    assert len({token_in(mail) for mail in found}) == 1
    clock.advance(timedelta(days=1))
    assert (await fill_in(candor, anna)).is_mailed


async def test_new_questions_count_towards_the_same_five(candor: Candor) -> None:
    ben = await make_person(candor, email="ben@example.org")
    await apply_company(
        candor,
        purposes=(
            *purposes(),
            *(
                msgspec.structs.replace(make_purpose(f"x{n}", LegalBasis.CONSENT), confirm=True)
                for n in range(7)
            ),
        ),
        identifiers=identifiers(),
    )
    outcomes = [await fill_in(candor, ben, (f"x{n}", Choice.GRANTED)) for n in range(7)]
    assert [one.is_mailed for one in outcomes] == [True] * 5 + [False] * 2
    assert outcomes[-1].confirmation_id is None
    await work(candor)
    assert len(mails(candor)) == 5


async def test_a_job_that_runs_twice_sends_once(candor: Candor, anna: ProfileId) -> None:
    outcome = await fill_in(candor, anna)
    await work(candor)
    async with candor.database.tx("again") as tx:
        await jobs.defer_named(
            tx,
            confirmations.JOB,
            key="once more",
            profile_id=str(anna),
            confirmation_id=str(outcome.confirmation_id),
        )
    await work(candor)
    assert len(mails(candor)) == 1


async def test_nothing_is_sent_that_was_confirmed_or_erased_meanwhile(
    candor: Candor, anna: ProfileId
) -> None:
    await fill_in(candor, anna)
    async with candor.database.tx("erase") as tx:
        for holder in candor.holders.values():
            await holder.erase_person(tx, [anna])
    await work(candor)
    assert not mails(candor)


async def test_whose_address_may_not_be_read_gets_no_mail(
    candor: Candor, anna: ProfileId
) -> None:
    await apply_company(
        candor,
        purposes=tuple(p for p in purposes() if p.code != "privacy_choices"),
        identifiers=make_company().identifiers,
    )
    await fill_in(candor, anna)
    await work(candor)
    assert not mails(candor)


async def test_somebody_without_an_address_gets_no_mail_and_says_nothing(
    candor: Candor,
) -> None:
    nobody = await make_person(candor)
    await fill_in(candor, nobody)
    await work(candor)
    assert not mails(candor)
    assert not await history(candor, nobody)


async def test_an_old_mail_does_not_overrule_a_no_said_since(
    candor: Candor, anna: ProfileId, clock: FixedClock
) -> None:
    await fill_in(candor, anna)
    await work(candor)
    old = token_in(mails(candor)[0])
    clock.advance(timedelta(hours=1))
    await choose(candor, anna, "news", Choice.DENIED)
    clock.advance(timedelta(hours=1))
    for try_ in (look, press):
        with pytest.raises(ConfirmationSpent):
            await try_(candor, old)
    assert not await allows(candor, anna)
    await fill_in(candor, anna)  # who wants it after all is asked anew
    await work(candor)
    await press(candor, token_in(mails(candor)[1]))
    assert await allows(candor, anna)


async def test_a_no_before_the_mail_leaves_keeps_it_here(
    candor: Candor, anna: ProfileId, clock: FixedClock
) -> None:
    await fill_in(candor, anna)
    clock.advance(timedelta(seconds=1))
    await choose(candor, anna, "news", Choice.DENIED)
    await work(candor)
    assert not mails(candor)


async def test_opening_the_address_and_each_step_is_in_the_log(
    candor: Candor, anna: ProfileId, database_urls: Urls
) -> None:
    await fill_in(candor, anna)
    await work(candor)
    await press(candor, token_in(mails(candor)[0]))
    with psycopg.connect(database_urls.owner) as connection:
        rows = connection.execute(
            "SELECT action, actor_kind, purpose FROM audit.entry ORDER BY entry_id"
        ).fetchall()
        deferred = connection.execute(
            "SELECT args::text FROM jobs.procrastinate_jobs"
        ).fetchall()
    assert ("consent.confirmation_asked", "machine", None) in rows
    assert ("vault.open", "machine", "privacy_choices") in rows
    assert ("consent.confirmed", "customer", None) in rows
    assert ("consent.recorded", "customer", "news") in rows
    assert "anna" not in str(deferred)


async def test_the_database_alone_does_not_know_the_link(
    candor: Candor, anna: ProfileId, database_urls: Urls
) -> None:
    await fill_in(candor, anna)
    await work(candor)
    token = token_in(mails(candor)[0])
    with psycopg.connect(database_urls.owner) as connection:
        rows = connection.execute("SELECT c::text FROM consent.confirmation AS c").fetchall()
        rows += connection.execute(
            "SELECT j::text FROM jobs.procrastinate_jobs AS j"
        ).fetchall()
    assert rows
    assert token not in str(rows)


async def test_what_ended_long_ago_is_forgotten(
    candor: Candor, anna: ProfileId, clock: FixedClock
) -> None:
    await fill_in(candor, anna)
    async with candor.database.tx("sweep") as tx:
        assert not await confirmations.sweep(tx, before=clock.now())
        assert await confirmations.sweep(tx, before=clock.now() + timedelta(days=8)) == 1


async def test_only_an_unproven_yes_to_a_purpose_that_says_so_waits() -> None:
    waits = msgspec.structs.replace(make_purpose("news", LegalBasis.CONSENT), confirm=True)
    assert needs_confirmation(waits, is_proven=False)
    assert not needs_confirmation(waits, is_proven=True)
    assert not needs_confirmation(make_purpose("x"), is_proven=False)

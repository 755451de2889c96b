"""People put right what is known about them, and no source talks over them."""

from datetime import timedelta
from typing import Any

import msgspec
import psycopg
import pytest

from candor.app import Candor
from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.domain.catalogue.model import Attribute
from candor.domain.consent.model.choice import Choice
from candor.domain.consent.service.gate import OWN_DATA
from candor.domain.profiles.errors import (
    NoSuchProfile,
    NotCorrectable,
    NotRemovable,
    WrongAnswer,
)
from candor.domain.profiles.model import OWN_SOURCE, YOU, Fact
from candor.domain.profiles.service import correct, read
from candor.kernel.clock import FixedClock
from candor.kernel.ids import ProfileId
from candor.kernel.pii import Pii
from tests.factories.house import (
    apply_company,
    choose,
    find,
    fresh,
    fresh_email,
    make_company,
    make_person,
    rules_of,
    send,
)


async def say(candor: Candor, who: ProfileId, code: str, value: object) -> None:
    """Let a customer put a fact right, and commit."""
    rules = await rules_of(candor)
    async with candor.database.tx() as tx:
        await correct.correct(
            tx,
            code,
            Pii(value),
            actor=Actor.customer(who),
            in_force=rules.in_force,
            vault=candor.vault,
            clock=candor.clock,
        )


async def set_aside(candor: Candor, who: ProfileId, code: str) -> None:
    """Let a customer take a fact away, and commit."""
    rules = await rules_of(candor)
    async with candor.database.tx() as tx:
        await correct.set_aside(
            tx,
            code,
            actor=Actor.customer(who),
            rules=rules,
            vault=candor.vault,
            clock=candor.clock,
        )


async def take_back(candor: Candor, who: ProfileId, code: str) -> bool:
    """Let a customer take their answer back, and commit."""
    rules = await rules_of(candor)
    async with candor.database.tx() as tx:
        return await correct.take_back(
            tx,
            code,
            actor=Actor.customer(who),
            in_force=rules.in_force,
            vault=candor.vault,
            clock=candor.clock,
        )


async def fact(
    candor: Candor,
    who: ProfileId,
    code: str,
    purpose: str = OWN_DATA,
    actor: Actor | None = None,
) -> Fact:
    """Open one fact of a person."""
    rules = await rules_of(candor)
    async with candor.database.tx() as tx:
        person = await read.open_person(
            tx,
            who,
            purpose=purpose,
            actor=actor or Actor.customer(who),
            in_force=rules.in_force,
            vault=candor.vault,
        )
    return next(known for known in person.facts if known.attribute == code)


def value_of(known: Fact) -> object:
    """Return what counts."""
    return known.answer.value and known.answer.value.reveal()


async def guessing(candor: Candor) -> None:
    """Let the company guess, too."""
    guess = Attribute(
        code="budget", title="Budget", group="about", purposes=("orders",), is_inferred=True
    )
    await apply_company(candor, attributes=(*make_company().attributes, guess))


async def test_the_own_word_counts_and_what_sources_say_stays_visible(candor: Candor) -> None:
    ada = await make_person(candor, city="Ulm")
    await say(candor, ada, "city", "Bremen")
    known = await fact(candor, ada, "city")
    assert value_of(known) == "Bremen"
    assert known.is_own_word
    assert known.answer.source_id == OWN_SOURCE
    assert [value_of(Fact("city", loser)) for loser in known.losers] == ["Ulm"]


async def test_no_later_word_of_a_source_talks_over_the_person(
    candor: Candor, clock: FixedClock
) -> None:
    number = fresh("number")
    ada = await make_person(candor, number=number, city="Ulm", hobby="chess")
    await say(candor, ada, "city", "Bremen")
    clock.advance(timedelta(days=400))
    await send(
        candor, "shop", {"type": "identify", "userId": number, "traits": {"city": "Köln"}}
    )
    known = await fact(candor, ada, "city")
    assert value_of(known) == "Bremen"
    assert [value_of(Fact("city", loser)) for loser in known.losers] == ["Köln"]


async def test_taken_back_the_sources_count_again(candor: Candor) -> None:
    ada = await make_person(candor, city="Ulm")
    assert not await take_back(candor, ada, "city")
    await say(candor, ada, "city", "Bremen")
    assert await take_back(candor, ada, "city")
    known = await fact(candor, ada, "city")
    assert value_of(known) == "Ulm"
    assert not known.losers


async def test_the_newest_own_word_counts(candor: Candor, clock: FixedClock) -> None:
    ada = await make_person(candor, city="Ulm")
    await say(candor, ada, "city", "Bremen")
    clock.advance(timedelta(minutes=1))
    await say(candor, ada, "city", "Kiel")
    assert value_of(await fact(candor, ada, "city")) == "Kiel"


async def test_what_nobody_said_before_can_be_said(candor: Candor) -> None:
    ada = await make_person(candor)
    await say(candor, ada, "city", "Bremen")
    assert value_of(await fact(candor, ada, "city")) == "Bremen"


async def test_a_correction_follows_the_person_into_a_merge(candor: Candor) -> None:
    email = fresh_email()
    ada = await make_person(candor, email=email, city="Ulm")
    await say(candor, ada, "city", "Bremen")
    number = fresh("number")
    traits = {"email": email, "city": "Köln"}
    await send(candor, "shop", {"type": "identify", "userId": number, "traits": traits})
    joined = await find(candor, "customer_number", number)
    assert value_of(await fact(candor, joined, "city")) == "Bremen"
    assert await take_back(candor, joined, "city")
    assert value_of(await fact(candor, ada, "city")) == "Köln"


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("city", ""),
        ("city", "x" * 201),
        ("city", 7),
        ("points", "many"),
        ("points", True),
        ("city", "4111 1111 1111 1111"),
    ],
)
async def test_a_wrong_answer_is_refused(candor: Candor, code: str, wrong: object) -> None:
    ada = await make_person(candor, city="Ulm")
    with pytest.raises(WrongAnswer):
        await say(candor, ada, code, wrong)
    assert value_of(await fact(candor, ada, "city")) == "Ulm"


@pytest.mark.parametrize("code", ["email", "phone", "unheard_of"])
async def test_identifiers_and_undeclared_facts_are_not_changed_here(
    candor: Candor, code: str
) -> None:
    ada = await make_person(candor, email=fresh_email())
    with pytest.raises(NotCorrectable):
        await say(candor, ada, code, "eve@example.org")
    with pytest.raises(NotCorrectable):
        await set_aside(candor, ada, code)


async def test_what_rests_on_a_yes_can_be_taken_away(candor: Candor) -> None:
    number = fresh("number")
    ada = await make_person(candor, number=number)
    await choose(candor, ada, "news", Choice.GRANTED)
    identify = {"type": "identify", "userId": number, "traits": {"hobby": "chess"}}
    await send(candor, "shop", identify)
    await set_aside(candor, ada, "hobby")
    own = await fact(candor, ada, "hobby")
    assert own.answer.is_empty
    assert own.answer.value is None
    assert len(own.losers) == 1
    staff = await fact(candor, ada, "hobby", "news", Actor.machine("cleo"))
    assert staff.answer.is_empty
    assert not staff.losers, "nobody else reads what was taken away"


async def test_what_rests_on_more_than_a_yes_stays(candor: Candor) -> None:
    ada = await make_person(candor, city="Ulm")
    with pytest.raises(NotRemovable):
        await set_aside(candor, ada, "city")
    assert value_of(await fact(candor, ada, "city")) == "Ulm"


async def test_a_guess_can_be_contested_and_put_right(candor: Candor) -> None:
    await guessing(candor)
    ada = await make_person(candor, budget="low")
    await set_aside(candor, ada, "budget")
    assert (await fact(candor, ada, "budget")).answer.is_empty
    await say(candor, ada, "budget", "high")
    assert value_of(await fact(candor, ada, "budget")) == "high"
    await take_back(candor, ada, "budget")
    assert value_of(await fact(candor, ada, "budget")) == "low"


async def test_every_change_is_written_down_and_told_without_what_was_said(
    candor: Candor, owner: psycopg.Connection[Any]
) -> None:
    ada = await make_person(candor, city="Ulm")
    before = owner.execute("SELECT count(*) FROM feed.change").fetchone()
    await say(candor, ada, "city", "Bremen")
    await take_back(candor, ada, "city")
    after = owner.execute("SELECT count(*) FROM feed.change").fetchone()
    assert before
    assert after
    assert after[0] == before[0] + 2
    async with candor.database.read() as tx:
        entries = await audit.about(tx, await candor.vault.pseudonyms(tx, [ada]))
    acts = [e for e in entries if e.action.startswith("profiles.correct")]
    assert [e.action for e in acts] == ["profiles.correction_taken_back", "profiles.corrected"]
    assert {tuple(e.fields) for e in acts} == {("city",)}
    assert "Bremen" not in msgspec.json.encode([e.detail for e in acts]).decode()
    rows = owner.execute("SELECT sealed, changed_by FROM profiles.attribute").fetchall()
    assert all(b"Bremen" not in row[0] and row[1] != YOU for row in rows)


async def test_the_erased_cannot_be_put_right(candor: Candor) -> None:
    ada = await make_person(candor, city="Ulm")
    async with candor.database.tx() as tx:
        await candor.vault.destroy(tx, [ada])
    with pytest.raises(NoSuchProfile):
        await say(candor, ada, "city", "Bremen")

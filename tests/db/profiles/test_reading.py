"""Opening a person: only what the purpose needs, and whoever reads is written down."""

from datetime import timedelta

import pytest

from candor.app import Candor
from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.domain.consent.model.choice import Choice
from candor.domain.consent.service.gate import OWN_DATA
from candor.domain.profiles.errors import NoSuchProfile
from candor.domain.profiles.model import Fact
from candor.domain.profiles.service import read
from candor.domain.profiles.service.read import PersonRead
from candor.domain.vault.errors import NotAllowed
from candor.kernel.clock import FixedClock
from candor.kernel.ids import ProfileId, new_id
from tests.factories.house import choose, fresh_email, make_person, rules_of, send

CLEO = Actor.machine("cleo")


async def look(
    candor: Candor, profile_id: ProfileId, purpose: str = "orders", actor: Actor = CLEO
) -> PersonRead:
    """Open a person and commit."""
    rules = await rules_of(candor)
    async with candor.database.tx() as tx:
        return await read.open_person(
            tx,
            profile_id,
            purpose=purpose,
            actor=actor,
            in_force=rules.in_force,
            vault=candor.vault,
        )


def shown(facts: tuple[Fact, ...]) -> dict[str, object]:
    """Return the values that were opened, and None for those that were not."""
    return {f.attribute: f.answer.value and f.answer.value.reveal() for f in facts}


async def test_only_what_the_purpose_needs_is_opened(candor: Candor) -> None:
    email = fresh_email()
    ada = await make_person(candor, name="Ada", city="Ulm", email=email)
    person = await look(candor, ada)
    assert shown(person.facts) == {"name": "Ada", "city": "Ulm", "email": email}
    person = await look(candor, ada, "insight")
    assert shown(person.facts) == {"name": None, "city": "Ulm", "email": None}
    assert {c.kind: c.value is None for c in person.contacts} == {
        "email": True,
        "customer_number": True,
    }


async def test_identifiers_are_shown_for_their_purposes_only(candor: Candor) -> None:
    email = fresh_email()
    ada = await make_person(candor, email=email)
    await choose(candor, ada, "news", Choice.GRANTED)
    person = await look(candor, ada, "news")
    assert {c.kind: c.value and c.value.reveal() for c in person.contacts} == {
        "email": email,
        "customer_number": None,
    }


async def test_customers_see_everything_about_themselves(candor: Candor) -> None:
    ada = await make_person(candor, name="Ada", email=fresh_email())
    person = await look(candor, ada, OWN_DATA, Actor.customer(ada))
    assert all(fact.answer.value for fact in person.facts)
    assert all(contact.value for contact in person.contacts)


async def test_who_read_what_stands_in_the_log_under_a_pseudonym(candor: Candor) -> None:
    ada = await make_person(candor, name="Ada")
    await look(candor, ada)
    async with candor.database.read() as tx:
        entries = await audit.about(tx, await candor.vault.pseudonyms(tx, [ada]))
    [entry] = [entry for entry in entries if entry.action == "vault.open"]
    assert (entry.actor_id, entry.purpose, entry.fields) == (
        "cleo",
        "orders",
        ["customer_number", "name"],
    )


async def test_a_refusal_opens_nothing_and_stands_in_the_log(candor: Candor) -> None:
    ada = await make_person(candor, name="Ada")
    rules = await rules_of(candor)
    async with candor.database.tx() as tx:
        with pytest.raises(NotAllowed):
            await read.open_person(
                tx,
                ada,
                purpose="news",
                actor=CLEO,
                in_force=rules.in_force,
                vault=candor.vault,
            )
    async with candor.database.read() as tx:
        [entry] = await audit.newest(tx, action="vault.open")
    assert (entry.outcome, entry.reason) == ("refused", "no_consent")


async def test_somebody_unknown_is_not_there(candor: Candor) -> None:
    with pytest.raises(NoSuchProfile):
        await look(candor, ProfileId(new_id()))


async def test_each_source_keeps_its_answer_and_one_survives(
    candor: Candor, clock: FixedClock
) -> None:
    email = fresh_email()
    ada = await make_person(candor, email=email, city="Ulm")
    clock.advance(timedelta(days=1))
    await send(candor, "crm", {"type": "identify", "userId": email, "traits": {"city": "Bonn"}})
    [city] = [f for f in (await look(candor, ada)).facts if f.attribute == "city"]
    assert city.answer.value is not None
    assert city.answer.value.reveal() == "Ulm"
    assert [loser.value and loser.value.reveal() for loser in city.losers] == ["Bonn"]


async def test_a_source_s_younger_answer_replaces_its_older_one_only(
    candor: Candor, clock: FixedClock
) -> None:
    ada = await make_person(candor, number="A-1", city="Ulm")
    at = clock.now()
    clock.advance(timedelta(days=2))
    for city, days in (("Bonn", 1), ("Trier", -1)):
        call = {
            "type": "identify",
            "userId": "A-1",
            "traits": {"city": city},
            "timestamp": (at + timedelta(days=days)).isoformat(),
        }
        await send(candor, "shop", call)
    assert shown((await look(candor, ada)).facts) == {"city": "Bonn"}


async def test_nested_and_other_names_lead_to_the_declared_fact(candor: Candor) -> None:
    ada = await make_person(candor, address={"city": "Ulm", "street": "Hohe Str."})
    assert shown((await look(candor, ada)).facts) == {"city": "Ulm"}


async def test_a_fact_that_no_purpose_allows_is_not_kept(candor: Candor) -> None:
    ada = await make_person(candor, number="A-1", hobby="chess")
    assert shown((await look(candor, ada)).facts) == {}
    await choose(candor, ada, "news", Choice.GRANTED)
    await make_person(candor, number="A-1", hobby="chess")
    assert shown((await look(candor, ada, "news")).facts) == {"hobby": "chess"}

"""One invented person per household."""

from collections import Counter
from datetime import date

import phonenumbers
import pytest

from candor.demo import people, rates, records
from candor.demo.journey import Journey
from candor.demo.people import Person, latin
from candor.demo.stream import Stream

YEAR = 2026


@pytest.fixture(scope="session")
def everyone(journey: Journey) -> list[Person]:
    return people.make(journey, year=YEAR)


def test_the_first_households_are_the_same_people_however_many_are_made(
    journey: Journey, everyone: list[Person]
) -> None:
    assert people.make(journey, year=YEAR, households=60) == everyone[:60]


def test_contact_data_can_belong_to_nobody_by_mail(everyone: list[Person]) -> None:
    for person in everyone:
        domain = person.email.partition("@")[2]
        assert domain in {"example.com", "example.org", "example.net"}
        assert person.email.isascii()
        assert person.email != "test@example.com"


def test_phone_numbers_are_valid(everyone: list[Person]) -> None:
    for person in everyone[:400]:
        assert phonenumbers.is_valid_number(phonenumbers.parse(person.phone))
        again = phonenumbers.parse(person.local_phone, person.origin.country)
        assert phonenumbers.is_valid_number(again)


def test_an_address_is_shared_only_by_those_who_share(everyone: list[Person]) -> None:
    uses = Counter(person.email for person in everyone)
    shared = sum(person.shares_email for person in everyone)
    assert shared > 0
    assert Counter(uses.values()) == {1: len(everyone) - 2 * shared, 2: shared}


def test_those_who_share_keep_their_own_numbers_and_one_order(everyone: list[Person]) -> None:
    by_email: dict[str, list[Person]] = {}
    for person in everyone:
        by_email.setdefault(person.email, []).append(person)
    for first, second in (pair for pair in by_email.values() if len(pair) == 2):
        assert first.customer_number != second.customer_number
        assert first.cluster == second.cluster


def test_ages_fit_the_demographics(everyone: list[Person]) -> None:
    for person in everyone:
        if person.demographics:
            low, _, high = person.demographics.age.removesuffix("+").partition("-")
            for day in (date(YEAR, 1, 1), date(YEAR, 12, 31)):
                passed = (day.month, day.day) >= (person.birthday.month, person.birthday.day)
                age = day.year - person.birthday.year - (not passed)
                assert int(low) <= age <= int(high or 120)


def test_rates_come_out_about_as_stated(everyone: list[Person]) -> None:
    count = len(everyone)
    assert sum(p.has_shop for p in everyone) / count == pytest.approx(
        rates.SHOP_ACCOUNT, abs=0.03
    )
    assert sum(p.has_app for p in everyone) / count == pytest.approx(rates.APP, abs=0.03)
    assert sum(bool(p.crm_id) for p in everyone) / count == pytest.approx(0.80, abs=0.03)
    assert sum(len(p.cards) > 1 for p in everyone) / count == pytest.approx(
        rates.TWO_CARDS, abs=0.01
    )


def test_cards_and_numbers_are_unique(everyone: list[Person]) -> None:
    cards = [card for person in everyone for card in person.cards]
    numbers = [p.customer_number for p in everyone if p.customer_number]
    assert len(set(cards)) == len(cards)
    assert len(set(numbers)) == len(numbers)


def test_every_campaign_went_to_somebody_the_crm_knows(
    journey: Journey, everyone: list[Person]
) -> None:
    known = {p.household_id for p in everyone if p.crm_id}
    assert all(known.issuperset(campaign.households) for campaign in journey.campaigns)


def test_names_turn_into_latin_letters() -> None:
    assert latin("Щербакова") == "Shcherbakova"
    assert latin("Jürgen Groß") == "Juergen Gross"
    assert latin("Łukasz Pędrak") == "Lukasz Pedrak"
    assert latin("João") == "Joao"


def test_sources_disagree_about_people(few: Stream) -> None:
    times = few.timelines
    spelled = 0
    for person in few.people:
        when = times[person.household_id]
        till = records.till_traits(person, when)
        spelled += till["lastname"] != person.family
        assert str(till["lastname"]).isascii()
    assert spelled == len(few.people)

"""What may be merged by the machine, and whose answer survives."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candor.domain.catalogue.model import Source, Survivorship
from candor.domain.profiles.model import (
    MERGES_PER_DAY,
    Answer,
    Course,
    MergeRule,
    Person,
    Ruling,
    rule_on,
    survive,
)
from tests.factories.choices import NOON
from tests.factories.house import make_company

KINDS = {one.kind: one for one in make_company().identifiers}
ADA, BEN = UUID(int=1), UUID(int=2)
SOURCES = {
    1: Source(code="shop", title="Shop", place="", user_id="", trust=80),
    2: Source(code="till", title="Till", place="", user_id="", trust=40),
    3: Source(code="crm", title="CRM", place="", user_id="", trust=40),
}


def make_person(number: int = 1, **changes: object) -> Person:
    """Return a known person with one profile and one e-mail address."""
    person = Person(profile_ids={UUID(int=number)}, is_known=True, identifiers={"email": 1})
    return replace(person, **changes)


def ruling(one: Person, other: Person, kind: str = "email", *, verified: bool = True) -> Ruling:
    """Rule on two people that share an identifier of a kind."""
    return rule_on(one, other, KINDS[kind], KINDS, verified=verified)


def test_a_shared_verified_identifier_makes_one_person() -> None:
    assert ruling(make_person(1), make_person(2)) == Ruling(Course.MERGE, MergeRule.SHARED)


def test_an_identifier_that_nobody_verified_is_a_question() -> None:
    assert ruling(make_person(1), make_person(2), verified=False) == Ruling(
        Course.REVIEW, "not_verified"
    )


def test_too_many_identifiers_of_any_kind_are_a_question() -> None:
    full = make_person(2, identifiers={"email": 1, "customer_number": 2})
    one = make_person(1, identifiers={"email": 1, "customer_number": 1})
    assert ruling(one, full) == Ruling(Course.REVIEW, "too_many_identifiers")


@pytest.mark.parametrize("side", [0, 1])
def test_too_many_merges_in_a_day_are_a_question(side: int) -> None:
    people = [make_person(1), make_person(2)]
    people[side].merges_today = MERGES_PER_DAY - 1
    assert ruling(people[0], people[1]).course is Course.MERGE
    people[side].merges_today = MERGES_PER_DAY
    assert ruling(people[0], people[1]) == Ruling(Course.REVIEW, "too_many_merges")


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("verified", [True, False])
def test_who_was_kept_apart_stays_apart(side: int, kind: str, verified: bool) -> None:
    people = [make_person(1), make_person(2, is_known=False)]
    people[side].apart_from = set(people[1 - side].profile_ids)
    assert ruling(people[0], people[1], kind, verified=verified) == Ruling(
        Course.SEPARATE, "kept_apart"
    )


def test_a_kind_that_does_not_merge_separates() -> None:
    assert ruling(make_person(1), make_person(2), "loyalty_card") == Ruling(
        Course.SEPARATE, "kind_does_not_merge"
    )


def test_two_known_people_on_one_device_stay_two() -> None:
    assert ruling(make_person(1), make_person(2), "device") == Ruling(
        Course.SEPARATE, "shared_device"
    )


@pytest.mark.parametrize("known", [(True, False), (False, True), (False, False)])
@pytest.mark.parametrize("verified", [True, False])
def test_an_anonymous_history_joins_who_signs_in(
    known: tuple[bool, bool], verified: bool
) -> None:
    one, other = (make_person(n, is_known=k) for n, k in enumerate(known, 1))
    assert ruling(one, other, "device", verified=verified) == Ruling(
        Course.MERGE, MergeRule.SIGNED_IN
    )


def test_a_device_does_not_gather_more_identifiers_than_a_person_has() -> None:
    one = make_person(1, identifiers={"device": 4})
    other = make_person(2, is_known=False, identifiers={"device": 1})
    assert ruling(one, other, "device") == Ruling(Course.SEPARATE, "too_many_identifiers")


people = st.builds(
    make_person,
    st.integers(1, 3),
    is_known=st.booleans(),
    identifiers=st.dictionaries(st.sampled_from(sorted(KINDS)), st.integers(0, 4)),
    apart_from=st.sets(st.integers(1, 3).map(lambda n: UUID(int=n))),
    merges_today=st.integers(0, 30),
)


@given(people, people, st.sampled_from(sorted(KINDS)), st.booleans())
def test_the_rule_does_not_depend_on_the_side(
    one: Person, other: Person, kind: str, verified: bool
) -> None:
    assert ruling(one, other, kind, verified=verified) == ruling(
        other, one, kind, verified=verified
    )


@given(people, people, st.sampled_from(sorted(KINDS)), st.booleans())
def test_no_merge_makes_a_person_with_too_many_identifiers(
    one: Person, other: Person, kind: str, verified: bool
) -> None:
    if ruling(one, other, kind, verified=verified).course is Course.MERGE:
        one.absorb(other)
        assert all(held <= KINDS[k].limit for k, held in one.identifiers.items())


# ----------------------------------------------------------------------------- whose answer
def answer(
    source_id: int, days: int = 0, changed_by: str = "machine", profile: UUID = ADA
) -> Answer:
    """Return a source's answer, given some days after noon."""
    at = NOON + timedelta(days=days)
    return Answer("name", None, source_id, profile, 1, changed_by, at, at)


def taken(rule: Survivorship, *answers: Answer) -> list[int]:
    """Return the sources in the order in which their answers count."""
    first, rest = survive(answers, rule, SOURCES)
    return [first.source_id, *(other.source_id for other in rest)]


def test_the_most_trusted_source_counts_then_the_youngest_answer() -> None:
    answers = (answer(3, days=1), answer(2, days=9), answer(1))
    assert taken(Survivorship.MOST_TRUSTED, *answers) == [1, 2, 3]


def test_the_youngest_answer_counts_then_the_most_trusted_source() -> None:
    answers = (answer(3), answer(2, days=9), answer(1))
    assert taken(Survivorship.MOST_RECENT, *answers) == [2, 1, 3]


@pytest.mark.parametrize("rule", Survivorship)
def test_what_people_say_about_themselves_comes_first(rule: Survivorship) -> None:
    answers = (answer(1, days=9), answer(2, days=-9, changed_by="you"))
    assert taken(rule, *answers) == [2, 1]


def test_a_source_that_is_gone_counts_least() -> None:
    assert taken(Survivorship.MOST_TRUSTED, answer(99, days=9), answer(2)) == [2, 99]


answers_of = st.lists(
    st.builds(
        answer,
        st.integers(1, 4),
        st.integers(0, 2),
        st.sampled_from(["machine", "you"]),
        st.sampled_from([ADA, BEN]),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda one: (one.source_id, one.observed_at, one.changed_by, one.profile_id),
)


@given(answers_of, st.sampled_from(Survivorship))
def test_nobody_s_answer_is_lost(answers: list[Answer], rule: Survivorship) -> None:
    first, losers = survive(answers, rule, SOURCES)
    assert sorted([first, *losers], key=repr) == sorted(answers, key=repr)


@given(answers_of, st.sampled_from(Survivorship))
def test_the_order_in_which_answers_come_does_not_matter(
    answers: list[Answer], rule: Survivorship
) -> None:
    assert survive(answers[::-1], rule, SOURCES) == survive(answers, rule, SOURCES)

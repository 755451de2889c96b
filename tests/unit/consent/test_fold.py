"""The laws of folding: what a set of choices allows, whoever made them, in whatever order."""

import random
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candor.domain.catalogue.model import LegalBasis, Regime
from candor.domain.consent.model.choice import (
    FOREVER,
    Choice,
    Record,
    Stance,
    fold,
    latest,
    stance_of,
)
from candor.kernel.units import bits_of
from tests.factories.choices import NOON, POLICY, make_record, records_of, regimes

ADA, BEN, CLEO = UUID(int=1), UUID(int=2), UUID(int=3)
BOTH = frozenset({ADA, BEN})
ONLY = frozenset({ADA})
YES, NO, BACK = Choice.GRANTED, Choice.DENIED, Choice.WITHDRAWN
GDPR, CCPA = Regime.GDPR.value, Regime.CCPA.value


def allowed(
    records: list[Record],
    members: frozenset[UUID] = ONLY,
    regime: str | None = GDPR,
    days: int = 0,
) -> set[str]:
    """Return the codes of the purposes that a history allows, some days from noon."""
    mask, _ = fold(records, members, POLICY, regime, NOON + timedelta(days=days))
    names = {bit: code for code, bit in POLICY.bits.items()}
    return {names[bit] for bit in bits_of(mask)}


def refused(records: list[Record], profile: UUID, regime: str | None) -> set[str]:
    """Return what a profile alone said no to, with effect."""
    alone = frozenset({profile})
    said: set[str] = set()
    for code, bit in POLICY.bits.items():
        counting = latest([r for r in records if r.purpose_id == bit], alone)
        if stance_of(counting, POLICY, None, NOON) is Stance.NO:
            said.add(code)
    return said - allowed(records, alone, regime)


@given(records_of(ADA), records_of(BEN), regimes, st.randoms(use_true_random=False))
def test_the_order_of_records_does_not_matter(
    ada: list[Record], ben: list[Record], regime: str | None, dice: random.Random
) -> None:
    records = ada + ben
    shuffled = list(records)
    dice.shuffle(shuffled)
    assert fold(shuffled, BOTH, POLICY, regime, NOON) == fold(
        records, BOTH, POLICY, regime, NOON
    )


@given(records_of(ADA, st.sampled_from([ADA, BEN, CLEO])), regimes)
def test_a_record_that_is_there_twice_counts_once(
    records: list[Record], regime: str | None
) -> None:
    assert fold(records * 2, BOTH, POLICY, regime, NOON) == fold(
        records, BOTH, POLICY, regime, NOON
    )


@given(records_of(ADA), records_of(BEN), regimes, regimes)
def test_nothing_that_one_refused_is_allowed_to_both(
    ada: list[Record], ben: list[Record], law_of_ada: str | None, law_of_ben: str | None
) -> None:
    law = law_of_ada if law_of_ada == law_of_ben else None
    merged = allowed(ada + ben, BOTH, law)
    assert not merged & refused(ada, ADA, law_of_ada)
    assert not merged & refused(ben, BEN, law_of_ben)


@given(records_of(ADA), records_of(BEN), regimes, regimes)
def test_nothing_is_allowed_to_both_that_was_allowed_to_neither(
    ada: list[Record], ben: list[Record], law_of_ada: str | None, law_of_ben: str | None
) -> None:
    law = law_of_ada if law_of_ada == law_of_ben else None
    alone = allowed(ada, ONLY, law_of_ada) | allowed(ben, frozenset({BEN}), law_of_ben)
    assert allowed(ada + ben, BOTH, law) <= alone


@given(records_of(ADA, st.sampled_from([ADA, BEN])), records_of(BEN), regimes)
def test_what_needs_consent_needs_a_yes_and_no_no(
    ada: list[Record], ben: list[Record], regime: str | None
) -> None:
    found = allowed(ada + ben, BOTH, regime)
    for purpose, bit in POLICY.bits.items():
        if POLICY.basis(bit, regime) is not LegalBasis.CONSENT:
            continue
        stances = {
            stance_of(latest([r for r in own if r.purpose_id == bit], BOTH), POLICY, None, NOON)
            for own in (ada, ben)
        }
        assert (purpose in found) == (Stance.YES in stances and Stance.NO not in stances)


@given(records_of(ADA), records_of(ADA), regimes)
def test_a_later_no_to_everything_leaves_only_contract_and_law(
    records: list[Record], more: list[Record], regime: str | None
) -> None:
    refusals = [make_record(ADA, p, NO, days=1, number=99) for p in POLICY.bits]
    assert allowed(records + more + refusals, regime=regime, days=2) == {"orders", "books"}


def test_who_said_nothing_allows_contract_law_and_interest_only() -> None:
    assert allowed([]) == {"orders", "books", "insight"}


def test_silence_under_ccpa_allows_what_may_be_opted_out_of() -> None:
    assert allowed([], regime=CCPA) == {"orders", "books", "insight", "ads"}
    assert "ads" not in allowed([make_record(ADA, "ads", NO)], regime=CCPA)


@pytest.mark.parametrize("regime", [None, "unknown", ""])
def test_under_an_unknown_law_silence_is_no_consent(regime: str | None) -> None:
    assert "ads" not in allowed([], regime=regime)
    assert "news" not in allowed([], regime=regime)


def test_under_a_law_that_nobody_declared_nothing_is_allowed() -> None:
    assert allowed([make_record(ADA, "news", YES)], regime="unknown") == set()


def test_an_undeclared_purpose_is_never_allowed() -> None:
    undeclared = replace(make_record(ADA, "news", YES), purpose_id=40)
    mask, _ = fold([undeclared], ONLY, POLICY, GDPR, NOON)
    assert not mask >> 40 & 1


def test_the_latest_choice_counts() -> None:
    first_yes = [make_record(ADA, "news", YES, days=-2), make_record(ADA, "news", NO, days=-1)]
    first_no = [make_record(ADA, "news", NO, days=-2), make_record(ADA, "news", YES, days=-1)]
    assert "news" not in allowed(first_yes)
    assert "news" in allowed(first_no)


@pytest.mark.parametrize("no", [NO, BACK])
@pytest.mark.parametrize("numbers", [(1, 2), (2, 1)])
def test_a_tie_is_a_no(no: Choice, numbers: tuple[int, int]) -> None:
    tie = [
        make_record(ADA, "news", YES, number=numbers[0]),
        make_record(ADA, "news", no, number=numbers[1]),
    ]
    assert "news" not in allowed(tie)


def test_a_yes_runs_out_at_its_instant_and_is_silence_then() -> None:
    yes = make_record(ADA, "news", YES, days=-1, expires_in=1)
    assert fold([yes], ONLY, POLICY, GDPR, NOON)[1] == yes.expires_at
    assert "news" in allowed([yes])
    assert "news" not in allowed([yes], days=1)


def test_what_runs_out_never_ends_an_objection() -> None:
    yes = make_record(ADA, "insight", YES, days=-1, expires_in=1)
    assert "insight" in allowed([yes], days=5)
    assert fold([yes], ONLY, POLICY, GDPR, NOON)[1] == FOREVER
    no = make_record(ADA, "insight", NO)
    assert "insight" not in allowed([no], days=5000)


def test_a_yes_through_a_profile_that_is_no_longer_part_does_not_count() -> None:
    yes = make_record(ADA, "news", YES, via=BEN)
    assert "news" in allowed([yes], BOTH)
    assert "news" not in allowed([yes], ONLY)


def test_a_no_through_a_profile_that_is_no_longer_part_counts_on() -> None:
    own = make_record(ADA, "news", YES, days=-1)
    no = make_record(ADA, "news", NO, via=BEN, number=2)
    assert "news" not in allowed([own, no], BOTH)
    assert "news" not in allowed([own, no], ONLY)


def test_an_own_yes_returns_when_another_s_yes_is_gone() -> None:
    own = make_record(ADA, "news", YES, days=-2, expires_in=5)
    other = make_record(ADA, "news", YES, days=-1, via=BEN, number=2)
    assert fold([own, other], ONLY, POLICY, GDPR, NOON)[1] == own.expires_at


def test_one_no_is_the_person_s_no() -> None:
    assert "news" not in allowed(
        [make_record(ADA, "news", YES), make_record(BEN, "news", NO, days=-3)], BOTH
    )


def test_one_yes_is_enough_where_the_other_said_nothing() -> None:
    assert "news" in allowed([make_record(ADA, "news", YES)], BOTH)

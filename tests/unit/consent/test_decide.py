"""Deciding: in order, unknown means no, and the reason says which rule it was."""

from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candor.domain.catalogue.model import Regime
from candor.domain.consent.model.choice import FOREVER, Choice, Record, fold
from candor.domain.consent.model.decision import Reason, decide, explain, in_effect
from candor.domain.consent.model.state import Standing, State
from tests.factories.choices import NOON, POLICY, make_record, records_of, regimes

ADA, BEN = UUID(int=1), UUID(int=2)
ONLY = frozenset({ADA})
EVERYTHING = (1 << 62) - 1


def make_state(allowed: int = EVERYTHING, **changes: object) -> State:
    """Return a state that allows everything."""
    values: dict[str, object] = {
        "profile_id": ADA,
        "head_id": ADA,
        "standing": Standing.ACTIVE.value,
        "regime": Regime.GDPR.value,
        "allowed": allowed,
        "valid_until": FOREVER,
    }
    return State(**values | changes)  # pyright: ignore[reportArgumentType] - a row as it comes


def folded(records: list[Record]) -> State:
    """Return the state that some records fold to."""
    mask, until = fold(records, ONLY, POLICY, Regime.GDPR.value, NOON)
    return make_state(mask, valid_until=until)


def test_an_unknown_profile_is_refused() -> None:
    assert decide(None, POLICY, "orders", NOON).reason is Reason.UNKNOWN_PROFILE
    assert not decide(None, POLICY, "orders", NOON).allowed


@pytest.mark.parametrize(
    ("standing", "reason"),
    [
        ("erased", Reason.ERASED),
        ("restricted", Reason.RESTRICTED),
        ("", Reason.RESTRICTED),
        ("something new", Reason.RESTRICTED),
    ],
)
def test_only_an_active_profile_is_used(standing: str, reason: Reason) -> None:
    state = make_state(standing=standing)
    assert decide(state, POLICY, "orders", NOON) == decide(state, POLICY, "books", NOON)
    assert decide(state, POLICY, "orders", NOON).reason is reason
    assert not decide(state, POLICY, "orders", NOON).allowed
    assert in_effect(state, POLICY, NOON) == 0


@given(st.text(max_size=20).filter(lambda text: text not in POLICY.bits))
def test_an_undeclared_purpose_is_refused(purpose: str) -> None:
    decision = decide(make_state(), POLICY, purpose, NOON)
    assert (decision.allowed, decision.reason) == (False, Reason.UNDECLARED_PURPOSE)


@pytest.mark.parametrize(
    ("purpose", "reason"),
    [
        ("orders", Reason.CONTRACT),
        ("books", Reason.LEGAL_OBLIGATION),
        ("insight", Reason.LEGITIMATE_INTEREST),
        ("news", Reason.CONSENT),
    ],
)
def test_what_is_allowed_names_its_legal_basis(purpose: str, reason: Reason) -> None:
    decision = decide(make_state(), POLICY, purpose, NOON)
    assert (decision.allowed, decision.reason) == (True, reason)


@pytest.mark.parametrize(
    ("purpose", "reason"), [("insight", Reason.OBJECTED), ("news", Reason.NO_CONSENT)]
)
def test_what_is_refused_names_the_rule(purpose: str, reason: Reason) -> None:
    decision = decide(make_state(0), POLICY, purpose, NOON)
    assert (decision.allowed, decision.reason) == (False, reason)


def test_after_a_yes_ran_out_nothing_that_needs_consent_is_allowed_before_the_next_fold() -> (
    None
):
    state = make_state(valid_until=NOON)
    assert decide(state, POLICY, "news", NOON).reason is Reason.EXPIRED
    assert decide(state, POLICY, "ads", NOON).reason is Reason.EXPIRED
    assert decide(state, POLICY, "insight", NOON).allowed
    assert decide(state, POLICY, "news", NOON - timedelta(microseconds=1)).allowed


@given(
    st.integers(0, EVERYTHING),
    st.sampled_from(Standing),
    regimes,
    st.integers(-1, 1),
    st.sampled_from(sorted(POLICY.bits)),
)
def test_deciding_agrees_with_the_mask_in_effect(
    allowed: int, standing: Standing, regime: str | None, days: int, purpose: str
) -> None:
    state = make_state(
        allowed, standing=standing, regime=regime, valid_until=NOON + timedelta(days=days)
    )
    mask = in_effect(state, POLICY, NOON)
    assert decide(state, POLICY, purpose, NOON).allowed == bool(
        mask >> POLICY.bits[purpose] & 1
    )


@pytest.mark.parametrize(
    ("records", "reason", "evidence"),
    [
        ([], Reason.NEVER_ASKED, 0),
        ([make_record(ADA, "news", Choice.DENIED)], Reason.DENIED, 1),
        ([make_record(ADA, "news", Choice.WITHDRAWN)], Reason.WITHDRAWN, 1),
        ([make_record(ADA, "news", Choice.GRANTED, days=-9, expires_in=-1)], Reason.EXPIRED, 1),
        ([make_record(ADA, "news", Choice.GRANTED)], Reason.CONSENT, 1),
        ([make_record(ADA, "ads", Choice.DENIED)], Reason.NEVER_ASKED, 0),
    ],
)
def test_an_explanation_names_the_records_that_the_decision_rests_on(
    records: list[Record], reason: Reason, evidence: int
) -> None:
    decision = decide(folded(records), POLICY, "news", NOON)
    told = explain(decision, records, "news", ONLY, None, POLICY, NOON)
    assert told.reason is reason
    assert told.allowed == decision.allowed
    assert len(told.evidence) == evidence


@given(records_of(ADA))
def test_an_explanation_never_changes_a_decision(records: list[Record]) -> None:
    state = folded(records)
    for purpose, bit in POLICY.bits.items():
        decision = decide(state, POLICY, purpose, NOON)
        told = explain(decision, records, purpose, ONLY, state, POLICY, NOON)
        assert told.allowed == decision.allowed
        assert all(record.purpose_id == bit for record in told.evidence)

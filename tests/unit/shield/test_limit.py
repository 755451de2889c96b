"""A limit lets its burst through at once, then pays back evenly."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from candor.domain.shield.model.limit import Limit, judge

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@given(
    st.integers(1, 50),
    st.integers(1, 3_600),
    st.lists(st.floats(0, 120, allow_nan=False), max_size=120),
)
def test_never_more_than_the_burst_and_what_was_paid_back(
    burst: int, per: int, pauses: list[float]
) -> None:
    limit = Limit("tests", burst, timedelta(seconds=per))
    now, due, let = NOON, None, 0
    for pause in pauses:
        now += timedelta(seconds=pause)
        if judge(limit, due, now).is_allowed:
            due = max(due or now, now) + limit.each
            let += 1
    passed = (now - NOON) / limit.per
    assert let <= burst * (1 + passed) + 1e-3
    assert let >= min(len(pauses), burst)


@given(st.integers(1, 20), st.integers(1, 600))
def test_who_waits_as_told_is_let_in(burst: int, per: int) -> None:
    limit = Limit("tests", burst, timedelta(seconds=per))
    due = NOON + limit.per
    refused = judge(limit, due, NOON)
    assert not refused.is_allowed
    assert judge(limit, due, NOON + timedelta(seconds=refused.wait_seconds)).is_allowed

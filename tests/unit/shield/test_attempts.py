"""What a try costs grows with failures; an account alone never makes anybody wait."""

from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from candor.domain.shield.model.attempts import HARDEST, RULES, Gauge, Try, judge
from candor.domain.shield.model.challenge import work_of
from candor.domain.shield.model.measure import MeasureKind

FAILED = st.floats(0, 500, allow_nan=False)
LEVELS = st.dictionaries(st.sampled_from(sorted(Gauge)), FAILED)


def test_the_first_tries_are_free() -> None:
    assert judge({}).step is None
    assert judge({Gauge.ACCOUNT: 2.4, Gauge.ADDRESS: 4.4}).step is None
    assert judge({Gauge.ACCOUNT: 3.0}).step == 0
    assert judge({Gauge.ADDRESS: 5.0}).step == 0


@given(FAILED, FAILED)
def test_an_account_under_attack_never_closes_to_an_address_that_failed_less_than_thrice(
    account: float, house: float
) -> None:
    levels = {Gauge.ACCOUNT: account, Gauge.HOUSE: house, Gauge.PAIR: 2.0, Gauge.ADDRESS: 2.0}
    assert judge(levels).wait_seconds == 0


@given(LEVELS, st.sampled_from(sorted(Gauge)), st.floats(0, 50, allow_nan=False))
def test_more_failures_never_cost_less(
    levels: dict[Gauge, float], gauge: Gauge, more: float
) -> None:
    before = judge(levels)
    after = judge({**levels, gauge: levels.get(gauge, 0.0) + more})
    assert after.wait_seconds >= before.wait_seconds
    assert (-1 if after.step is None else after.step) >= (
        -1 if before.step is None else before.step
    )


@given(LEVELS)
def test_who_waits_as_told_waits_no_more(levels: dict[Gauge, float]) -> None:
    waited = timedelta(seconds=judge(levels).wait_seconds)
    later = {
        gauge: max(0.0, failed - waited / RULES[gauge].limit.each - 1e-9)
        for gauge, failed in levels.items()
    }
    assert judge(later).wait_seconds == 0


@given(LEVELS)
def test_no_challenge_is_harder_than_a_telephone_can_solve(levels: dict[Gauge, float]) -> None:
    step = judge(levels).step
    assert step is None or step <= HARDEST


def test_each_step_is_twice_the_work() -> None:
    tried = [
        16 ** len(work_of(step).prefix) * work_of(step).rounds for step in range(HARDEST + 1)
    ]
    assert all(harder == 2 * easier for easier, harder in pairwise(tried))


def test_a_known_browser_answers_for_itself_alone() -> None:
    stranger = Try("ada", "192.0.2.7", "192.0.2.0/24")
    known = Try("ada", "192.0.2.7", "192.0.2.0/24", device="d")
    assert {gauge for gauge, _ in stranger.counted} == {
        Gauge.PAIR, Gauge.ACCOUNT, Gauge.ADDRESS, Gauge.NETWORK, Gauge.HOUSE,
    }  # fmt: skip
    assert {gauge for gauge, _ in known.counted} == {Gauge.DEVICE}


def test_a_measure_asks_for_work_and_slows_a_network() -> None:
    slow = frozenset({MeasureKind.SLOW})
    assert judge({}, frozenset({MeasureKind.CHALLENGE})).step == 2
    assert judge({Gauge.NETWORK: 4.0}, slow).wait_seconds == 0
    assert judge({Gauge.NETWORK: 5.0}, slow).wait_seconds > 0

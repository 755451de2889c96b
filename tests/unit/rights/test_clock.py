"""Clocks: the vectors of the laws, and what holds for any day."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candor.domain.catalogue.model import Controller, Regime
from candor.domain.rights.model.clock import (
    Calendar,
    Period,
    Unit,
    last_day,
    period_of,
    strongest,
)
from candor.domain.rights.model.request import Proof, Right
from candor.domain.rights.service import laws
from candor.kernel.errors import Bug
from tests.factories.house import VECTORS

DEADLINES: Final[dict[str, Any]] = VECTORS["deadlines"]
EASTER: Final = frozenset(date.fromisoformat(day) for day in DEADLINES["holidays_used"])
THANKSGIVING: Final = frozenset({date(2026, 11, 26), date(2026, 11, 27)})
HERE: Final = laws.calendar_of(Controller(country="DE", time_zone="Europe/Berlin"))
DAYS: Final = st.dates(date(2000, 1, 1), date(2099, 12, 31))


def except_for(free: frozenset[date]) -> Callable[[date], bool]:
    return lambda day: day.weekday() < 5 and day not in free


@pytest.mark.parametrize("case", DEADLINES["gdpr"], ids=lambda case: case["received"])
def test_months_end_as_regulation_1182_71_says(case: dict[str, str]) -> None:
    for name, expected in case.items():
        if name[0].isdigit():
            period = Period(int(name[0]), Unit.MONTHS)
            start = date.fromisoformat(case["received"])
            end = last_day(start, period, except_for(EASTER), rolls=True)
            assert end == date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("period", "name"),
    [
        (Period(10, Unit.BUSINESS_DAYS), "ack_10bd_excluding_2026-11-26_and_27"),
        (Period(45, Unit.DAYS), "respond_45d"),
        (Period(90, Unit.DAYS), "max_90d"),
    ],
)
def test_days_of_california(period: Period, name: str) -> None:
    case = DEADLINES["ccpa"]
    start = date.fromisoformat(case["received"])
    end = last_day(start, period, except_for(THANKSGIVING), rolls=False)
    assert end == date.fromisoformat(case[name])


def test_days_of_brazil() -> None:
    case = DEADLINES["lgpd"]
    start = date.fromisoformat(case["received"])
    end = last_day(start, Period(15, Unit.DAYS), except_for(frozenset()), rolls=False)
    assert end == date.fromisoformat(case["full_15d"])


@given(DAYS, st.integers(0, 60), st.sampled_from(Unit))
def test_a_period_ends_after_it_begins_and_a_longer_one_not_earlier(
    start: date, count: int, unit: Unit
) -> None:
    working = except_for(frozenset())
    end = last_day(start, Period(count, unit), working, rolls=True)
    assert end >= start
    assert last_day(start, Period(count + 1, unit), working, rolls=True) >= end


@given(DAYS, st.integers(1, 40))
def test_business_days_are_counted_one_by_one(start: date, count: int) -> None:
    working = except_for(frozenset())
    end = last_day(start, Period(count, Unit.BUSINESS_DAYS), working, rolls=False)
    between = [start + timedelta(days=n) for n in range(1, (end - start).days + 1)]
    assert working(end)
    assert sum(map(working, between)) == count


def test_a_period_is_written_as_it_is_read() -> None:
    assert str(period_of("10B")) == "10B"
    assert period_of("") is None
    with pytest.raises(ValueError, match="no period"):
        period_of("ten days")


def test_a_day_ends_where_the_company_is() -> None:
    """Late on the second of March in UTC it is the third in Berlin."""
    late = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)
    due = laws.shipped().due(Right.ACCESS, Regime.GDPR, late, HERE)
    assert due.answer_by.isoformat() == "2026-04-07T23:59:59+02:00"  # after Easter Monday
    assert due.acknowledge_by is None


def test_the_strictest_law_holds_where_the_law_is_unknown() -> None:
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)
    unknown = laws.shipped().due(Right.ACCESS, None, now, HERE)
    known = [laws.shipped().due(Right.ACCESS, regime, now, HERE) for regime in Regime]
    assert unknown.answer_by == min(due.answer_by for due in known)
    assert unknown.acknowledge_by == min(
        due.acknowledge_by for due in known if due.acknowledge_by
    )
    assert laws.shipped().extended(Right.ACCESS, None, now, HERE) is None  # Brazil gives none
    assert not laws.shipped().may_pause(None, "identity")


@pytest.mark.parametrize("regime", Regime)
@pytest.mark.parametrize("right", Right)
def test_more_time_is_more(regime: Regime, right: Right) -> None:
    known, now = laws.shipped(), datetime(2026, 1, 30, 12, tzinfo=UTC)
    if not known.knows(regime, right):
        return
    due = known.due(right, regime, now, HERE)
    longer = known.extended(right, regime, now, HERE)
    assert now < due.answer_by
    assert longer is None or longer > due.answer_by


def test_what_a_law_forbids_to_verify_is_not_verified() -> None:
    """11 CCR 7026(d), 7027(e): requests to stop a sale or limit a use need no proof."""
    for right in (Right.SALE_OPT_OUT, Right.LIMIT_SENSITIVE):
        assert laws.shipped().is_enough(right, Proof.NONE)
        assert not laws.shipped().knows(Regime.GDPR, right)
    assert not laws.shipped().is_enough(Right.ERASURE, Proof.MAILBOX)
    assert strongest([Proof.MAILBOX, Proof.ACCOUNT, Proof.NONE]) is Proof.ACCOUNT
    assert strongest([]) is Proof.NONE


def test_only_the_uk_lets_the_clock_stand() -> None:
    may = {regime: laws.shipped().may_pause(regime, "identity") for regime in Regime}
    assert [regime for regime, can in may.items() if can] == [Regime.UK_GDPR]


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        ('respond = "1M"', 'respond = "soon"'),
        ('respond = "1M"', 'respond = ""'),
        ('extend = "2M"', 'extend = "60D"'),
        ("[lgpd]", "[other]"),
        ('information = "mailbox"', 'information = "surely"'),
    ],
)
def test_a_table_that_does_not_hold_together_is_a_bug(text: str, instead: str) -> None:
    whole = laws.shipped_text()
    assert text in whole
    with pytest.raises(Bug, match="table of laws"):
        laws.read(whole.replace(text, instead))


def test_an_unknown_country_has_no_holidays_and_an_unknown_zone_is_utc() -> None:
    nowhere = laws.calendar_of(Controller(country="XX", time_zone="Moon/Crater"))
    assert nowhere.zone == "UTC"
    assert nowhere.is_working(Regime.GDPR, date(2026, 12, 25))  # a Friday
    assert not HERE.is_working(Regime.GDPR, date(2026, 12, 25))
    home = laws.calendar_of(Controller())
    assert not home.is_working(Regime.CCPA, date(2026, 11, 26))
    assert home.is_working(Regime.GDPR, date(2026, 11, 26))


def test_a_calendar_is_what_it_is_given() -> None:
    always = Calendar("UTC", lambda _regime, _day: True)
    law = laws.shipped().by_regime[Regime.GDPR]
    end = always.end_of(datetime(2026, 1, 30, tzinfo=UTC), law.period(Right.ACCESS), law)
    assert end.date() == date(2026, 2, 28)

"""From which birthday on somebody consents by themselves."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candor.domain.catalogue.model import Regime
from candor.domain.consent.model.age import age_of_consent, minor_until


@pytest.mark.parametrize(
    ("regime", "country", "age"),
    [
        (Regime.GDPR, "DE", 16),
        (Regime.GDPR, "at", 14),
        (Regime.GDPR, "PL", 16),
        (Regime.GDPR, "PT", 13),
        (Regime.GDPR, "", 16),
        (Regime.GDPR, "XX", 16),
        (Regime.UK_GDPR, "GB", 13),
        (Regime.CCPA, "US", 13),
        (Regime.LGPD, "BR", 12),
        (None, "PT", 16),
    ],
)
def test_the_age_is_that_of_the_law(regime: Regime | None, country: str, age: int) -> None:
    assert age_of_consent(regime, country) == age


def test_who_was_born_on_a_leap_day_waits_for_the_first_of_march() -> None:
    assert minor_until(date(2012, 2, 29), Regime.CCPA) == date(2025, 3, 1)
    assert minor_until(date(2012, 2, 29), Regime.GDPR, "DE") == date(2028, 2, 29)


@given(
    st.dates(date(1900, 1, 1), date(2030, 12, 31)),
    st.sampled_from([None, *Regime]),
    st.sampled_from(["", "DE", "AT", "PT", "XX"]),
)
def test_an_unknown_law_is_never_laxer(
    birthday: date, regime: Regime | None, country: str
) -> None:
    assert minor_until(birthday, regime, country) <= minor_until(birthday, None)
    assert minor_until(birthday, regime, country) > birthday

"""From which birthday on somebody may say yes by themselves.

GDPR Art. 8(1): 16 years, unless a member state chose less, 13 at the lowest. UK GDPR Art. 8: 13.
CCPA § 1798.120(c): under 13 a parent opts in to a sale, from 13 to 15 the child does. LGPD Art. 14
§ 1: a parent consents for a child, who is a person under 12 (ECA Art. 2). Ages of member states as
they were enacted, read 2026-11-21; when a law changes, this table does.

What the law of a minor's contracts or of marketing to minors says is another matter.
"""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

from candor.domain.catalogue.model import Regime

# Member states of the EU and EEA that chose another age than the 16 of the regulation.
_GDPR: Final[Mapping[str, int]] = MappingProxyType({
    "AT": 14, "BE": 13, "BG": 14, "CY": 14, "CZ": 15, "DE": 16, "DK": 15, "EE": 13, "ES": 14,
    "FI": 13, "FR": 15, "GR": 15, "HR": 16, "HU": 16, "IE": 16, "IS": 13, "IT": 14, "LI": 16,
    "LT": 14, "LU": 16, "LV": 13, "MT": 13, "NL": 16, "NO": 13, "PL": 16, "PT": 13, "RO": 16,
    "SE": 13, "SI": 15, "SK": 16,
})  # fmt: skip
_GDPR_AGE: Final = 16
_AGES: Final[Mapping[Regime, int]] = MappingProxyType(
    {Regime.UK_GDPR: 13, Regime.CCPA: 13, Regime.LGPD: 12}
)
_STRICTEST: Final = 16


def age_of_consent(regime: Regime | None, country: str = "") -> int:
    """Return from how many years on somebody consents by themselves.

    Args:
        regime: the law; unknown means the strictest.
        country: ISO 3166-1 alpha-2, for the GDPR; unknown means 16.
    """
    match regime:
        case None:
            return _STRICTEST
        case Regime.GDPR:
            return _GDPR.get(country.upper(), _GDPR_AGE)
        case _:
            return _AGES.get(regime, _STRICTEST)


def minor_until(birthday: date, regime: Regime | None, country: str = "") -> date:
    """Return the first day on which somebody consents by themselves: their birthday of that age.

    Who was born on 29 February waits until 1 March of a year without that day: the later one.
    """
    year = birthday.year + age_of_consent(regime, country)
    try:
        return birthday.replace(year=year)
    except ValueError:
        return date(year, 3, 1)

"""Reading the table of laws, and the calendar of a company."""

import tomllib
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import holidays

from candor.domain.catalogue.model import Controller, Regime
from candor.domain.consent.model.policy import knows_zone
from candor.domain.rights.model.clock import Calendar, Law, Laws, Period, period_of
from candor.domain.rights.model.request import Proof, Right
from candor.kernel.errors import Bug

_FILE: Final = Path(__file__).parents[1] / "regimes.toml"
_SATURDAY: Final = 5


@lru_cache(maxsize=1)
def shipped() -> Laws:
    """Return the laws that Candor ships with.

    Raises:
        Bug: the table does not hold together.
    """
    return read(shipped_text())


def shipped_text() -> str:
    """Return the table itself, with its comments."""
    return _FILE.read_text(encoding="utf-8")


def read(text: str) -> Laws:
    """Return the laws of a table.

    Raises:
        Bug: it does not hold together.
    """
    table = tomllib.loads(text)
    try:
        return Laws(
            edition=table["edition"],
            by_regime={regime: _law(regime, table[regime]) for regime in Regime},
            proofs={right: Proof(table["proof"][right]) for right in Right},
        )
    except (KeyError, ValueError) as wrong:
        message = f"the table of laws: {wrong}"
        raise Bug(message) from wrong


def _law(regime: Regime, row: dict[str, Any]) -> Law:
    special = {
        Right(name): _period(one["respond"]) for name, one in row.get("special", {}).items()
    }
    law = Law(
        regime=regime,
        title=row["title"],
        source=row["source"],
        rolls=row["roll"],
        respond=_period(row["respond"]),
        extend=period_of(row["extend"]),
        pauses=frozenset(row["pauses"]),
        rights=frozenset(Right(name) for name in row["rights"]),
        at_once=frozenset(Right(name) for name in row["at_once"]),
        acknowledge={Right(n): _period(p) for n, p in row.get("acknowledge", {}).items()},
        special=special,
        keep_requests=row["keep_requests"],
    )
    if law.extend is not None and law.extend.unit != law.respond.unit:
        message = f"{regime}: what is extended must be counted in the same unit"
        raise ValueError(message)
    return law


def _period(text: str) -> Period:
    period = period_of(text)
    if period is None:
        message = "a period is missing"
        raise ValueError(message)
    return period


def calendar_of(controller: Controller) -> Calendar:
    """Return the calendar of a company: its zone, and the holidays of its country and the law's."""
    zone = controller.time_zone if knows_zone(controller.time_zone) else "UTC"
    own = controller.country.upper()

    def is_working(regime: Regime, day: date) -> bool:
        return day.weekday() < _SATURDAY and not _is_holiday(_country(regime, own), day)

    return Calendar(zone, is_working)


def _country(regime: Regime, own: str) -> str:
    """Return whose holidays count: the company's own, else those of the law's country."""
    return own or {Regime.UK_GDPR: "GB", Regime.CCPA: "US", Regime.LGPD: "BR"}.get(regime, "")


@lru_cache(maxsize=4_096)
def _is_holiday(country: str, day: date) -> bool:
    """Tell whether a day is a public holiday in a whole country; unknown countries have none."""
    if country not in holidays.list_supported_countries():
        return False
    return day in holidays.country_holidays(country, years=day.year)

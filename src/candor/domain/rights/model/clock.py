"""The clocks of the laws: until when an answer is due, by a table and a calendar.

A period ends with its last day, in the time zone of the company. Months are counted as Regulation
(EEC, Euratom) 1182/71 Art. 3 does: the same day of the later month, the last day where there is
none, and, where the law says so, the next working day when that is none. Business days leave out
weekends and public holidays. The day on which a request is received is not counted.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from typing_extensions import override

from candor.domain.catalogue.model import Regime
from candor.domain.rights.model.request import Proof, Right

IsWorking = Callable[[date], bool]
_PERIOD: Final = re.compile(r"(\d{1,3})([DBM])")
_LAST_SECOND: Final = time(23, 59, 59)
_RANK: Final = {proof: rank for rank, proof in enumerate(Proof)}


class Unit(StrEnum):
    """What a period is counted in."""

    DAYS = "D"
    BUSINESS_DAYS = "B"
    MONTHS = "M"


@dataclass(frozen=True, slots=True)
class Period:
    """So many days, business days or months."""

    count: int
    unit: Unit

    @override
    def __str__(self) -> str:
        """Return it as the table writes it."""
        return f"{self.count}{self.unit}"


def period_of(text: str) -> Period | None:
    """Read `45D`, `10B`, `1M`; None for an empty text.

    Raises:
        ValueError: it is neither.
    """
    if not text:
        return None
    match = _PERIOD.fullmatch(text)
    if match is None:
        message = f"{text!r} is no period: write 45D, 10B or 1M"
        raise ValueError(message)
    return Period(int(match[1]), Unit(match[2]))


def last_day(start: date, period: Period, is_working: IsWorking, *, rolls: bool) -> date:
    """Return the last day of a period that begins after a day."""
    match period.unit:
        case Unit.DAYS:
            end = start + timedelta(days=period.count)
        case Unit.MONTHS:
            end = _months_later(start, period.count)
        case Unit.BUSINESS_DAYS:
            return _business_days_later(start, period.count, is_working)
    while rolls and not is_working(end):
        end += timedelta(days=1)
    return end


def _months_later(start: date, months: int) -> date:
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def _business_days_later(start: date, count: int, is_working: IsWorking) -> date:
    day = start
    while count:
        day += timedelta(days=1)
        count -= is_working(day)
    return day


@dataclass(frozen=True, slots=True)
class Law:
    """What one law gives."""

    regime: Regime
    title: str
    source: str
    rolls: bool
    respond: Period
    extend: Period | None
    pauses: frozenset[str]
    rights: frozenset[Right]
    at_once: frozenset[Right]
    acknowledge: Mapping[Right, Period]
    special: Mapping[Right, Period]  # other periods to answer in
    keep_requests: str  # ISO 8601

    def period(self, right: Right) -> Period:
        """Return how long an answer may take."""
        return self.special.get(right, self.respond)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Where the company is: its zone, and the days on which it works under each law."""

    zone: str
    is_working: Callable[[Regime, date], bool]

    def end_of(self, received: datetime, period: Period, law: Law) -> datetime:
        """Return the last second of a period that begins with an instant."""
        here = ZoneInfo(self.zone)
        day = last_day(
            received.astimezone(here).date(),
            period,
            lambda one: self.is_working(law.regime, one),
            rolls=law.rolls,
        )
        return datetime.combine(day, _LAST_SECOND, here)


@dataclass(frozen=True, slots=True)
class Due:
    """Until when receipt must be confirmed and the request answered; None: nothing is set."""

    acknowledge_by: datetime | None
    answer_by: datetime


@dataclass(frozen=True, slots=True)
class Laws:
    """All laws, and how sure of the person each right must be."""

    edition: str
    by_regime: Mapping[Regime, Law]
    proofs: Mapping[Right, Proof]

    def under(self, regime: Regime | None) -> tuple[Law, ...]:
        """Return the law that protects somebody; all of them where it is unknown."""
        return tuple(self.by_regime.values()) if regime is None else (self.by_regime[regime],)

    def knows(self, regime: Regime | None, right: Right) -> bool:
        """Tell whether a law, or any where it is unknown, gives a right."""
        return any(right in law.rights for law in self.under(regime))

    def rights(self, regime: Regime | None) -> tuple[Right, ...]:
        """Return the rights of somebody, in the order of `Right`."""
        return tuple(right for right in Right if self.knows(regime, right))

    def due(
        self, right: Right, regime: Regime | None, received: datetime, calendar: Calendar
    ) -> Due:
        """Return the days that count: the earliest of all laws that may apply."""
        laws = [law for law in self.under(regime) if right in law.rights]
        confirm = [
            calendar.end_of(received, law.acknowledge[right], law)
            for law in laws
            if right in law.acknowledge
        ]
        answer = [calendar.end_of(received, law.period(right), law) for law in laws]
        return Due(min(confirm, default=None), min(answer))

    def extended(
        self, right: Right, regime: Regime | None, received: datetime, calendar: Calendar
    ) -> datetime | None:
        """Return until when an extended request is due; None: no more time is given.

        The extension begins with the end of the period: one month and two are three months.
        """
        ends: list[datetime] = []
        for law in self.under(regime):
            if right not in law.rights:
                continue
            if law.extend is None:
                return None
            ends.append(calendar.end_of(received, _sum(law.period(right), law.extend), law))
        return min(ends, default=None)

    def may_pause(self, regime: Regime | None, why: str) -> bool:
        """Tell whether the clock may stand: every law that may apply must let it."""
        return all(why in law.pauses for law in self.under(regime))

    def is_enough(self, right: Right, proof: Proof) -> bool:
        """Tell whether we are sure enough of the person for a right."""
        return _RANK[proof] >= _RANK[self.proofs[right]]


def _sum(period: Period, more: Period) -> Period:
    """Add two periods of one unit: the table is refused where they differ."""
    return Period(period.count + more.count, period.unit)


def strongest(proofs: Iterable[Proof]) -> Proof:
    """Return the strongest of some proofs; none of none."""
    return max(proofs, key=_RANK.__getitem__, default=Proof.NONE)

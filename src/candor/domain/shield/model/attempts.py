"""What a try to sign in costs, by the failures that are not paid back yet. Pure.

A try is counted before it is judged, so that a thousand at once count a thousand; who passes takes
back what they failed themselves, and nobody else's. The reasons stand in
docs/explanation/shield.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import floor
from typing import Final

from candor.domain.shield.model.limit import Limit
from candor.domain.shield.model.measure import MeasureKind

HARDEST: Final = 7  # steps of the challenge: each doubles the work of the one before
_HARDEST_IN_STORM: Final = 3
_MANY_ON_ACCOUNT: Final = 100  # NIST SP 800-63B-4, 3.2.2


class Gauge(StrEnum):
    """Whose failures are counted."""

    ACCOUNT = "account"  # of strangers on an account
    PAIR = "pair"  # of one address on one account
    ADDRESS = "address"
    NETWORK = "network"
    HOUSE = "house"
    DEVICE = "device"  # of one browser that signed in to this account before
    SECOND = "second"  # of second factors: whoever fails here knew the first


@dataclass(frozen=True, slots=True)
class Rule:
    """How many failures are free, from how many on one waits, and how fast they are forgotten."""

    limit: Limit  # `each` of it is how long one failure counts
    free: int
    per_step: int  # so many more failures double the work
    wait_from: int | None  # None: never
    hardest: int = HARDEST


def _rule(
    name: Gauge,
    each: timedelta,
    most: int,
    free: int,
    *,
    per_step: int,
    wait_from: int | None = None,
    hardest: int = HARDEST,
) -> Rule:
    # A bucket holds twice its limit at most.
    limit = Limit(f"door.{name}", most // 2, each * (most // 2))
    return Rule(limit, free, per_step, wait_from, hardest)


RULES: Final[Mapping[Gauge, Rule]] = {
    Gauge.ACCOUNT: _rule(Gauge.ACCOUNT, timedelta(minutes=6), 200, 3, per_step=4),
    Gauge.PAIR: _rule(Gauge.PAIR, timedelta(minutes=6), 100, 5, per_step=3),
    Gauge.ADDRESS: _rule(Gauge.ADDRESS, timedelta(minutes=2), 120, 5, per_step=8, wait_from=60),
    Gauge.NETWORK: _rule(
        Gauge.NETWORK, timedelta(minutes=1), 400, 40, per_step=20, wait_from=200
    ),
    Gauge.HOUSE: _rule(
        Gauge.HOUSE,
        timedelta(seconds=1),
        4_000,
        40,
        per_step=60,
        hardest=_HARDEST_IN_STORM,
    ),
    Gauge.DEVICE: _rule(Gauge.DEVICE, timedelta(minutes=15), 40, 5, per_step=3, wait_from=20),
    Gauge.SECOND: _rule(Gauge.SECOND, timedelta(minutes=30), 40, 3, per_step=2, wait_from=10),
}
_PAIR_WAITS_FROM: Final = 3  # on an account with very many failures
_SLOWED_WAITS_FROM: Final = 5  # of a network that is slowed down by a measure
_STEP_OF_A_MEASURE: Final = 2
_ASKING: Final = frozenset({MeasureKind.CHALLENGE, MeasureKind.SLOW})


@dataclass(frozen=True, slots=True)
class Try:
    """Somebody at a door. All of it is opaque, and stored as keyed hashes only.

    `account` names the account for this audience; "" while a page does not know it. `device` is
    the number of a browser that signed in to the account before; "": a stranger. `labels` are the
    names under which measures stand against a stranger.
    """

    account: str
    address: str
    network: str
    device: str = ""
    is_second_factor: bool = False
    labels: tuple[str, ...] = ()

    @property
    def counted(self) -> tuple[tuple[Gauge, str], ...]:
        """Return what a failure counts against.

        A browser that is known to the account answers for itself alone: what others fail from its
        address or on its account does not slow it.
        """
        second = ((Gauge.SECOND, self.account),) if self.is_second_factor else ()
        if self.device:
            return ((Gauge.DEVICE, f"{self.account}\x00{self.device}"), *second)
        own = (Gauge.PAIR, f"{self.account}\x00{self.address}")
        named = self.account and not self.is_second_factor
        return (
            own,
            *second,
            *(((Gauge.ACCOUNT, self.account),) if named else ()),
            (Gauge.ADDRESS, self.address),
            (Gauge.NETWORK, self.network),
            (Gauge.HOUSE, ""),
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a try costs: nothing, a challenge of so many steps, or a wait."""

    step: int | None = None
    wait_seconds: float = 0.0


def level(limit: Limit, due_at: datetime | None, now: datetime) -> float:
    """Return how many failures are not paid back."""
    if due_at is None or due_at <= now:
        return 0.0
    return (due_at - now) / limit.each


def judge(
    levels: Mapping[Gauge, float], measures: frozenset[MeasureKind] = frozenset()
) -> Verdict:
    """Say what a try costs, by the failures before it and the measures against whoever tries.

    A wait is of the address, the network, the known browser, or of a second factor; an account
    never closes, whatever others do to it.
    """
    wait_seconds = 0.0
    step = _STEP_OF_A_MEASURE if measures & _ASKING else None
    for gauge, failed in levels.items():
        rule = RULES[gauge]
        whole = floor(failed + 0.5)
        wait_from = rule.wait_from
        if gauge is Gauge.PAIR and levels.get(Gauge.ACCOUNT, 0.0) >= _MANY_ON_ACCOUNT:
            wait_from = _PAIR_WAITS_FROM
        if gauge is Gauge.NETWORK and MeasureKind.SLOW in measures:
            wait_from = _SLOWED_WAITS_FROM
        if wait_from is not None and whole >= wait_from:
            # Until it is half a failure below, and a moment: then it counts as less.
            over = (failed - wait_from + 0.5) * rule.limit.each.total_seconds() + 0.001
            wait_seconds = max(wait_seconds, over, 1.0)
        if whole >= rule.free:
            asked = min((whole - rule.free) // rule.per_step, rule.hardest)
            step = asked if step is None else max(step, asked)
    return Verdict(step, wait_seconds)

"""Counts what everybody chose, and keeps it for a minute: counting looks at every choice."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from candor.domain.consent.model.policy import Policy, Rules
from candor.domain.consent.service import counting
from candor.domain.consent.service.counting import Stances, StepRow, Waiting
from candor.infra.db.pool import ReadTx
from candor.kernel.clock import Clock
from candor.surface.console.hours import HOUR, Window

_FRESH: Final = timedelta(minutes=1)
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Counted:
    """Exact counts: not to be shown before small groups are left out."""

    at: datetime
    version: int  # of the catalogue
    people: int
    stances: Mapping[str, Stances]
    waiting: Waiting
    reach: Mapping[tuple[str, str], Mapping[str, int]]
    steps: Sequence[StepRow]
    today: Sequence[StepRow]


class Counts:
    """The counts of one process, by window of time."""

    def __init__(self, clock: Clock) -> None:
        """Start with nothing counted."""
        self._clock = clock
        self._counted: dict[str, Counted] = {}
        self._counting = asyncio.Lock()

    def __deepcopy__(self, memo: dict[int, object]) -> "Counts":
        """Stay the same: the framework copies routes with what they are bound to."""
        del memo
        return self

    async def counted(self, tx: ReadTx, rules: Rules, window: Window) -> Counted:
        """Return counts that are at most a minute old; one reader counts, others wait for it.

        Args:
            tx: the transaction of the page: whoever waits holds no other that counting needs.
            rules: the catalogue in force.
            window: over which choices are counted in steps.
        """
        version = rules.in_force.version_id
        async with self._counting:
            last = self._counted.get(window.code)
            now = self._clock.now()
            if last is None or last.version != version or now - last.at >= _FRESH:
                last = await _count(tx, rules.policy, window, version, now)
                self._counted[window.code] = last
            return last


async def _count(
    tx: ReadTx, policy: Policy, window: Window, version: int, now: datetime
) -> Counted:
    midnight = now.astimezone(ZoneInfo(policy.zone)).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    step = HOUR * window.hours_per_step
    return Counted(
        at=now,
        version=version,
        people=await counting.people(tx),
        stances=await counting.stances(tx, policy=policy, now=now),
        waiting=await counting.waiting(tx, policy=policy, now=now),
        reach=await counting.reach(tx, policy=policy, now=now),
        steps=await counting.said_by_step(tx, since=window.since(now), step=step, now=now),
        today=await counting.said_by_step(tx, since=midnight, step=2 * _DAY, now=now),
    )

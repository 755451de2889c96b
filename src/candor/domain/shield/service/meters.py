"""Meters: limits on requests, counted in memory and shared with all processes now and then.

A hot path cannot take a row for each request. A process counts alone, and only what a caller took
beyond a tenth of their limit is added to the row of all processes, once a second; the answer says
what the others counted. So most callers never cost a statement, and of a limit nobody gets more
than it says, plus a tenth of it and what goes through in one second, for each further process.
When the database is away, each process still holds the limit by itself.
"""

import asyncio
from dataclasses import dataclass
from typing import Final

from candor.domain.shield.errors import TooFast
from candor.domain.shield.model.limit import Limit
from candor.domain.shield.service.throttles import Throttles
from candor.infra import metrics
from candor.infra.db.pool import Database
from candor.infra.log import logger
from candor.kernel.clock import Clock
from candor.kernel.errors import Unavailable

_SECONDS: Final = 1.0
_SHARED_PART: Final = 10  # what is less than this part of a limit stays in the process
_AT_ONCE: Final = 500  # buckets in one statement
_MOST: Final = 50_000  # callers in memory; then those who owe nothing are forgotten
_log: Final = logger("shield")


@dataclass(slots=True)
class _Meter:
    """What one caller took, as far as this process knows. Seconds since 1970."""

    limit: Limit
    who: str
    each: float  # the limit in seconds, at hand: a hot path asks for it
    per: float
    due: float = 0.0  # when all is paid back
    own: int = 0  # taken here, and not yet told the others


class Meters:
    """The meters of one process."""

    def __init__(self, database: Database, throttles: Throttles, clock: Clock) -> None:
        """Start with nothing counted."""
        self._database = database
        self._throttles = throttles
        self._clock = clock
        self._meters: dict[tuple[str, str], _Meter] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._at_work: asyncio.Task[None] | None = None

    def take(self, limit: Limit, who: str, cost: int = 1) -> None:
        """Take from a limit, in memory.

        Raises:
            TooFast: it does not fit.
        """
        now = self._clock.now().timestamp()
        meter = self._meters.get((limit.name, who))
        if meter is None:
            meter = self._begin(limit, who, now)
        due = max(meter.due, now) + meter.each * cost
        over = due - now - meter.per
        if over > 1e-6:  # a microsecond, as the rows know it
            metrics.SHIELD_SLOWED.labels(limit.name).inc()
            raise TooFast(over)
        meter.due = due
        meter.own += cost
        if meter.own * _SHARED_PART >= limit.burst:
            self._later()

    def require(self, limit: Limit, who: str) -> None:
        """Go on only if something would fit, without taking it.

        Raises:
            TooFast: it would not.
        """
        meter = self._meters.get((limit.name, who))
        if meter is None:
            return
        now = self._clock.now().timestamp()
        over = meter.due + meter.each - now - meter.per
        if over > 1e-6:
            metrics.SHIELD_SLOWED.labels(limit.name).inc()
            raise TooFast(over)

    async def share(self) -> None:
        """Tell the other processes what was taken here, and hear what they counted."""
        mine = [
            meter
            for meter in self._meters.values()
            if meter.own * _SHARED_PART >= meter.limit.burst
        ]
        try:
            for start in range(0, len(mine), _AT_ONCE):
                await self._share(mine[start : start + _AT_ONCE])
        except Unavailable:
            _log.warning("limits are counted by each process alone: the database is away")

    async def close(self) -> None:
        """Stop sharing; what is not shared yet is forgotten: limits are not worth a wait."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._at_work is not None:
            await self._at_work

    def _begin(self, limit: Limit, who: str, now: float) -> _Meter:
        if len(self._meters) >= _MOST:
            self._meters = {
                name: meter for name, meter in self._meters.items() if meter.due > now
            }
        meter = _Meter(limit, who, limit.each.total_seconds(), limit.per.total_seconds())
        self._meters[limit.name, who] = meter
        return meter

    async def _share(self, meters: list[_Meter]) -> None:
        taken = [(meter.limit, meter.who, meter.own) for meter in meters]
        async with self._database.tx("shield.meters") as tx:
            due = await self._throttles.count_all(tx, taken)
        for meter, (_, _, own), shared in zip(meters, taken, due, strict=True):
            meter.own -= own
            # What went through here meanwhile is not in the row yet.
            meter.due = shared.timestamp() + meter.each * meter.own

    def _later(self) -> None:
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(_SECONDS, self._start)

    def _start(self) -> None:
        self._timer = None
        self._at_work = asyncio.get_running_loop().create_task(self.share())

"""Counts what was unified: at each view while it is quick, else every ten minutes.

Counting looks at every profile: a hundred thousand take some hundredths of a second, a million
would make the page wait, and it refreshes itself.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from candor.domain.profiles.service import read
from candor.domain.profiles.service.read import Breakdown, Figures
from candor.infra.db.pool import ReadTx
from candor.kernel.clock import Clock

QUICK: Final = 100_000  # profiles that are counted anew at each view
LASTS: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Unified:
    """What was unified, in numbers, and when they were counted."""

    at: datetime
    figures: Figures
    breakdown: Breakdown
    is_kept: bool  # there is so much that it is not counted at each view


class Counting:
    """The last count of one process."""

    def __init__(self, clock: Clock, *, quick: int = QUICK) -> None:
        """Start with nothing counted."""
        self._clock = clock
        self._quick = quick
        self._last: Unified | None = None
        self._counting = asyncio.Lock()

    def __deepcopy__(self, memo: dict[int, object]) -> "Counting":
        """Stay the same: the framework copies routes with what they are bound to."""
        del memo
        return self

    async def counted(self, tx: ReadTx) -> Unified:
        """Return the counts; one reader counts, others wait for it and share what it found."""
        async with self._counting:
            now = self._clock.now()
            last = self._last
            if last is None or not last.is_kept or now - last.at >= LASTS:
                figures = await read.figures(tx)
                is_kept = figures.profiles > self._quick
                last = Unified(now, figures, await read.breakdown(tx), is_kept)
                self._last = last
            return last

"""Counts the figures, and keeps them for a while: counting looks at everybody.

Readers wait a moment for a fresh count; where it takes longer (there are very many choices), they
get the last one, or a page without figures, and the count goes on.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from candor.domain.audit import service as audit
from candor.domain.audit.model import Openings
from candor.domain.collect.model import Outcome
from candor.domain.collect.service import read as collected
from candor.domain.connections.service import reaching
from candor.domain.connections.service.reaching import Pace
from candor.domain.consent.service import figures as consents
from candor.domain.consent.service.figures import Figures
from candor.infra.log import logger
from candor.kernel.errors import Unavailable
from candor.surface.plain.services import Services

LATELY: Final = timedelta(days=30)
_FRESH: Final = timedelta(minutes=10)
_PATIENCE_SECONDS: Final = 3.0
_log: Final = logger("trust")


@dataclass(frozen=True, slots=True)
class Counted:
    """Exact figures: not to be shown before they are rounded."""

    at: datetime
    figures: Figures
    openings: tuple[Openings, ...]
    refused: int
    not_kept: int
    pace: Pace | None = None


class Counter:
    """The figures of one process."""

    def __init__(self, services: Services) -> None:
        """Start with nothing counted."""
        self._services = services
        self._counted: Counted | None = None
        self._counting: asyncio.Task[None] | None = None

    def __deepcopy__(self, memo: dict[int, object]) -> "Counter":
        """Stay the same: the framework copies routes with what they are bound to."""
        del memo
        return self

    async def counted(self) -> Counted | None:
        """Return figures that are some minutes old at most, older ones, or none for now."""
        last = self._counted
        if last is None or not self._is_fresh(last):
            if self._counting is None or self._counting.done():
                self._counting = asyncio.create_task(self._count())
            done, _ = await asyncio.wait([self._counting], timeout=_PATIENCE_SECONDS)
            for task in done:
                task.result()
        return self._counted

    def _is_fresh(self, counted: Counted) -> bool:
        return self._services.clock.now() - counted.at < _FRESH

    async def _count(self) -> None:
        try:
            self._counted = await self._fresh()
        except Unavailable as error:
            _log.warning("figures cannot be counted just now", code=error.code)

    async def _fresh(self) -> Counted:
        now = self._services.clock.now()
        since = now - LATELY
        async with self._services.database.read("trust") as tx:
            rules = await self._services.rulebook.rules(tx)
            found = await consents.figures(tx, policy=rules.policy, since=since, now=now)
            openings = await audit.openings(tx, since=since)
            door = await collected.counters(tx, since=since)
            pace = await reaching.pace(tx, since=since)
        return Counted(
            at=now,
            figures=found,
            openings=tuple(openings),
            refused=sum(row.count for row in door if row.outcome == Outcome.REFUSED),
            not_kept=sum(row.count for row in door if row.outcome == Outcome.NO_PURPOSE),
            pace=pace,
        )

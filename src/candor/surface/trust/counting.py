"""Counts the figures, and keeps them for a while: counting looks at everybody.

One reader waits while a fresh count is made; others get the last one meanwhile.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from candor.domain.audit import service as audit
from candor.domain.audit.model import Openings
from candor.domain.collect.model import Outcome
from candor.domain.collect.service import read as collected
from candor.domain.consent.service import figures as consents
from candor.domain.consent.service.figures import Figures
from candor.surface.plain.services import Services

LATELY: Final = timedelta(days=30)
_FRESH: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Counted:
    """Exact figures: not to be shown before they are rounded."""

    at: datetime
    figures: Figures
    openings: tuple[Openings, ...]
    refused: int
    not_kept: int


class Counter:
    """The figures of one process."""

    def __init__(self, services: Services) -> None:
        """Start with nothing counted."""
        self._services = services
        self._counted: Counted | None = None
        self._counting = asyncio.Lock()

    def __deepcopy__(self, memo: dict[int, object]) -> "Counter":
        """Stay the same: the framework copies routes with what they are bound to."""
        del memo
        return self

    async def counted(self) -> Counted:
        """Return figures that are at most some minutes old.

        Raises:
            Unavailable: the database is away.
            NoCatalogue: nothing is declared yet.
        """
        last = self._counted
        if last is not None and (self._is_fresh(last) or self._counting.locked()):
            return last
        async with self._counting:
            if self._counted is None or not self._is_fresh(self._counted):
                self._counted = await self._count()
            return self._counted

    def _is_fresh(self, counted: Counted) -> bool:
        return self._services.clock.now() - counted.at < _FRESH

    async def _count(self) -> Counted:
        now = self._services.clock.now()
        since = now - LATELY
        async with self._services.database.read("trust") as tx:
            rules = await self._services.rulebook.rules(tx)
            found = await consents.figures(tx, policy=rules.policy, since=since, now=now)
            openings = await audit.openings(tx, since=since)
            door = await collected.counters(tx, since=since)
        return Counted(
            at=now,
            figures=found,
            openings=tuple(openings),
            refused=sum(row.count for row in door if row.outcome == Outcome.REFUSED),
            not_kept=sum(row.count for row in door if row.outcome == Outcome.NO_PURPOSE),
        )

"""Many questions, one look: decisions that are asked for at the same time share a transaction.

A question that comes while the database is being asked waits for the next look, so every answer
rests on a snapshot that is younger than its question: a choice that was committed before somebody
asked is in the answer. Nothing about a person is remembered from one look to the next.
"""

import asyncio
from collections import deque
from typing import Final

from candor.domain.consent.model.decision import Ask, Decision
from candor.domain.consent.service import gate
from candor.domain.consent.service.rulebook import Rulebook
from candor.infra.db.pool import Database
from candor.kernel.clock import Clock
from candor.surface.api.v1.problems import Busy

_AT_ONCE: Final = 500
_WAITING: Final = 5_000
_Waiting = tuple[Ask, "asyncio.Future[Decision]"]


class Desk:
    """Answers questions, as many at once as wait. One per process."""

    def __init__(self, database: Database, rulebook: Rulebook, clock: Clock) -> None:
        """Start with nobody waiting."""
        self._database = database
        self._rulebook = rulebook
        self._clock = clock
        self._waiting: deque[_Waiting] = deque()
        self._at_work: asyncio.Task[None] | None = None

    async def decide(self, ask: Ask) -> Decision:
        """Return the decision.

        Raises:
            Busy: too many wait already.
            Unavailable: the database went away.
        """
        if len(self._waiting) >= _WAITING:
            raise Busy
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Decision] = loop.create_future()
        self._waiting.append((ask, answer))
        if self._at_work is None:
            self._at_work = loop.create_task(self._work())
        return await answer

    async def _work(self) -> None:
        """Answer until nobody waits."""
        try:
            while self._waiting:
                several = [
                    self._waiting.popleft() for _ in range(min(_AT_ONCE, len(self._waiting)))
                ]
                await self._answer(several)
        finally:
            self._at_work = None

    async def _answer(self, several: list[_Waiting]) -> None:
        """Answer some; whatever goes wrong, nobody is left waiting."""
        try:
            async with self._database.read() as tx:
                rules = await self._rulebook.rules(tx)
                decisions = await gate.decisions(
                    tx,
                    [ask for ask, _ in several],
                    policy=rules.policy,
                    now=self._clock.now(),
                )
            for (_, answer), decision in zip(several, decisions, strict=True):
                if not answer.done():
                    answer.set_result(decision)
        except Exception as error:  # noqa: BLE001 - whoever waits must hear of it
            for _, answer in several:
                if not answer.done():
                    answer.set_exception(error)

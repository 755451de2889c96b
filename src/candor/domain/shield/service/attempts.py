"""Tries to sign in: what each costs, and who takes back what.

A try is counted before it is judged and before a password is looked at; whoever passes takes back
their own failures. So a thousand tries at once are a thousand, and one that never says how it
ended was a failure.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Final

from candor.domain.shield.errors import ChallengeNeeded, TooMany
from candor.domain.shield.model.attempts import (
    RULES,
    Gauge,
    Try,
    Verdict,
    judge,
    level,
)
from candor.domain.shield.model.challenge import Work, work_of
from candor.domain.shield.model.measure import MeasureKind
from candor.domain.shield.queries import solved as stored_solved
from candor.domain.shield.queries import throttles as stored
from candor.domain.shield.service import measures
from candor.domain.shield.service.challenges import Challenge, Challenges
from candor.domain.shield.service.throttles import Throttles
from candor.infra import metrics
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.clock import Clock

_OTHERS: Final = (Gauge.ACCOUNT, Gauge.ADDRESS, Gauge.NETWORK, Gauge.HOUSE)


@dataclass(frozen=True, slots=True)
class Paid:
    """What came with a try: the solution of a challenge, or a ticket that was waited for."""

    solution: str = ""
    ticket: str = ""

    @property
    def is_nothing(self) -> bool:
        """Tell whether nothing was brought."""
        return not self.solution and not self.ticket


class Attempts:
    """The rules at the doors of one installation."""

    def __init__(
        self,
        key: bytes,
        throttles: Throttles,
        clock: Clock,
        work: Callable[[int], Work] = work_of,
    ) -> None:
        """Take what signs challenges, the limits of all processes, the present, and the work."""
        self._throttles = throttles
        self._clock = clock
        self._challenges = Challenges(key, throttles, clock, work)

    async def look(self, tx: ReadTx, who: Try) -> Verdict:
        """Say what a try would cost now. Takes nothing and locks nothing."""
        buckets = self._buckets(who)
        due = await stored.due_of(tx, buckets=list(buckets))
        levels = self._levels(buckets, due, self._clock.now())
        return judge(levels, await self._measures(tx, who))

    async def challenge(self, tx: ReadTx, who: Try, ticket: str = "") -> Challenge | None:
        """Return the challenge that a form must show now; None: a try costs nothing."""
        step = (await self.look(tx, who)).step
        return None if step is None else self._challenges.issue(who, step, ticket)

    async def refuse_early(self, tx: ReadTx, who: Try, paid: Paid) -> None:
        """Refuse what cannot pass, without writing: a flood must stay cheap.

        Raises:
            TooMany, ChallengeNeeded.
        """
        verdict = await self.look(tx, who)
        if verdict.wait_seconds:
            _counted(who, "wait")
            raise TooMany(verdict.wait_seconds)
        if verdict.step is not None and paid.is_nothing:
            _counted(who, "challenge")
            raise ChallengeNeeded

    async def begin(self, tx: Tx, who: Try, paid: Paid) -> None:
        """Count a try as failed, and let it through if it may be made.

        In a transaction of its own: when this raises, that must be rolled back, for what was not
        tried did not fail. Locks the buckets of whoever tries until then.

        Raises:
            TooMany, ChallengeNeeded.
        """
        now = self._clock.now()
        buckets = self._buckets(who)
        due = await stored.force_all(
            tx,
            buckets=list(buckets),
            at=now,
            costs=[RULES[gauge].limit.each for gauge in buckets.values()],
            pers=[RULES[gauge].limit.per for gauge in buckets.values()],
        )
        levels = self._levels(buckets, due, now)
        before = {gauge: max(0.0, failed - 1) for gauge, failed in levels.items()}
        verdict = judge(before, await self._measures(tx, who))
        if verdict.wait_seconds:
            _counted(who, "wait")
            raise TooMany(verdict.wait_seconds)
        if verdict.step is None:
            _counted(who, "free")
        elif await self._challenges.solved(tx, who, verdict.step, paid.solution):
            _counted(who, "solved")
        elif await self._challenges.waited(tx, who, verdict.step, paid.ticket):
            _counted(who, "waited")
        else:
            _counted(who, "challenge" if paid.is_nothing else "unsolved")
            raise ChallengeNeeded

    async def passed(self, tx: Tx, who: Try) -> None:
        """Take back what somebody failed themselves; what others failed stays counted."""
        _counted(who, "passed")
        now = self._clock.now()
        buckets = {gauge: bucket for bucket, gauge in self._buckets(who).items()}
        # Locks them all in their order; a cost of nothing changes nothing.
        each = sorted(buckets.items(), key=lambda one: one[1])
        due = await stored.force_all(
            tx,
            buckets=[bucket for _, bucket in each],
            at=now,
            costs=[now - now] * len(each),
            pers=[RULES[gauge].limit.per for gauge, _ in each],
        )
        own = Gauge.DEVICE if who.device else Gauge.PAIR
        levels = self._levels({bucket: gauge for gauge, bucket in each}, due, now)
        times = ceil(levels.get(own, 0.0))
        await stored.give_back(
            tx,
            buckets=[bucket for gauge, bucket in each if gauge in _OTHERS],
            costs=[RULES[gauge].limit.each * times for gauge, _ in each if gauge in _OTHERS],
        )
        cleared = (own, Gauge.SECOND) if who.is_second_factor else (own,)
        await stored.clear(tx, buckets=[buckets[gauge] for gauge in cleared])

    async def sweep(self, tx: Tx) -> int:
        """Forget what is paid back or too old to be used again; return how many rows."""
        buckets = await self._throttles.sweep(tx)
        return buckets + await stored_solved.sweep_solved(tx, at=self._clock.now())

    async def _measures(self, tx: ReadTx, who: Try) -> frozenset[MeasureKind]:
        """Return what is in force; a browser that is known to the account is spared."""
        if who.device or not who.labels:
            return frozenset()
        return await measures.standing(tx, who.labels, self._clock)

    def _buckets(self, who: Try) -> dict[bytes, Gauge]:
        return {
            self._throttles.bucket(RULES[gauge].limit, whose): gauge
            for gauge, whose in who.counted
        }

    @staticmethod
    def _levels(
        buckets: Mapping[bytes, Gauge], due: Sequence[stored.Due], now: datetime
    ) -> dict[Gauge, float]:
        return {
            buckets[one.bucket]: level(RULES[buckets[one.bucket]].limit, one.due_at, now)
            for one in due
        }


def _counted(who: Try, outcome: str) -> None:
    kind = "second" if who.is_second_factor else "known" if who.device else "stranger"
    metrics.SHIELD_TRIES.labels(kind, outcome).inc()

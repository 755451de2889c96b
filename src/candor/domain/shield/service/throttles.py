"""Throttles: how much somebody may do in how much time, counted for all processes and nodes.

A bucket is a row; taking from it is one statement, so that two processes cannot both take the
last. Accounts, addresses and networks stand in it as a keyed hash.
"""

import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from candor.domain.shield.model.limit import Limit, Taken, judge
from candor.domain.shield.queries import throttles as stored
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.clock import Clock

_BUCKET_BYTES: Final = 16


class Throttles:
    """The limits of one installation."""

    def __init__(self, key: bytes, clock: Clock) -> None:
        """Take the key that hides whom a bucket is about, and the present."""
        self._key = key
        self._clock = clock

    async def take(self, tx: Tx, limit: Limit, who: str, cost: int = 1) -> Taken:
        """Take from a limit if it still fits.

        What was taken counts once the transaction is committed: take in one of its own, which a
        refusal of what follows does not undo. The row is locked until then.
        """
        now = self._clock.now()
        bucket = self.bucket(limit, who)
        took = await stored.take(
            tx, bucket=bucket, at=now, cost=limit.each * cost, per=limit.per
        )
        if took is not None:
            return Taken(is_allowed=True, wait_seconds=0.0)
        return judge(limit, await stored.due(tx, bucket=bucket), now, cost)

    async def count(self, tx: Tx, limit: Limit, who: str, cost: int = 1) -> None:
        """Note something that happened, a failure for instance, whether it fits or not."""
        await stored.force(
            tx,
            bucket=self.bucket(limit, who),
            at=self._clock.now(),
            cost=limit.each * cost,
            per=limit.per,
        )

    async def count_all(
        self, tx: Tx, taken: Sequence[tuple[Limit, str, int]]
    ) -> list[datetime]:
        """Note what several took, each of their own limit, whether it fits or not.

        Returns:
            when all of it is paid back, in the order of what was given.
        """
        costs = {
            self.bucket(limit, who): (limit.each * cost, limit.per)
            for limit, who, cost in taken
        }
        found = await stored.force_all(
            tx,
            buckets=list(costs),
            at=self._clock.now(),
            costs=[cost for cost, _ in costs.values()],
            pers=[per for _, per in costs.values()],
        )
        due = {one.bucket: one.due_at for one in found}
        return [due[self.bucket(limit, who)] for limit, who, _ in taken]

    async def look(self, tx: ReadTx, limit: Limit, who: str, cost: int = 1) -> Taken:
        """Say whether something would fit, without taking it."""
        due = await stored.due(tx, bucket=self.bucket(limit, who))
        return judge(limit, due, self._clock.now(), cost)

    async def forgive(self, tx: Tx, limits: tuple[Limit, ...], who: str) -> None:
        """Forget what somebody took: they proved who they are."""
        await stored.clear(tx, buckets=[self.bucket(limit, who) for limit in limits])

    async def sweep(self, tx: Tx) -> int:
        """Forget buckets in which everything is paid back; return how many."""
        return await stored.sweep_throttles(tx, at=self._clock.now())

    def bucket(self, limit: Limit, who: str) -> bytes:
        """Return the keyed hash by which a limit of somebody is found."""
        text = f"{limit.name}\x00{who}".encode()
        return hmac.digest(self._key, text, "sha256")[:_BUCKET_BYTES]

"""What is counted in memory and written down every few seconds: use of keys, decisions.

A decision without its evidence opens nothing and is asked thousands of times a second; the audit
log gets one entry per key, purpose and outcome with a count (docs/decisions/0015). What was not
written down when the process is killed is lost: ten seconds of counts, no act about a person.
"""

import asyncio
from collections import Counter
from typing import Final
from uuid import UUID

from candor.domain.access.model.keys import APIKey
from candor.domain.access.service import api_keys
from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor, Outcome
from candor.domain.shield.service import networks
from candor.infra.db.pool import Database
from candor.infra.log import logger
from candor.kernel.clock import Clock
from candor.kernel.errors import Unavailable

_SECONDS: Final = 10.0
_log: Final = logger("api")


def actor_of(key_id: UUID) -> Actor:
    """Return the actor under which a key stands in the audit log."""
    return Actor.machine(f"api:{key_id}")


class Tallies:
    """Counts of one process, until they are written down."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Start with nothing counted."""
        self._database = database
        self._clock = clock
        self._used: set[tuple[UUID, bytes | None]] = set()
        self._decided: Counter[tuple[UUID, str, bool]] = Counter()
        self._timer: asyncio.TimerHandle | None = None
        self._at_work: asyncio.Task[None] | None = None

    def used(self, key: APIKey, network: bytes | None) -> None:
        """Count the use of a key, and from which network (keyed hash) it came."""
        if (key.key_id, network) not in self._used:
            self._used.add((key.key_id, network))
            self._later()

    def decided(self, key: APIKey, purpose: str, *, allowed: bool) -> None:
        """Count a decision."""
        self._decided[key.key_id, purpose, allowed] += 1
        self._later()

    async def write_down(self) -> None:
        """Write down what was counted; when that fails, it is tried again later."""
        used, self._used = self._used, set()
        decided, self._decided = self._decided, Counter()
        if not used and not decided:
            return
        try:
            async with self._database.tx() as tx:
                await api_keys.touch(tx, {key_id for key_id, _ in used}, self._clock)
                for key_id, network in used:
                    if network is not None:
                        who = f"key:{key_id}"
                        await networks.note(tx, actor_of(key_id), who, network, self._clock)
                for (key_id, purpose, allowed), times in decided.items():
                    await audit.record(
                        tx,
                        actor=actor_of(key_id),
                        action="consent.decided",
                        clock=self._clock,
                        purpose=purpose or None,
                        outcome=Outcome.ALLOWED if allowed else Outcome.REFUSED,
                        detail={"times": times},
                    )
        except Unavailable:
            if self._database.is_closed:  # the process is ending: nobody would hear a later try
                return
            _log.warning("counts of the API wait for the database")
            self._used |= used
            self._decided += decided
            self._later()

    async def close(self) -> None:
        """Write down what is left."""
        if self._timer is not None:
            self._timer.cancel()
        await self.write_down()

    def _later(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_SECONDS, self._begin)

    def _begin(self) -> None:
        self._timer = None
        self._at_work = asyncio.get_running_loop().create_task(self.write_down())

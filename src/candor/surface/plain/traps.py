"""Canary keys at the doors: whoever tries one that was laid out has stolen it.

Asked only about keys that open nothing, so it costs honest callers nothing; the answer to the
caller is the same either way.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Final

from candor.domain.audit.model import Actor
from candor.domain.shield.model.canary import CanaryKind
from candor.domain.shield.service import canaries
from candor.infra.db.pool import Database
from candor.kernel.clock import Clock
from candor.surface.plain.doors import Doors

_AT: Final = {
    CanaryKind.API_KEY: Actor.machine("api"),
    CanaryKind.WRITE_KEY: Actor.machine("door"),
}


class Traps:
    """Knows canary keys by their hash. One per process."""

    def __init__(self, database: Database, clock: Clock, doors: Doors) -> None:
        """Take what tells where a request comes from."""
        self._database = database
        self._clock = clock
        self._doors = doors

    async def tried(self, kind: CanaryKind, secret: str, scope: Mapping[str, object]) -> None:
        """Write it down when a key that opens nothing is a canary, in a transaction of its own."""
        mark = sha256(secret.encode()).digest()
        async with self._database.tx() as tx:
            await canaries.trip(
                tx,
                kind,
                mark,
                actor=_AT[kind],
                network=self._doors.origin(self._doors.caller(scope)).network,
                clock=self._clock,
            )

"""Delivering: claim, ask the gate, send, write down what became of it."""

from dataclasses import dataclass
from uuid import UUID

from candor.domain.audit.model import Actor
from candor.domain.connections.service.exchange import Exchange
from candor.infra.db.pool import Tx
from candor.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class Done:
    """What became of deliveries in one round."""

    acknowledged: int = 0
    needless: int = 0
    later: int = 0
    parked: int = 0
    wait_seconds: float | None = None  # it is to be left alone for so long

    @property
    def count(self) -> int:
        """Return how many were looked at."""
        return self.acknowledged + self.needless + self.later + self.parked


async def deliver(exchange: Exchange, connection_id: UUID) -> Done:
    """Deliver what is due over one connection, one round: claim, admit, send, settle."""
    raise NotImplementedError


async def retry(
    tx: Tx, connection_id: UUID, delivery_id: UUID | None, *, actor: Actor, clock: Clock
) -> int:
    """Try parked deliveries of a connection again, one or all; audited; returns how many."""
    raise NotImplementedError


async def drop(
    tx: Tx, connection_id: UUID, delivery_id: UUID | None, *, actor: Actor, clock: Clock
) -> int:
    """Give parked deliveries of a connection up, one or all; audited; returns how many."""
    raise NotImplementedError

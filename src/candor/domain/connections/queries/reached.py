"""The statements about where what changed on people has come, and how soon."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from candor.infra.db.pool import ReadTx
from candor.infra.db.sql import load


@dataclass(frozen=True, slots=True)
class TripRow:
    """One delivery about a person, and where to."""

    delivery_id: UUID
    code: str
    name: str
    vendor_id: UUID | None
    connection_state: str
    cause: str
    state: str
    act: str | None
    changed_at: datetime
    settled_at: datetime | None
    problem: str | None


@dataclass(frozen=True, slots=True)
class ReceivedRow:
    """A system that was given something about a person."""

    code: str
    name: str
    vendor_id: UUID | None
    purposes: list[str]
    times: int
    last_at: datetime
    is_held: bool


@dataclass(frozen=True, slots=True)
class PaceRow:
    """How long it took, in seconds; None: nothing went."""

    count: int
    p50: float | None
    p95: float | None
    p99: float | None


_sql: Final = load(__file__)
_TRIPS: Final = _sql.rows("trips", TripRow)
_RECEIVED: Final = _sql.rows("received", ReceivedRow)
_PACE: Final = _sql.rows("pace", PaceRow)


async def trips(
    tx: ReadTx, *, profile_ids: Sequence[UUID], since: datetime, at_most: int
) -> list[TripRow]:
    """Return what went to other systems about these profiles, or is on its way, newest first."""
    values = {"profile_ids": list(profile_ids), "since": since, "at_most": at_most}
    return await tx.all(_TRIPS, values)


async def received(
    tx: ReadTx, *, profile_ids: Sequence[UUID], since: datetime
) -> list[ReceivedRow]:
    """Return who was given something about these profiles since an instant, the last one first."""
    return await tx.all(_RECEIVED, {"profile_ids": list(profile_ids), "since": since})


async def pace(tx: ReadTx, *, since: datetime) -> PaceRow:
    """Return how long changes of mind took to be acknowledged, since an instant."""
    return await tx.one(_PACE, {"since": since})

"""The statements of signals."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from candor.domain.consent.model.signal import Heard
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load


@dataclass(frozen=True, slots=True)
class LastString:
    """The last string of a kind that came through a profile."""

    profile_id: UUID
    kind: str
    value: str | None
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class StandingChoice:
    """The choice that counts of a profile about a purpose."""

    profile_id: UUID
    purpose_id: int
    choice: str
    decided_at: datetime
    is_over_gpc: bool


_sql: Final = load(__file__)
_INSERT_SIGNALS: Final = _sql.rows("insert_signals", UUID)
_LAST_STRINGS: Final = _sql.rows("last_strings", LastString)
_STANDING_CHOICES: Final = _sql.rows("standing_choices", StandingChoice)
_SIGNALS: Final = _sql.rows("signals", Heard)


async def insert_signals(tx: Tx, columns: Mapping[str, Any]) -> frozenset[UUID]:
    """Append signals, given as one list per column; return the ids of those that are new."""
    return frozenset(await tx.values(_INSERT_SIGNALS, columns))


async def last_strings(tx: ReadTx, *, profile_ids: Sequence[UUID]) -> list[LastString]:
    """Return the last TCF and GPP string that came through each of these profiles."""
    return await tx.all(_LAST_STRINGS, {"profile_ids": list(profile_ids)})


async def standing_choices(
    tx: ReadTx, *, profile_ids: Sequence[UUID], purpose_ids: Collection[int]
) -> list[StandingChoice]:
    """Return the choice that counts of each of these profiles about each of these purposes."""
    params = {"profile_ids": list(profile_ids), "purpose_ids": list(purpose_ids)}
    return await tx.all(_STANDING_CHOICES, params)


async def signals(tx: ReadTx, *, profile_ids: Sequence[UUID]) -> list[Heard]:
    """Return every signal that counts for these profiles, oldest first."""
    return await tx.all(_SIGNALS, {"profile_ids": list(profile_ids)})

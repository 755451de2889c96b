"""The statements about erasures: whose keys were destroyed, and in which transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load
from candor.kernel.ids import ProfileId


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a transaction; none when this server cannot know."""

    transaction: str
    fate: str | None


_sql: Final = load(__file__)
_INSERT: Final = _sql.rows("insert_erasures", str)
_ERASED: Final = _sql.rows("erased_among", UUID)
_FATES: Final = _sql.rows("fates", Fate)


async def insert_erasures(tx: Tx, *, profile_ids: Sequence[UUID], at: datetime) -> str:
    """Note whose keys were destroyed; return server and number of this transaction."""
    return await tx.value(_INSERT, {"profile_ids": list(profile_ids), "at": at}) or ""


async def erased_among(tx: ReadTx, *, profile_ids: Sequence[UUID]) -> list[ProfileId]:
    """Return which of these profiles are noted as erased."""
    found = await tx.values(_ERASED, {"profile_ids": list(profile_ids)})
    return [ProfileId(profile_id) for profile_id in found]


async def fates(tx: ReadTx, *, transactions: Sequence[str]) -> list[Fate]:
    """Return what became of transactions."""
    return await tx.all(_FATES, {"transactions": list(transactions)})

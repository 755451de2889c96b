"""The statements of the law that protects a person."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from candor.infra.db.pool import Tx
from candor.infra.db.sql import load

_sql: Final = load(__file__)
_SET_REGIME: Final = _sql.rows("set_regime", UUID)


async def set_regime(tx: Tx, *, profile_ids: Sequence[UUID], regime: str | None) -> list[UUID]:
    """Say which law protects these profiles; return those for which it changed."""
    params = {"profile_ids": list(profile_ids), "regime": regime}
    return await tx.values(_SET_REGIME, params)

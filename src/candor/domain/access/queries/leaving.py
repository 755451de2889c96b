"""The statements about what ends with somebody's leaving."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from candor.domain.access.model.factors import Weight
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load

_sql: Final = load(__file__)
_WEIGH: Final = _sql.rows("weigh", Weight)
_SET_ROLE: Final = _sql.command("set_role_of")


async def weigh(tx: ReadTx, *, staff_id: UUID, at: datetime) -> Weight:
    """Return how much would end with somebody's leaving."""
    params: dict[str, Any] = {"staff_id": staff_id, "at": at}
    return await tx.one(_WEIGH, params)


async def set_role_of(tx: Tx, *, staff_id: UUID, role: str) -> int:
    """Give somebody another role; return 1, or 0 when they left."""
    return await tx.run(_SET_ROLE, {"staff_id": staff_id, "role": role})

"""The statements about keys that somebody of staff answers for."""

from datetime import datetime
from typing import Final
from uuid import UUID

from candor.domain.access.model.keys import HeldKey
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load

_sql: Final = load(__file__)
_KEYS_OF: Final = _sql.rows("keys_of", HeldKey)
_HAND_ON_API_KEY: Final = _sql.command("hand_on_api_key")
_HAND_ON_WRITE_KEY: Final = _sql.command("hand_on_write_key")
_END_WRITE_KEY: Final = _sql.command("end_write_key")


async def keys_of(tx: ReadTx, *, staff_id: UUID, at: datetime) -> list[HeldKey]:
    """Return the keys that work and that a member of staff answers for."""
    return await tx.all(_KEYS_OF, {"staff_id": staff_id, "at": at})


async def hand_on_api_key(tx: Tx, *, staff_id: UUID, ref: str, to: UUID) -> int:
    """Let another answer for a key of the API; return 1, or 0 when there is no such one."""
    return await tx.run(_HAND_ON_API_KEY, {"staff_id": staff_id, "ref": ref, "to": to})


async def hand_on_write_key(tx: Tx, *, staff_id: UUID, ref: str, to: UUID) -> int:
    """Let another answer for a write key; return 1, or 0 when there is no such one."""
    return await tx.run(_HAND_ON_WRITE_KEY, {"staff_id": staff_id, "ref": ref, "to": to})


async def end_write_key(tx: Tx, *, staff_id: UUID, ref: str, at: datetime) -> int:
    """Stop one write key of a member of staff; return 1, or 0 when there is no such one."""
    return await tx.run(_END_WRITE_KEY, {"staff_id": staff_id, "ref": ref, "at": at})

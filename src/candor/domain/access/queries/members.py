"""The statements about members."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from candor.domain.access.model.sign_in import Staff
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load

_sql: Final = load(__file__)
_PUT_STAFF: Final = _sql.rows("put_staff", Staff)
_FIND_STAFF: Final = _sql.rows("find_staff", Staff)
_ALL_STAFF: Final = _sql.rows("all_staff", Staff)


async def put_staff(
    tx: Tx, *, staff_id: UUID, handle: str, display_name: str, role: str, at: datetime
) -> Staff:
    """Make a member of staff, or bring name and role up to date."""
    params: dict[str, Any] = {
        "staff_id": staff_id,
        "handle": handle,
        "display_name": display_name,
        "role": role,
        "at": at,
    }
    return await tx.one(_PUT_STAFF, params)


async def find_staff(tx: ReadTx, *, staff_id: UUID) -> Staff | None:
    """Return a member of staff."""
    return await tx.maybe(_FIND_STAFF, {"staff_id": staff_id})


async def all_staff(tx: ReadTx) -> list[Staff]:
    """Return all members of staff."""
    return await tx.all(_ALL_STAFF)

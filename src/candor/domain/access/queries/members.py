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
_INSERT_STAFF: Final = _sql.command("insert_staff")
_BY_NAME: Final = _sql.rows("staff_by_name", Staff)
_LOCK_STAFF: Final = _sql.rows("lock_staff", Staff)
_LOCK_ADMINISTRATORS: Final = _sql.rows("lock_administrators", Staff)
_MARK_LEFT: Final = _sql.command("mark_left")


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


async def insert_staff(tx: Tx, *, member: Staff, at: datetime) -> int:
    """Make a member of staff; return 1, or 0 when the handle or the address is taken."""
    params: dict[str, Any] = {
        "staff_id": member.staff_id,
        "handle": member.handle,
        "display_name": member.display_name,
        "role": member.role,
        "email": member.email,
        "at": at,
    }
    return await tx.run(_INSERT_STAFF, params)


async def staff_by_name(tx: ReadTx, *, name: str) -> Staff | None:
    """Return a member of staff by handle or address."""
    return await tx.maybe(_BY_NAME, {"name": name})


async def lock_staff(tx: Tx, *, staff_id: UUID) -> Staff | None:
    """Return a member of staff and keep others from changing them."""
    return await tx.maybe(_LOCK_STAFF, {"staff_id": staff_id})


async def lock_administrators(tx: Tx) -> list[Staff]:
    """Return the administrators who did not leave, and keep others from changing them."""
    return await tx.all(_LOCK_ADMINISTRATORS)


async def mark_left(tx: Tx, *, staff_id: UUID, at: datetime) -> int:
    """Note that somebody left; return 1, or 0 when they had."""
    return await tx.run(_MARK_LEFT, {"staff_id": staff_id, "at": at})

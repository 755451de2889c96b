"""Members of staff: who they are and what they may."""

from uuid import UUID

from candor.domain.access.errors import (
    NoSuchStaff,
    NotPermitted,
    NotSignedIn,
)
from candor.domain.access.model.roles import Permission, Role, may
from candor.domain.access.model.sign_in import Session, Staff
from candor.domain.access.queries import members as stored
from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.clock import Clock
from candor.kernel.ids import StaffId, new_id


async def put(tx: Tx, *, handle: str, display_name: str, role: Role, clock: Clock) -> Staff:
    """Make a member of staff, or bring name and role up to date."""
    staff = await stored.put_staff(
        tx,
        staff_id=new_id(),
        handle=handle,
        display_name=display_name,
        role=role,
        at=clock.now(),
    )
    await audit.record(
        tx,
        actor=Actor.machine("cli"),
        action="access.staff_put",
        clock=clock,
        detail={"staff": str(staff.staff_id), "role": role.value},
    )
    return staff


async def everybody(tx: ReadTx) -> list[Staff]:
    """Return all members of staff, by handle."""
    return await stored.all_staff(tx)


async def find(tx: ReadTx, staff_id: UUID) -> Staff | None:
    """Return a member of staff; None: there is none, or they left."""
    return await stored.find_staff(tx, staff_id=staff_id)


async def named(tx: ReadTx, handle: str) -> Staff:
    """Return a member of staff by handle, as somebody typed it.

    Raises:
        NoSuchStaff: there is none of this handle, or they left.
    """
    for member in await stored.all_staff(tx):
        if member.handle == handle.strip().lower() and member.left_at is None:
            return member
    raise NoSuchStaff


async def of_session(tx: ReadTx, session: Session) -> Staff:
    """Return the member of staff behind a session.

    Raises:
        NotSignedIn: the account is gone.
    """
    found = await stored.find_staff(tx, staff_id=StaffId(session.bearer_id))
    if found is None:
        raise NotSignedIn
    return found


def require(member: Staff, permission: Permission) -> None:
    """Let a member of staff pass, or not.

    Raises:
        NotPermitted: the role does not include it.
    """
    if not may(member.role, permission):
        raise NotPermitted


async def role_of(tx: ReadTx, staff_id: str) -> str | None:
    """Return the role of a member of staff, as the audit log names them; None: nobody, or left."""
    try:
        found = await stored.find_staff(tx, staff_id=StaffId(UUID(staff_id)))
    except ValueError:
        return None
    return found.role if found else None

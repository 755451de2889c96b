"""Administrators: never none, and none sent away or demoted by one person alone."""

from uuid import UUID

from candor.domain.access.errors import LastAdministrator
from candor.domain.access.model.roles import Role
from candor.domain.access.model.sign_in import Staff
from candor.domain.access.queries import members as stored
from candor.infra.db.pool import Tx


def is_one(member: Staff) -> bool:
    """Tell whether somebody is an administrator: taking that from them needs two."""
    return member.role == Role.ADMIN


async def keep_one(tx: Tx, staff_id: UUID) -> None:
    """Let an administrator go only when another remains; others pass. Locks the administrators.

    Raises:
        LastAdministrator: no other would remain.
    """
    administrators = await stored.lock_administrators(tx)
    others = [member for member in administrators if member.staff_id != staff_id]
    if len(others) < len(administrators) and not others:
        raise LastAdministrator

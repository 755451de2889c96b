"""Telling staff by mail what changed in their sign-in (ASVS 5.0 6.3.7), and inviting them.

A job is deferred with the change: told is what was committed, and nothing else.
"""

from typing import Final
from uuid import UUID

from candor.domain.access.model.factors import Change
from candor.infra import jobs
from candor.infra.db.pool import Tx
from candor.kernel.clock import Clock

CHANGE_JOB: Final = "access.tell_change"
INVITATION_JOB: Final = "access.send_invitation"


async def tell(tx: Tx, staff_id: UUID, change: Change, clock: Clock) -> None:
    """Have somebody told of a change in their sign-in, where there is an address of theirs."""
    at = clock.now().isoformat()
    await jobs.defer_named(
        tx,
        CHANGE_JOB,
        key=f"{CHANGE_JOB}:{staff_id}:{change}:{at}",
        staff_id=str(staff_id),
        change=change.value,
        at=at,
    )


async def send_invitation(tx: Tx, staff_id: UUID, invitation_id: UUID) -> None:
    """Have an invitation sent; its link is made by the job and stands in no row."""
    await jobs.defer_named(
        tx,
        INVITATION_JOB,
        key=f"{INVITATION_JOB}:{invitation_id}",
        staff_id=str(staff_id),
        invitation_id=str(invitation_id),
    )

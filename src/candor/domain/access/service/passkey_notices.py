"""Telling the bearer by mail that a passkey was added or removed (ASVS 5.0 V6.3.7).

A job is deferred with the change: told is what was committed, and nothing else. It knows ids only.
"""

from typing import Final
from uuid import UUID

from candor.domain.access.model.factors import Change
from candor.domain.access.model.sign_in import Audience
from candor.domain.access.service import staff_notices
from candor.infra import jobs
from candor.infra.db.pool import Tx
from candor.kernel.clock import Clock

JOB: Final = "access.tell_of_passkey"


async def tell(
    tx: Tx, audience: Audience, bearer_id: UUID, change: Change, clock: Clock
) -> None:
    """Have the bearer told, where there is an address of theirs."""
    if audience is Audience.STAFF:
        await staff_notices.tell(tx, bearer_id, change, clock)
        return
    at = clock.now().isoformat()
    await jobs.defer_named(
        tx,
        JOB,
        key=f"{JOB} {bearer_id} {change} {at}",
        bearer_id=str(bearer_id),
        change=change.value,
        at=at,
    )

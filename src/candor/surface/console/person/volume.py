"""How many people one member of staff opens: reading in bulk is shut until two unlock it.

Ordinary work opens a few people an hour. Whoever needs more asks for a permit, which another must
approve and which ends by itself (`/console/security/proposals`). Leafing through the pages of one
person counts once an hour.
"""

from datetime import timedelta
from typing import Final

from candor.domain.access.errors import TooManyPeople
from candor.domain.access.model.roles import Permission
from candor.domain.access.service import proposals
from candor.domain.audit import service as audit
from candor.domain.audit.model import Outcome
from candor.domain.shield.model.limit import Limit
from candor.infra.db.pool import Tx
from candor.kernel.ids import ProfileId
from candor.surface.console.desk import Desk, actor_of
from candor.surface.plain.visits import Visit

PEOPLE: Final = Limit("console.people", 60, timedelta(hours=1))
_SAME: Final = Limit("console.person", 1, timedelta(hours=1))


async def admit(desk: Desk, visit: Visit, profile_id: ProfileId) -> None:
    """Let a member of staff open one more person, in a transaction of its own.

    Raises:
        TooManyPeople: no more this hour, and no permit; written down.
    """
    async with desk.acting(visit) as tx:
        is_admitted = await _fits(desk, tx, visit, profile_id)
        if not is_admitted:
            await audit.record(
                tx,
                actor=actor_of(visit),
                action="profiles.bulk_refused",
                clock=desk.clock,
                outcome=Outcome.REFUSED,
                reason="too_many",
            )
    if not is_admitted:
        raise TooManyPeople


async def _fits(desk: Desk, tx: Tx, visit: Visit, profile_id: ProfileId) -> bool:
    throttles, staff_id = desk.services.throttles, visit.member.staff_id
    if not (await throttles.look(tx, _SAME, f"{staff_id}:{profile_id}")).is_allowed:
        return True
    if not (await throttles.take(tx, PEOPLE, str(staff_id))).is_allowed:
        permits = await proposals.permits_of(tx, staff_id, desk.clock)
        if not any(one.permission == Permission.PEOPLE_BULK for one in permits):
            return False
    await throttles.take(tx, _SAME, f"{staff_id}:{profile_id}")
    return True

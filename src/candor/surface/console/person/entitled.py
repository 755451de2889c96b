"""What stands on a person's page about their rights: holds on them, and what they asked for."""

from dataclasses import replace

from candor.domain.access.model.roles import Permission, may
from candor.domain.consent.service import gate
from candor.domain.rights.service import holds
from candor.domain.rights.service import reading as requests
from candor.infra.db.pool import ReadTx
from candor.kernel.ids import ProfileId
from candor.surface.console.desk import HOME, permitted
from candor.surface.console.person.views import AskedLine, HeldBy, PersonPage
from candor.surface.console.requests import naming
from candor.surface.plain.visits import Visit

_REQUESTS = f"{HOME}/requests"
_SHOWN = 10


async def with_rights(
    tx: ReadTx, visit: Visit, head: ProfileId, page: PersonPage
) -> PersonPage:
    """Return the page with holds and requests, for whoever may see requests."""
    if not may(visit.member.role, Permission.REQUESTS_READ):
        return page
    members = await gate.members(tx, head)
    held = [one for one in await holds.of_person(tx, members) if one.stands]
    asked = await requests.of_person(tx, members, at_most=_SHOWN)
    return replace(
        page,
        holds=tuple(
            HeldBy(
                naming.ground(one.ground), one.reference, one.review_on, f"{_REQUESTS}/holds"
            )
            for one in held
        ),
        requests=tuple(
            AskedLine(
                f"{_REQUESTS}/{one.request_id}",
                naming.right(one.kind),
                *naming.STATES[one.state],
                one.received_at,
            )
            for one in asked
        ),
        hold_url=permitted(visit, Permission.HOLDS_MANAGE, f"{HOME}/people/{head}/hold"),
    )

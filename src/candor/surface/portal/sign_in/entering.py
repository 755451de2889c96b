"""Coming in: what ways into the portal end with, once somebody proved who they are.

A session of its own begins, what the browser held before ends (ASVS 5.0 V7.2.4), and the owner is
told by mail when none of theirs came from there before.
"""

from litestar.response import Redirect

from candor.domain.access.model.sign_in import Audience, Method
from candor.domain.access.service import new_devices, sessions
from candor.domain.profiles.service import read as people
from candor.infra.db.pool import Tx
from candor.kernel.ids import ProfileId
from candor.surface.plain.answers import AnyRequest, see_other
from candor.surface.portal.desk import Desk


async def enter(
    desk: Desk,
    tx: Tx,
    request: AnyRequest,
    profile_id: ProfileId,
    method: Method,
    *,
    is_strong: bool,
) -> str:
    """Begin the session of a customer who proved who they are; return the cookie's secret.

    Args:
        desk: of the portal.
        tx: the transaction in which the proof was used up.
        request: from their browser.
        profile_id: whose page opens.
        method: how they proved it.
        is_strong: whether that is enough for what is risky, for a while.
    """
    services = desk.services
    await desk.visits.end_earlier(tx, request, Audience.CUSTOMER)
    doors = services.doors
    origin = doors.origin(doors.attempt(request, Audience.CUSTOMER, "").caller)
    own = [ProfileId(one.profile_id) for one in await people.members(tx, profile_id)]
    is_new = await new_devices.is_new(tx, own, origin)
    customer = await services.vault.customer(tx, profile_id)
    secret = await sessions.begin(
        tx,
        audience=Audience.CUSTOMER,
        bearer_id=profile_id,
        methods=[method],
        is_strong=is_strong,
        origin=origin,
        pseudonym=customer.pseudonym,
        clock=services.clock,
    )
    if is_new:
        await new_devices.tell(tx, profile_id, services.clock)
    return secret


def opened(desk: Desk, secret: str, path: str) -> Redirect:
    """Send the browser to a page with its new session."""
    answer = see_other(path)
    answer.set_cookie(desk.visits.cookie(Audience.CUSTOMER, secret))
    return answer

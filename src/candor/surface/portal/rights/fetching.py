"""Downloading one's own archive: a form, for it is counted, and after a fresh proof."""

from typing import Final

from litestar import post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Stream

from candor.surface.plain import archive
from candor.surface.plain.answers import AnyRequest
from candor.surface.portal.desk import OWN, Desk
from candor.surface.portal.rights.asking import own
from candor.surface.portal.steering import form

_PROOF: Final = {**OWN, "proof": "gives out everything about somebody"}


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the route of the download."""

    @post("/rights/{request_id:str}/archive", opt=_PROOF, status_code=200)
    async def fetch(request: AnyRequest, request_id: FromPath[str]) -> Stream:
        """Send the archive. Somebody else's is answered as one that does not exist."""
        await form(desk, request)
        async with desk.sitting(request) as sitting:
            found = await own(sitting, request_id)
            order = await archive.take(
                sitting.tx,
                found.request_id,
                whose=sitting.person.profile_ids,
                actor=sitting.actor,
                services=desk.services,
                reader=sitting.reader,
            )
        return await archive.sent(order, desk.services)

    return [fetch]

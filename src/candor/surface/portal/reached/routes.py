"""Where it has reached: the deliveries that the company sees, about this person alone."""

from typing import Final

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from candor.domain.connections.service import reaching
from candor.domain.consent.service import history
from candor.infra.web.reading import reading
from candor.surface.plain.answers import AnyRequest
from candor.surface.portal.desk import OWN, Desk
from candor.surface.portal.leafing import LAST
from candor.surface.portal.reached.filling import KEPT, fill

_MOST: Final = 200  # choices, and as many preferences: newest first


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the route of the page."""

    @get("/reached", opt=OWN)
    async def reached(request: AnyRequest) -> Response[str]:
        """Show ninety days of changes, and where each has come."""
        async with desk.sitting(request) as sitting:
            tx, ids = sitting.tx, sitting.person.profile_ids
            before, before_id = LAST
            choices = await history.choices_before(
                tx,
                profile_ids=ids,
                purpose_id=None,
                before=before,
                before_id=before_id,
                at_most=_MOST,
            )
            wishes = await history.wishes_before(
                tx, profile_ids=ids, before=before, before_id=before_id, at_most=_MOST
            )
            trips = await reaching.trips(tx, ids, since=sitting.reader.now - KEPT)
            told = await reaching.told(tx)
        with reading(sitting.reader):
            view = fill(
                sitting.person,
                choices,
                wishes,
                trips,
                told,
                sitting.rules.in_force,
                sitting.reader,
            )
        return desk.show(sitting, "portal/reached.html", view, "reached")

    return [reached]

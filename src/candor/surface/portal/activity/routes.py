"""Your purchases and what else you did: every event that is kept, newest first."""

from typing import Final
from urllib.parse import quote

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from candor.domain.collect.service import read as collected
from candor.domain.collect.service.read import LAST_ID, LATEST
from candor.domain.consent.service.gate import OWN_DATA
from candor.infra.web.reading import reading
from candor.surface.plain.answers import AnyRequest
from candor.surface.portal.activity.filling import fill
from candor.surface.portal.desk import HOME, OWN, Desk
from candor.surface.portal.leafing import moment_and_id, place
from candor.surface.portal.views import Pager

PAGE: Final = 25
_URL: Final = f"{HOME}/activity"


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the route of the page."""

    @get("/activity", opt=OWN)
    async def activity(request: AnyRequest) -> Response[str]:
        """Show a page of what happened."""
        before = request.query_params.get("before")
        at, after_id = moment_and_id(before) if before is not None else (LATEST, LAST_ID)
        async with desk.sitting(request) as sitting:
            ids = sitting.person.profile_ids
            kept = await collected.kept(sitting.tx, ids)
            found = await collected.events(
                sitting.tx,
                ids,
                purpose=OWN_DATA,
                actor=sitting.actor,
                vault=desk.services.vault,
                before=at,
                before_id=after_id,
                at_most=PAGE + 1,
            )
        events = found[:PAGE]
        older = len(found) > PAGE
        last = (
            quote(place(events[-1].row.occurred_at, events[-1].row.event_id)) if older else ""
        )
        pager = Pager(
            newer_url=_URL if before is not None else None,
            older_url=f"{_URL}?before={last}" if older else None,
        )
        with reading(sitting.reader):
            view = fill(events, kept, sitting.rules.in_force, sitting.reader, pager)
        return desk.show(sitting, "portal/activity.html", view, "activity")

    return [activity]

"""Who looked: the same rows of the log that the company sees about this person."""

from datetime import timedelta
from typing import Final

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from candor.domain.access import service as access
from candor.domain.audit import service as audit
from candor.infra.web.reading import reading
from candor.surface.plain.answers import AnyRequest
from candor.surface.portal.desk import HOME, OWN, Desk
from candor.surface.portal.leafing import number
from candor.surface.portal.looks.filling import fill, whole
from candor.surface.portal.views import Pager

PAGE: Final = 200  # entries of the log; a day's own visits are many entries and one line
MONTH: Final = timedelta(days=30)
_URL: Final = f"{HOME}/looks"
_NEWEST: Final = (1 << 63) - 1


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the route of the page."""

    @get("/looks", opt=OWN)
    async def looks(request: AnyRequest) -> Response[str]:
        """Show who looked, newest first."""
        before = request.query_params.get("before")
        start = number(before) if before is not None else _NEWEST
        async with desk.sitting(request) as sitting:
            tx = sitting.tx
            subjects = await desk.services.vault.pseudonyms(tx, sitting.person.profile_ids)
            found = await audit.about(tx, subjects, before=start, at_most=PAGE + 1)
            counts = await audit.looks(tx, subjects, since=sitting.reader.now - MONTH)
            roles = {str(member.staff_id): member.role for member in await access.staff(tx)}
        entries, go_on = whole(found, PAGE)
        pager = Pager(
            newer_url=_URL if before is not None else None,
            older_url=f"{_URL}?before={go_on}" if go_on else None,
        )
        with reading(sitting.reader):
            view = fill(entries, counts, roles, sitting.rules.in_force, sitting.reader, pager)
        return desk.show(sitting, "portal/looks.html", view, "looks")

    return [looks]

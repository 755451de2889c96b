"""Who looked: the same rows of the log that the company sees about this person."""

from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from candor.domain.access.service import members
from candor.domain.audit import service as audit
from candor.domain.audit.errors import NoSuchEntry
from candor.domain.audit.service import proving
from candor.infra.web.reading import reading
from candor.surface.plain.answers import AnyRequest
from candor.surface.plain.proofs import proof_file
from candor.surface.portal.desk import HOME, OWN, Desk
from candor.surface.portal.leafing import day_of
from candor.surface.portal.looks.filling import fill
from candor.surface.portal.views import Pager

MONTH: Final = timedelta(days=30)
_LARGEST: Final = 1 << 62
_DAY: Final = timedelta(days=1)
_URL: Final = f"{HOME}/looks"


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the route of the page."""

    @get("/looks", opt=OWN)
    async def looks(request: AnyRequest) -> Response[str]:
        """Show thirty days of who looked, ending with the newest day that has something."""
        text = request.query_params.get("before")
        asked = day_of(text) if text is not None else None
        async with desk.sitting(request) as sitting:
            tx, reader = sitting.tx, sitting.reader
            zone = ZoneInfo(reader.zone)
            until = _midnight(asked or reader.now.astimezone(zone).date() + _DAY, zone)
            subjects = await desk.services.vault.pseudonyms(tx, sitting.person.profile_ids)
            newest = await audit.last_about(tx, subjects, before=until) or until
            first = newest.astimezone(zone).date() - MONTH
            window = await audit.window(
                tx, subjects, since=_midnight(first, zone), before=until, zone=reader.zone
            )
            counts = await audit.looks(tx, subjects, since=reader.now - MONTH)
            roles = {
                str(member.staff_id): member.role for member in await members.everybody(tx)
            }
        pager = Pager(
            newer_url=_URL if asked else None,
            older_url=f"{_URL}?before={first.isoformat()}" if window.older else None,
        )
        with reading(reader):
            view = fill(window, counts, roles, sitting.rules.in_force, reader, pager)
        return desk.show(sitting, "portal/looks.html", view, "looks")

    @get("/looks/proof/{entry_id:int}", opt=OWN)
    async def proof(request: AnyRequest, entry_id: FromPath[int]) -> Response[str]:
        """Give one line about this person as a file, with the proof that it is in the log."""
        async with desk.sitting(request) as sitting:
            subjects = await desk.services.vault.pseudonyms(
                sitting.tx, sitting.person.profile_ids
            )
            if not 0 < entry_id < _LARGEST:
                raise NoSuchEntry
            found = await proving.prove(sitting.tx, entry_id, about=subjects)
        return proof_file(found, entry_id)

    return [looks, proof]


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)

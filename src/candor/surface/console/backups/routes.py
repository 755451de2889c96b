"""Backups in the console: what there is, whether it restores, and asking for one.

Nothing is restored by a click: a restore takes the place of everything, and is done where the
operator sits (`candor backup restore`).
"""

from asyncio import to_thread
from functools import partial
from typing import Final

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.response import Redirect

from candor.domain.access.model.roles import Permission, may
from candor.domain.backup.service import asking, reports, runs
from candor.domain.backup.service.place import has_epoch, shelf_of
from candor.kernel.errors import Kind, Refused
from candor.surface.console.backups.filling import backups_page
from candor.surface.console.desk import HOME, Desk, actor_of
from candor.surface.plain.answers import AnyRequest, see_other

URL: Final = f"{HOME}/security/backups"
_JOBS: Final = {"create": asking.CREATE, "drill": asking.DRILL}


class NoSuchDeed(Refused):
    """Nothing of that name can be asked for."""

    code = "console.no_such_deed"
    kind = Kind.NOT_FOUND


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the routes of the backups."""
    services = desk.services

    @get("/security/backups", opt={"permission": Permission.BACKUPS_READ})
    async def every(request: AnyRequest) -> Response[str]:
        """Show how it stands, every backup in the folder, and what was done."""
        visit = desk.visit(request)
        shelf = shelf_of(services.settings, services.keyring)
        opens = partial(has_epoch, services.keyring)
        lines = await to_thread(reports.listing, shelf, opens) if shelf else []
        async with desk.reading(visit) as tx:
            view = backups_page(
                desk.clock.now(),
                str(shelf.folder) if shelf else None,
                services.settings.backup_keep,
                await runs.health(tx, desk.clock),
                lines,
                await runs.newest(tx),
                may_act=may(visit.member.role, Permission.BACKUPS_MANAGE),
                post_url=URL,
                csrf_token=visit.csrf_token,
            )
            return await desk.show(tx, visit, "security/backups", "console/backups.html", view)

    @post(
        "/security/backups",
        opt={"permission": Permission.BACKUPS_MANAGE, "proof": "makes a copy of everything"},
    )
    async def ask(request: AnyRequest) -> Redirect:
        """Ask the worker for a backup or a drill."""
        fields = await desk.form(request)
        visit = desk.visit(request)
        job = _JOBS.get(fields.get("do", ""))
        if job is None:
            raise NoSuchDeed
        async with desk.acting(visit) as tx:
            await asking.ask(
                tx,
                job,
                settings=services.settings,
                staff_id=str(visit.member.staff_id),
                actor=actor_of(visit),
                clock=desk.clock,
            )
        return see_other(URL)

    return [every, ask]

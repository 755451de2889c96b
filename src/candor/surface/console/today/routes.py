"""Today: what needs a decision, what came through the door, what was unified."""

from dataclasses import replace

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from candor.domain.access.model.roles import Permission, may
from candor.domain.backup.service import runs
from candor.domain.collect.service import read as door
from candor.domain.profiles.service import merge
from candor.domain.profiles.service import read as people
from candor.infra.db.pool import ReadTx
from candor.infra.web.reading import reading
from candor.surface.console.backups.routes import URL as BACKUPS
from candor.surface.console.choices.counting import Counts
from candor.surface.console.desk import Desk
from candor.surface.console.hours import DAY, YEAR, Steps
from candor.surface.console.today.filling import today_page, trust_of
from candor.surface.console.today.views import BackupWarning
from candor.surface.plain.answers import AnyRequest
from candor.surface.plain.visits import Visit


def routes(desk: Desk, counts: Counts) -> list[HTTPRouteHandler]:
    """Return the route of the page Today."""

    @get("/", opt={"permission": Permission.TODAY_READ})
    async def today(request: AnyRequest) -> Response[str]:
        """Show what needs whoever signed in."""
        visit = desk.visit(request)
        now = desk.clock.now()
        async with desk.reading(visit) as tx:
            rules = await desk.rules(tx)
            figures = await people.figures(tx)
            breakdown = await people.breakdown(tx)
            waiting = await merge.waiting(tx)
            steps = Steps(await door.hourly(tx, since=DAY.since(now)), DAY, now)
            counted = None
            if may(visit.member.role, Permission.CONSENT_FIGURES):
                counted = await counts.counted(tx, rules, YEAR)
            with reading(desk.reader()):
                trust = None if counted is None else trust_of(visit, counted, rules)
                view = today_page(
                    visit, now, rules.in_force, figures, breakdown, waiting, steps, trust
                )
            view = replace(view, backups=await _backups(tx, desk, visit))
            return await desk.show(tx, visit, "today", "console/today.html", view)

    return [today]


async def _backups(tx: ReadTx, desk: Desk, visit: Visit) -> BackupWarning | None:
    """Return what is wrong with backups, for whoever may look at them; the demo needs none."""
    services = desk.services
    if not may(visit.member.role, Permission.BACKUPS_READ):
        return None
    if services.settings.backup_folder is None:
        none = BackupWarning("No backups are taken: no folder is set for them", BACKUPS)
        return None if services.is_demo else none
    health = await runs.health(tx, desk.clock)
    if health.backup_is_late:
        return BackupWarning("The last good backup is too old, or there is none", BACKUPS)
    if health.drill_is_late:
        return BackupWarning("No backup was restored as a drill for too long", BACKUPS)
    if health.last_failure is not None:
        return BackupWarning("A backup, or its drill, failed", BACKUPS)
    return None

"""Today: what needs a decision, what came through the door, what was unified."""

from dataclasses import replace

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from candor.domain.access.model.roles import Permission, may
from candor.domain.collect.service import read as door
from candor.domain.profiles.service import merge
from candor.infra.web.reading import reading
from candor.surface.console.choices.counting import Counts
from candor.surface.console.desk import Desk
from candor.surface.console.hours import DAY, YEAR, Steps
from candor.surface.console.today.counting import Counting
from candor.surface.console.today.deciding import decisions
from candor.surface.console.today.filling import today_page, trust_of
from candor.surface.console.today.flowing import flows
from candor.surface.console.today.promising import promised
from candor.surface.plain.answers import AnyRequest


def routes(desk: Desk, counts: Counts) -> list[HTTPRouteHandler]:
    """Return the route of the page Today."""
    counting = Counting(desk.clock)

    @get("/", opt={"permission": Permission.TODAY_READ})
    async def today(request: AnyRequest) -> Response[str]:
        """Show what needs whoever signed in."""
        visit = desk.visit(request)
        now = desk.clock.now()
        async with desk.reading(visit) as tx:
            rules = await desk.rules(tx)
            unified = await counting.counted(tx)
            waiting = await merge.waiting(tx)
            steps = Steps(await door.hourly(tx, since=DAY.since(now)), DAY, now)
            counted = None
            if may(visit.member.role, Permission.CONSENT_FIGURES):
                counted = await counts.counted(tx, rules, YEAR)
            with reading(desk.reader()):
                trust = None if counted is None else trust_of(visit, counted, rules)
                view = today_page(visit, now, rules.in_force, unified, waiting, steps, trust)
            view = replace(view, promised=await promised(tx, visit, now))
            flowing = await flows(tx, desk, visit)
            due = await decisions(tx, desk, visit, waiting)
            view = replace(view, flowing=flowing.part, decisions=(*due, *flowing.decisions))
            return await desk.show(tx, visit, "today", "console/today.html", view)

    return [today]

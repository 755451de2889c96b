"""The door: what each source sent, what became of it, masked samples of what was refused."""

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from candor.domain.access.model.roles import Permission
from candor.domain.collect.service import read as door
from candor.infra.web.reading import reading
from candor.surface.console import words
from candor.surface.console.desk import Desk, asked
from candor.surface.console.door.filling import Asked, Seen, door_page
from candor.surface.console.hours import DAY, WINDOWS, Steps
from candor.surface.plain.answers import AnyRequest

_SAMPLES = 200


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the route of the door."""

    @get("/connections/door", opt={"permission": Permission.DOOR_READ})
    async def connections(request: AnyRequest) -> Response[str]:
        """Show the counters of the door; a filter that names nothing shows everything."""
        visit = desk.visit(request)
        now = desk.clock.now()
        async with desk.reading(visit) as tx:
            in_force = (await desk.rules(tx)).in_force
            source, outcome = asked(request, "source"), asked(request, "outcome")
            wanted = Asked(
                source if source in in_force.sources else None,
                outcome if outcome in words.OUTCOMES else None,
                WINDOWS.get(asked(request, "window"), DAY),
            )
            since = wanted.window.since(now)
            seen = Seen(
                await door.counters(tx, since=since),
                await door.refusals(tx, at_most=_SAMPLES),
                Steps(await door.hourly(tx, since=since), wanted.window, now),
                since,
            )
            with reading(desk.reader()):
                view = door_page(wanted, seen, in_force)
            return await desk.show(tx, visit, "connections/door", "console/door.html", view)

    return [connections]

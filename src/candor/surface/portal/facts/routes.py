"""What we know: every fact, where it came from and what it is used for."""

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from candor.domain.collect.service import read as collected
from candor.domain.consent.service import gate
from candor.infra.web.reading import reading
from candor.surface.plain.answers import AnyRequest
from candor.surface.portal.desk import OWN, Desk
from candor.surface.portal.facts.filling import TOP, fill


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the route of the page."""

    @get("/facts", opt=OWN)
    async def facts(request: AnyRequest) -> Response[str]:
        """Show every fact."""
        async with desk.sitting(request) as sitting:
            ids = sitting.person.profile_ids
            traits = await collected.traits(sitting.tx, ids, top=TOP)
            decisions = await gate.explained(
                sitting.tx,
                sitting.person.head_id,
                policy=sitting.rules.policy,
                now=sitting.reader.now,
            )
        with reading(sitting.reader):
            view = fill(sitting.person, traits, sitting.rules, decisions)
        return desk.show(sitting, "portal/facts.html", view, "facts")

    return [facts]

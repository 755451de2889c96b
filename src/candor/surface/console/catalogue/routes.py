"""The catalogue: all that may be kept, and what for."""

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from candor.domain.access.model.roles import Permission
from candor.domain.catalogue import service as catalogue
from candor.surface.console.catalogue.filling import catalogue_page
from candor.surface.console.desk import Desk
from candor.surface.plain.answers import AnyRequest


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the route of the catalogue."""

    @get("/catalogue", opt={"permission": Permission.CATALOGUE_READ})
    async def show(request: AnyRequest) -> Response[str]:
        """Show the catalogue in force and every version before it."""
        visit = desk.visit(request)
        async with desk.reading(visit) as tx:
            in_force = (await desk.rules(tx)).in_force
            view = catalogue_page(
                in_force, await catalogue.versions(tx), await desk.colleagues(tx)
            )
            return await desk.show(
                tx, visit, "catalogue/declared", "console/catalogue.html", view
            )

    return [show]

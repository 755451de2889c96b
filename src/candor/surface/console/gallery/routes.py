"""The pattern gallery, for whoever works on the look."""

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from candor.domain.access.model.roles import Permission
from candor.surface.console.desk import Desk
from candor.surface.plain.answers import AnyRequest
from candor.surface.plain.views import GalleryPage


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the routes of the gallery."""

    @get("/gallery", opt={"permission": Permission.TODAY_READ})
    async def gallery(request: AnyRequest) -> Response[str]:
        """Show every piece in every state."""
        visit = desk.visit(request)
        async with desk.reading(visit) as tx:
            view = GalleryPage(desk.clock.now())
            return await desk.show(tx, visit, "", "gallery.html", view)

    return [gallery]

"""What everybody chose: counts about nobody, for those who plan by them."""

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from candor.domain.access.model.roles import Permission
from candor.infra.web.reading import reading
from candor.surface.console.choices.counting import Counts
from candor.surface.console.choices.filling import WINDOWS, choices_page
from candor.surface.console.desk import Desk, asked
from candor.surface.console.hours import MONTH
from candor.surface.plain.answers import AnyRequest


def routes(desk: Desk, counts: Counts) -> list[HTTPRouteHandler]:
    """Return the route of everybody's choices."""

    @get("/choices", opt={"permission": Permission.CONSENT_FIGURES})
    async def show(request: AnyRequest) -> Response[str]:
        """Show how purposes are answered and whom messages reach; nobody can be looked up."""
        visit = desk.visit(request)
        window = WINDOWS.get(asked(request, "window"), MONTH)
        async with desk.reading(visit) as tx:
            rules = await desk.rules(tx)
            counted = await counts.counted(tx, rules, window)
            with reading(desk.reader()):
                view = choices_page(visit, counted, rules, window, counted.at)
            return await desk.show(tx, visit, "audiences", "console/choices.html", view)

    return [show]

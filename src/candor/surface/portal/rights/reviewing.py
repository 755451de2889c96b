"""Decisions that machines made: how, what they mean, and having a person look."""

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.response import Redirect

from candor.domain.rights.model.request import Right
from candor.infra.web.reading import reading
from candor.surface.plain.answers import AnyRequest, see_other
from candor.surface.portal.desk import OWN, Desk
from candor.surface.portal.rights.asking import MOST_SIGNS, ask, shown
from candor.surface.portal.rights.cards import URL
from candor.surface.portal.rights.views import HumanPage, KindLine
from candor.surface.portal.steering import form


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the routes of the page and its buttons."""

    @get("/rights/human", opt=OWN)
    async def human(request: AnyRequest) -> Response[str]:
        """Show which decisions machines make, and which they made about the person."""
        async with desk.sitting(request) as sitting:
            declared = sitting.rules.in_force.document.decisions
        with reading(sitting.reader):
            language = sitting.reader.language
            view = HumanPage(
                contest_url=f"{URL}/human",
                only_url=f"{URL}/human/only",
                back_url=URL,
                kinds=tuple(
                    KindLine(
                        one.code,
                        one.title(language),
                        one.text(language).plain,
                        one.text(language).meaning,
                        by_people=False,
                    )
                    for one in declared
                ),
                decisions=(),
            )
        return desk.show(sitting, "portal/human.html", view, "rights")

    @post("/rights/human", opt=OWN)
    async def contest(request: AnyRequest) -> Redirect:
        """Have a person look at a decision."""
        fields = await form(desk, request)
        async with desk.sitting(request) as sitting:
            opened = await ask(
                desk,
                sitting,
                Right.AUTOMATED_DECISION,
                scope={"decision": fields.get("decision", "")},
                words=fields.get("words", "").strip()[:MOST_SIGNS],
            )
        return see_other(shown(opened))

    return [human, contest]

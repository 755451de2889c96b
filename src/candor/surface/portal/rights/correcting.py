"""Having something put right that one cannot change on the page What we know."""

from collections.abc import Mapping
from typing import Final

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.response import Redirect

from candor.domain.rights.model.request import Right
from candor.infra.web.reading import declared, reading
from candor.infra.web.reading import translate as _
from candor.surface.plain.answers import AnyRequest, see_other
from candor.surface.portal.desk import HOME, OWN, Desk, Sitting
from candor.surface.portal.rights.asking import MOST_SIGNS, ask, shown
from candor.surface.portal.rights.cards import URL
from candor.surface.portal.rights.views import CorrectPage, Pick
from candor.surface.portal.steering import form

_ELSE: Final = "something_else"


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the routes of the page and its form."""

    def page(
        sitting: Sitting, fields: Mapping[str, str], error: str | None = None
    ) -> Response[str]:
        with reading(sitting.reader):
            view = CorrectPage(
                post_url=f"{URL}/correct",
                back_url=URL,
                facts_url=f"{HOME}/facts",
                picks=picks(sitting),
                chosen=fields.get("about", ""),
                value=fields.get("value", "")[:MOST_SIGNS],
                why=fields.get("why", "")[:MOST_SIGNS],
                error=error,
            )
        status = 400 if error else 200
        return desk.show(sitting, "portal/put_right.html", view, "rights", status=status)

    @get("/rights/correct", opt=OWN)
    async def ask_what(request: AnyRequest) -> Response[str]:
        """Ask what is wrong and what is right."""
        async with desk.sitting(request) as sitting:
            return page(sitting, {"about": request.query_params.get("about", "")})

    @post("/rights/correct", opt=OWN)
    async def correct(request: AnyRequest) -> Response[str] | Redirect:
        """Ask for it."""
        fields = await form(desk, request)
        value = fields.get("value", "").strip()
        why = fields.get("why", "").strip()
        async with desk.sitting(request) as sitting:
            with reading(sitting.reader):
                known = {pick.code for pick in picks(sitting)}
                error = _wrong(fields.get("about", ""), value, why, known)
            if error is not None:
                return page(sitting, fields, error)
            opened = await ask(
                desk,
                sitting,
                Right.RECTIFICATION,
                scope={"attribute": fields["about"]},
                words=f"{value}\n\n{why}".strip(),
            )
        return see_other(shown(opened))

    return [ask_what, correct]


def picks(sitting: Sitting) -> tuple[Pick, ...]:
    """Return what can be wrong: every kind of fact that we keep, and something else."""
    attributes = sitting.rules.in_force.document.attributes
    found = [Pick(one.code, declared(one.title)) for one in attributes]
    return (*found, Pick(_ELSE, str(_("Something else"))))


def _wrong(about: str, value: str, why: str, known: set[str]) -> str | None:
    if about not in known:
        return str(_("Choose in the list what is wrong."))
    if not value:
        return str(_("Say what is right."))
    if len(value) + len(why) > MOST_SIGNS:
        return str(_("That is too long. Two thousand letters fit; we ask you if we need more."))
    return None

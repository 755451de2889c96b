"""Complaining, and having an answer looked at again by somebody else."""

from collections.abc import Mapping
from uuid import UUID

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect

from candor.domain.rights.errors import WrongMove
from candor.domain.rights.model.request import Request, Right, State
from candor.infra.web.reading import reading
from candor.infra.web.reading import translate as _
from candor.surface.plain import entitled
from candor.surface.plain.answers import AnyRequest, see_other
from candor.surface.portal.desk import OWN, Desk, Sitting
from candor.surface.portal.rights.asking import MOST_SIGNS, ask, own, shown
from candor.surface.portal.rights.cards import URL
from candor.surface.portal.rights.views import ComplainPage
from candor.surface.portal.steering import form


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the routes of the two forms."""

    @get("/rights/complain", opt=OWN)
    async def say_what(request: AnyRequest) -> Response[str]:
        """Ask what went wrong, about one request or in general."""
        async with desk.sitting(request) as sitting:
            about = await _about(sitting, request.query_params.get("about", ""))
            return _page(desk, sitting, about, {})

    @post("/rights/complain", opt=OWN)
    async def complain(request: AnyRequest) -> Response[str] | Redirect:
        """Complain."""
        fields = await form(desk, request)
        async with desk.sitting(request) as sitting:
            about = await _about(sitting, request.query_params.get("about", ""))
            return await _keep(desk, sitting, Right.COMPLAINT, about, fields)

    @get("/rights/{request_id:str}/appeal", opt=OWN)
    async def say_why(request: AnyRequest, request_id: FromPath[str]) -> Response[str]:
        """Ask why the answer is wrong."""
        async with desk.sitting(request) as sitting:
            about = await _refused(desk, sitting, request_id)
            return _page(desk, sitting, about, {}, is_appeal=True)

    @post("/rights/{request_id:str}/appeal", opt=OWN)
    async def appeal(
        request: AnyRequest, request_id: FromPath[str]
    ) -> Response[str] | Redirect:
        """Have somebody else look at the answer again."""
        fields = await form(desk, request)
        async with desk.sitting(request) as sitting:
            about = await _refused(desk, sitting, request_id)
            return await _keep(desk, sitting, Right.APPEAL, about, fields)

    return [say_what, complain, say_why, appeal]


async def _about(sitting: Sitting, text: str) -> Request | None:
    return await own(sitting, text) if text else None


async def _refused(desk: Desk, sitting: Sitting, text: str) -> Request:
    """Return a request whose answer can be looked at again.

    Raises:
        NoSuchRequest: none of theirs.
        WrongMove: it was not refused, or the law knows no appeal.
    """
    request = await own(sitting, text)
    if not may_appeal(desk, request):
        raise WrongMove
    return request


def may_appeal(desk: Desk, request: Request) -> bool:
    """Tell whether somebody may ask for a second look: after a No, where the law knows it."""
    laws = desk.services.office.laws
    return request.state is State.REFUSED and laws.knows(request.regime, Right.APPEAL)


async def _keep(
    desk: Desk,
    sitting: Sitting,
    kind: Right,
    about: Request | None,
    fields: Mapping[str, str],
) -> Response[str] | Redirect:
    words = fields.get("words", "").strip()
    is_appeal = kind is Right.APPEAL
    if not words or len(words) > MOST_SIGNS:
        with reading(sitting.reader):
            error = (
                str(
                    _("That is too long. Two thousand letters fit; we ask you if we need more.")
                )
                if words
                else str(_("Write a sentence or two, so that we know what to look at."))
            )
        return _page(desk, sitting, about, fields, is_appeal=is_appeal, error=error)
    about_id: UUID | None = None if about is None else about.request_id
    opened = await ask(
        desk,
        sitting,
        kind,
        scope={} if about_id is None else {"request": str(about_id)},
        words=words,
        about=about_id,
    )
    return see_other(shown(opened))


def _page(
    desk: Desk,
    sitting: Sitting,
    about: Request | None,
    fields: Mapping[str, str],
    *,
    is_appeal: bool = False,
    error: str | None = None,
) -> Response[str]:
    back = URL if about is None else f"{URL}/{about.request_id}"
    post_url = f"{URL}/complain" + (f"?about={about.request_id}" if about else "")
    with reading(sitting.reader):
        view = ComplainPage(
            post_url=f"{back}/appeal" if is_appeal else post_url,
            back_url=back,
            is_appeal=is_appeal,
            about=None if about is None else entitled.asked_for(about.kind),
            authority=sitting.rules.in_force.document.controller.authority,
            contact=desk.services.settings.contact,
            words=fields.get("words", "")[:MOST_SIGNS],
            error=error,
        )
    status = 400 if error else 200
    return desk.show(sitting, "portal/complain.html", view, "rights", status=status)

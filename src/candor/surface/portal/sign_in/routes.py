"""Signing in by a one-time link, and out. Opening the link changes nothing; the button does.

The page before the button opens no data: whoever found the link learns nothing from it.
"""

from typing import Final

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect

from candor.domain.access.errors import LinkSpent
from candor.domain.access.model.sign_in import Audience
from candor.domain.access.service import sessions, sign_in_links
from candor.surface.plain.answers import AnyRequest, see_other
from candor.surface.plain.language import NAMES, links, wanted
from candor.surface.portal.desk import HOME, OWN, Desk
from candor.surface.portal.sign_in.views import CustomerSignInPage

_GONE: Final = 410
_POST_URL: Final = f"{HOME}/sign-in"


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the routes of signing in and out."""
    return [*_in(desk), _out(desk)]


def _in(desk: Desk) -> list[HTTPRouteHandler]:
    services, visits = desk.services, desk.visits

    async def card(
        request: AnyRequest, view: CustomerSignInPage, status: int = 200
    ) -> Response[str]:
        accepted = request.headers.get("accept-language", "")
        locale = wanted(request.query_params.get("lang"), accepted)
        return await desk.show_plain(
            "portal/sign_in.html",
            view,
            locale=locale,
            status=status,
            languages=links(locale) if request.method == "GET" else (),
        )

    @get("/sign-in", opt={"public": "says how to come in"})
    async def explain(request: AnyRequest) -> Response[str]:
        """Say how to come in."""
        return await card(
            request, CustomerSignInPage("none", contact=services.settings.contact)
        )

    @get("/sign-in/{token:str}", opt={"public": "asks before the link is used"})
    async def ask(request: AnyRequest, token: FromPath[str]) -> Response[str]:
        """Ask whether to sign in; the link stays good."""
        try:
            async with services.database.read() as tx:
                link = await sign_in_links.look_at(
                    tx, token, audience=Audience.CUSTOMER, clock=services.clock
                )
        except LinkSpent:
            return await spent(request)
        view = CustomerSignInPage(
            "confirm",
            works_until=link.expires_at,
            post_url=_post_url(request),
            token=token,
            csrf_token=visits.token_before(request),
            contact=services.settings.contact,
        )
        return await card(request, view)

    @post("/sign-in", opt={"public": "uses the link"})
    async def sign_in(request: AnyRequest) -> Response[str] | Redirect:
        """Use the link up and begin a session."""
        fields = await visits.form(request, visits.token_before(request))
        try:
            async with services.database.tx() as tx:
                secret, _ = await sign_in_links.use(
                    tx,
                    fields.get("token", ""),
                    audience=Audience.CUSTOMER,
                    clock=services.clock,
                )
        except LinkSpent:
            return await spent(request)
        answer = see_other(HOME)
        answer.set_cookie(visits.cookie(Audience.CUSTOMER, secret))
        return answer

    async def spent(request: AnyRequest) -> Response[str]:
        view = CustomerSignInPage("used", contact=services.settings.contact)
        return await card(request, view, _GONE)

    return [explain, ask, sign_in]


def _post_url(request: AnyRequest) -> str:
    """Return where the form goes; a language that was chosen goes with it."""
    lang = request.query_params.get("lang", "")
    return f"{_POST_URL}?lang={lang}" if lang in NAMES else _POST_URL


def _out(desk: Desk) -> HTTPRouteHandler:
    services, visits = desk.services, desk.visits

    @post("/sign-out", opt=OWN)
    async def sign_out(request: AnyRequest) -> Redirect:
        """End the session, in the browser and here."""
        visit = visits.of(request)
        await visits.form(request, visit.csrf_token)
        async with services.database.tx(visit.request_id) as tx:
            await sessions.end(tx, visit.session, services.clock)
        answer = see_other(_POST_URL)
        answer.set_cookie(visits.cookie(Audience.CUSTOMER, ""))
        return answer

    return sign_out

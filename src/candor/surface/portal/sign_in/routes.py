"""Signing in by a one-time link that the company gave out, and signing out.

Opening the link changes nothing; the button does. The page before the button opens no data: whoever
found the link learns nothing from it. Coming in by a code stands in `by_code`.
"""

from typing import Final

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect

from candor.domain.access.errors import LinkSpent
from candor.domain.access.model.sign_in import Audience, Method
from candor.domain.access.service import sessions, sign_in_links
from candor.kernel.ids import ProfileId
from candor.surface.plain.answers import AnyRequest, signed_out
from candor.surface.portal.browser.forgetting import forget_this
from candor.surface.portal.browser.marking import mark
from candor.surface.portal.desk import HOME, OWN, Desk
from candor.surface.portal.sign_in import by_code, not_me, proving
from candor.surface.portal.sign_in.by_code import URL, in_language, show
from candor.surface.portal.sign_in.entering import enter, opened
from candor.surface.portal.sign_in.views import CustomerSignInPage

_GONE: Final = 410


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the routes of signing in and out, and of proving again that it is oneself."""
    return [
        *by_code.routes(desk),
        *_by_link(desk),
        *proving.routes(desk),
        *not_me.routes(desk),
        _out(desk),
    ]


def _by_link(desk: Desk) -> list[HTTPRouteHandler]:
    services, visits = desk.services, desk.visits

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
            post_url=in_language(request, URL),
            token=token,
            csrf_token=visits.token_before(request),
            contact=services.settings.contact,
        )
        return await show(desk, request, view)

    @post("/sign-in", opt={"public": "uses the link"})
    async def sign_in(request: AnyRequest) -> Response[str] | Redirect:
        """Use the link up and begin a session."""
        fields = await visits.form(request, visits.token_before(request))
        try:
            async with services.database.tx() as tx:
                link = await sign_in_links.use_up(
                    tx,
                    fields.get("token", ""),
                    audience=Audience.CUSTOMER,
                    clock=services.clock,
                )
                secret = await enter(
                    desk, tx, request, ProfileId(link.bearer_id), Method.LINK, is_strong=False
                )
        except LinkSpent:
            return await spent(request)
        return opened(desk, secret, HOME)

    async def spent(request: AnyRequest) -> Response[str]:
        view = CustomerSignInPage(
            "used", contact=services.settings.contact, start_url=in_language(request, URL)
        )
        return await show(desk, request, view, _GONE)

    return [ask, sign_in]


def _out(desk: Desk) -> HTTPRouteHandler:
    services, visits = desk.services, desk.visits

    @post("/sign-out", opt=OWN)
    async def sign_out(request: AnyRequest) -> Redirect:
        """End the session, in the browser and here, and what comes to that browser."""
        visit = visits.of(request)
        await visits.form(request, visit.csrf_token)
        async with services.database.tx(visit.request_id) as tx:
            await forget_this(tx, services, request, visit.profile_id)
            await sessions.end(tx, visit.session, services.clock)
        answer = signed_out(URL)
        answer.set_cookie(visits.cookie(Audience.CUSTOMER, ""))
        answer.set_cookie(mark(services, None))
        return answer

    return sign_out

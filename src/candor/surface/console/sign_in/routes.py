"""Entering by a one-time link, and leaving. Opening the link changes nothing; the button does."""

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect

from candor.domain.access.errors import LinkSpent
from candor.domain.access.model.roles import Permission
from candor.domain.access.model.sign_in import Audience
from candor.domain.access.service import sessions, sign_in_links
from candor.infra.web.pages import render
from candor.surface.console import words
from candor.surface.console.desk import HOME, Desk, Page
from candor.surface.console.sign_in.views import StaffSignInPage
from candor.surface.plain import answers
from candor.surface.plain.answers import AnyRequest
from candor.surface.plain.views import PlainFrame

_URL = f"{HOME}/sign-in"
_GONE = 410


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the routes of signing in and out."""

    async def card(view: StaffSignInPage, status: int = 200) -> Response[str]:
        async with desk.services.database.read() as tx:
            company = (await desk.rules(tx)).in_force.document.company
        reader = desk.reader()
        frame = PlainFrame(
            company, reader.language_tag, reader.direction, is_demo=desk.services.is_demo
        )
        html = render("console/sign_in.html", view, reader=reader, frame=frame)
        return answers.page(html, status=status)

    @get("/sign-in", opt={"public": "says how one comes in"})
    async def came_without_link() -> Response[str]:
        """Say how one comes in."""
        return await card(StaffSignInPage("none"))

    @get("/sign-in/{token:str}", opt={"public": "asks whether it is you; changes nothing"})
    async def ask(request: AnyRequest, token: FromPath[str]) -> Response[str]:
        """Ask whether it is you, so that a mail scanner that follows links uses nothing up."""
        view = await _question(desk, request, token)
        return await card(view, 200 if view.state == "confirm" else _GONE)

    @post("/sign-in", opt={"public": "the token in the form is what lets one in"})
    async def sign_in(request: AnyRequest) -> Page:
        """Use the link up and begin a session."""
        fields = await desk.visits.form(request, desk.visits.token_before(request))
        try:
            async with desk.services.database.tx() as tx:
                secret, _ = await sign_in_links.use(
                    tx, fields.get("token", ""), audience=Audience.STAFF, clock=desk.clock
                )
        except LinkSpent:
            return await card(StaffSignInPage("used"), _GONE)
        answer = answers.see_other(HOME)
        answer.cookies.append(desk.visits.cookie(Audience.STAFF, secret))
        return answer

    @post("/sign-out", opt={"permission": Permission.TODAY_READ})
    async def sign_out(request: AnyRequest) -> Redirect:
        """End the session."""
        await desk.form(request)
        visit = desk.visit(request)
        async with desk.acting(visit) as tx:
            await sessions.end(tx, visit.session, desk.clock)
        answer = answers.see_other(_URL)
        answer.cookies.append(desk.visits.cookie(Audience.STAFF, ""))
        return answer

    return [came_without_link, ask, sign_in, sign_out]


async def _question(desk: Desk, request: AnyRequest, token: str) -> StaffSignInPage:
    """Return the page that asks whether it is you, or says that the link is used up."""
    async with desk.services.database.read() as tx:
        try:
            link = await sign_in_links.look_at(
                tx, token, audience=Audience.STAFF, clock=desk.clock
            )
        except LinkSpent:
            return StaffSignInPage("used")
        member = (await desk.colleagues(tx)).get(link.bearer_id)
    if member is None:
        return StaffSignInPage("used")
    return StaffSignInPage(
        "confirm",
        name=member.display_name,
        role=words.role(member.role),
        works_until=link.expires_at,
        post_url=_URL,
        token=token,
        csrf_token=desk.visits.token_before(request),
    )

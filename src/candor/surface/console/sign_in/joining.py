"""Setting up a sign-in: an invitation, a password, an app, and recovery codes at the end.

Opening the invitation changes nothing. It is used up when everything is set up.
"""

import io
from typing import Final

import segno
from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from candor.domain.access.errors import CeremonyOver, InvitationSpent, PasswordRefused
from candor.domain.access.model.password import SHORTEST
from candor.domain.access.model.sign_in import Audience, Staff
from candor.domain.access.model.totp import key_text, uri_of
from candor.domain.access.service import enrolments, invitations, passwords
from candor.domain.access.service.enrolments import Enrolment
from candor.infra.db.pool import ReadTx
from candor.surface.console import words
from candor.surface.console.desk import HOME, Desk, Page
from candor.surface.console.sign_in.cards import (
    APP,
    GONE,
    JOIN,
    SIGN_IN,
    WRONG,
    attempt_on,
    card,
    remembered,
)
from candor.surface.console.sign_in.views import AppPage, CodesPage, JoinPage
from candor.surface.plain import answers, ceremony_cookie
from candor.surface.plain.answers import AnyRequest

_TEMPLATE: Final = "console/join.html"
_APP_TEMPLATE: Final = "console/join_app.html"
_INVALID: Final = 400
_SCALE: Final = 5  # pixels of the picture per module
NOT_YET: Final = (
    "This code is not right. Is the clock of your phone set by itself? Take the next code."
)
UNLIKE: Final = "The two are not the same. Type the new password again."


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the routes of setting up."""
    return [*_invitation(desk), *_app(desk), _picture(desk)]


def _invitation(desk: Desk) -> list[HTTPRouteHandler]:
    services = desk.services

    @get(
        "/join/{token:str}", opt={"public": "shows whom an invitation is for; changes nothing"}
    )
    async def look(request: AnyRequest, token: FromPath[str]) -> Response[str]:
        """Ask for a password."""
        try:
            async with services.database.read() as tx:
                _, member = await invitations.look_at(tx, token, desk.clock)
        except InvitationSpent:
            return await card(desk, _TEMPLATE, JoinPage("used"), GONE)
        return await card(desk, _TEMPLATE, _page(desk, request, member, token))

    @post("/join", opt={"public": "the invitation in the form is what leads on"})
    async def choose(request: AnyRequest) -> Page:
        """Take the password, and go on to the app."""
        fields = await desk.visits.form(request, desk.visits.token_before(request))
        token = fields.get("token", "")
        try:
            async with services.database.read() as tx:
                invitation, member = await invitations.look_at(tx, token, desk.clock)
                context = await context_of(desk, tx, member)
        except InvitationSpent:
            return await card(desk, _TEMPLATE, JoinPage("used"), GONE)
        try:
            verifier = await chosen(desk, fields, context)
        except PasswordRefused as error:
            view = _page(desk, request, member, token, error)
            return await card(desk, _TEMPLATE, view, _INVALID)
        async with services.database.tx() as tx:
            browser = await enrolments.begin(
                tx,
                member,
                verifier=verifier,
                invitation=invitation.ceremony_hash,
                keyring=services.keyring,
                clock=desk.clock,
            )
        return to_app(desk, browser)

    return [look, choose]


def _picture(desk: Desk) -> HTTPRouteHandler:
    @get("/join/picture", opt={"public": "the same, as a picture for the phone"})
    async def picture(request: AnyRequest) -> Response[bytes]:
        """Return the picture of the key."""
        return drawn((await _under_way(desk, request))[1])

    return picture


def _app(desk: Desk) -> list[HTTPRouteHandler]:
    services = desk.services

    async def page(
        request: AnyRequest, error: str | None = None, status: int = 200
    ) -> Response[str]:
        found, uri = await _under_way(desk, request)
        view = AppPage(
            picture_url=f"{JOIN}/picture",
            key=key_text(found.seed),
            uri=uri,
            handle=found.member.handle,
            post_url=APP,
            csrf_token=desk.visits.token_before(request),
            error=error,
        )
        return await card(desk, _APP_TEMPLATE, view, status)

    @get("/join/app", opt={"public": "for a browser that has chosen a password"})
    async def show(request: AnyRequest) -> Page:
        """Show the key that the app must take in."""
        try:
            return await page(request)
        except CeremonyOver:
            return answers.see_other(SIGN_IN)

    @post("/join/app", opt={"public": "the first code is what ends the set-up"})
    async def finish(request: AnyRequest) -> Page:
        """Take the first code; then everything is kept, and the recovery codes are shown."""
        fields = await desk.visits.form(request, desk.visits.token_before(request))
        try:
            async with services.database.tx() as tx:
                done = await enrolments.finish(
                    tx,
                    ceremony_cookie.browser_of(services, request),
                    fields.get("code", ""),
                    keyring=services.keyring,
                    origin=services.doors.origin(attempt_on(desk, request, None).caller),
                    clock=desk.clock,
                )
                is_in = done is not None
                await desk.visits.end_earlier(tx, request, Audience.STAFF, when=is_in)
            if done is None:
                return await page(request, NOT_YET, WRONG)
        except InvitationSpent:
            return await card(desk, _TEMPLATE, JoinPage("used"), GONE)
        except CeremonyOver:
            return answers.see_other(SIGN_IN)
        view = CodesPage(done.recovery_codes, HOME)
        answer = await card(desk, "console/recovery_codes.html", view)
        answer.set_cookie(desk.visits.cookie(Audience.STAFF, done.secret))
        answer.set_cookie(ceremony_cookie.cookie(services, ""))
        answer.set_cookie(remembered(desk, request, done.member))
        return answer

    return [show, finish]


async def _under_way(desk: Desk, request: AnyRequest) -> tuple[Enrolment, str]:
    """Return the set-up that a browser has under way, and what the picture says to an app.

    Raises:
        CeremonyOver: none is.
    """
    services = desk.services
    browser = ceremony_cookie.browser_of(services, request)
    async with services.database.read() as tx:
        found = await enrolments.look(tx, browser, keyring=services.keyring, clock=desk.clock)
        company = (await desk.rules(tx)).in_force.document.company
    return found, uri_of(found.seed, company=company, handle=found.member.handle)


async def chosen(desk: Desk, fields: dict[str, str], context: tuple[str, ...]) -> str:
    """Return what is kept of the password that a form chooses, typed twice.

    Raises:
        PasswordRefused: it is not good enough, or the two are unlike.
    """
    given = fields.get("password", "")
    if given != fields.get("again", ""):
        raise PasswordRefused(UNLIKE, hint="")
    await passwords.refuse_weak(given, context)
    return await desk.services.passwords.verifier(given)


async def context_of(desk: Desk, tx: ReadTx, member: Staff) -> tuple[str, ...]:
    """Return the words that somebody's password may not hold."""
    company = (await desk.rules(tx)).in_force.document.company
    return (company, member.handle, member.display_name, member.email or "")


def to_app(desk: Desk, browser: str) -> Page:
    """Go on to the app."""
    answer = answers.see_other(APP)
    answer.set_cookie(ceremony_cookie.cookie(desk.services, browser))
    return answer


def drawn(uri: str) -> Response[bytes]:
    """Return a picture (QR code) of an address, which nothing keeps."""
    out = io.BytesIO()
    segno.make(uri, error="m", micro=False).save(
        out, kind="svg", scale=_SCALE, border=4, light="#fff", xmldecl=False
    )
    return Response(out.getvalue(), headers=answers.HEADERS, media_type="image/svg+xml")


def _page(
    desk: Desk,
    request: AnyRequest,
    member: Staff,
    token: str,
    error: PasswordRefused | None = None,
) -> JoinPage:
    return JoinPage(
        "password",
        name=member.display_name,
        handle=member.handle,
        role=words.role(member.role),
        token=token,
        post_url=JOIN,
        csrf_token=desk.visits.token_before(request),
        shortest=SHORTEST,
        error=error.message if error else None,
        hint=error.hint if error else None,
    )

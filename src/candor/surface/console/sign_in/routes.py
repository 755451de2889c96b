"""Coming in: by password and a second factor, or by a one-time link; and leaving.

Opening a link changes nothing; the button does. Setting up a sign-in stands in `joining.py`,
proving again who one is in `proving.py`.
"""

from typing import Final

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect

from candor.domain.access.errors import CeremonyOver, LinkSpent
from candor.domain.access.model.roles import Permission
from candor.domain.access.model.sign_in import Audience, Staff
from candor.domain.access.service import sessions, sign_in_links, staff_sign_in
from candor.surface.console import words
from candor.surface.console.desk import HOME, Desk, Page
from candor.surface.console.provider.client import START, provider_name
from candor.surface.console.sign_in import joining, proving
from candor.surface.console.sign_in.cards import (
    CODE,
    GONE,
    LIMITED,
    SIGN_IN,
    WRONG,
    WRONG_CODE,
    WRONG_PASSWORD,
    attempt_on,
    card,
    held_back,
    remembered,
)
from candor.surface.console.sign_in.views import CodePage, StaffSignInPage
from candor.surface.plain import answers, ceremony_cookie
from candor.surface.plain.answers import AnyRequest
from candor.surface.plain.doors import Attempt

_TEMPLATE: Final = "console/sign_in.html"
_CODE_TEMPLATE: Final = "console/sign_in_code.html"


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the routes of signing in and out."""
    return [
        *_by_password(desk),
        *_second_step(desk),
        *_by_link(desk),
        *joining.routes(desk),
        *proving.routes(desk),
    ]


def _by_password(desk: Desk) -> list[HTTPRouteHandler]:
    services = desk.services

    async def page(
        request: AnyRequest,
        attempt: Attempt,
        fields: dict[str, str] | None = None,
        error: str | None = None,
        status: int = 200,
    ) -> Response[str]:
        view = StaffSignInPage(
            "password",
            post_url=f"{SIGN_IN}/password",
            csrf_token=desk.visits.token_before(request),
            handle=(fields or {}).get("name", "")[:254],
            error=error,
            challenge=await services.doors.challenge(attempt, fields),
            passkey_ask_url=f"{HOME}/passkeys/sign-in/ask",
            passkey_url=f"{HOME}/passkeys/sign-in",
            provider=provider_name(services),
            provider_url=START,
        )
        return await card(desk, _TEMPLATE, view, status)

    @get("/sign-in", opt={"public": "the form by which staff come in"})
    async def ask(request: AnyRequest) -> Response[str]:
        """Show the form."""
        return await page(request, attempt_on(desk, request, None))

    @post("/sign-in/password", opt={"public": "the password in the form is what leads on"})
    async def password(request: AnyRequest) -> Page:
        """Judge the password; when it is right, ask for the second factor."""
        fields = await desk.visits.form(request, desk.visits.token_before(request))
        typed = fields.get("name", "")
        async with services.database.read() as tx:
            candidate = await staff_sign_in.look_up(tx, typed)
        # Counted under what was typed: under the account, tries on one of its names would tell
        # whose the other one is. The log knows the account.
        attempt = attempt_on(desk, request, None, typed)
        if (held := await held_back(desk, attempt, fields)) is not None:
            return await page(request, attempt, fields, held or None, LIMITED)
        given = fields.get("password", "")
        is_right = await services.passwords.matches(given, candidate.verifier)
        if not is_right or not candidate.can_go_on or candidate.member is None:
            await services.doors.failed(attempt_on(desk, request, candidate.member, typed))
            return await page(request, attempt, fields, WRONG_PASSWORD, WRONG)
        await services.doors.passed(attempt)
        fresh = await services.passwords.renewed(given, candidate.verifier)
        async with services.database.tx() as tx:
            browser = await staff_sign_in.begin(
                tx, candidate.member, fresh, former=candidate.verifier, clock=desk.clock
            )
        answer = answers.see_other(CODE)
        answer.set_cookie(ceremony_cookie.cookie(services, browser))
        return answer

    return [ask, password]


def _second_step(desk: Desk) -> list[HTTPRouteHandler]:
    services = desk.services

    async def page(
        request: AnyRequest,
        attempt: Attempt,
        fields: dict[str, str] | None = None,
        error: str | None = None,
        status: int = 200,
    ) -> Response[str]:
        view = CodePage(
            post_url=CODE,
            back_url=SIGN_IN,
            csrf_token=desk.visits.token_before(request),
            error=error,
            challenge=await services.doors.challenge(attempt, fields),
        )
        return await card(desk, _CODE_TEMPLATE, view, status)

    @get("/sign-in/code", opt={"public": "the second step, for a browser that did the first"})
    async def ask(request: AnyRequest) -> Page:
        """Ask for the code; whoever did not do the first step is sent to it."""
        try:
            _, attempt = await _under_way(desk, request)
            return await page(request, attempt)
        except CeremonyOver:
            return answers.see_other(SIGN_IN)

    @post("/sign-in/code", opt={"public": "the code in the form is what lets one in"})
    async def code(request: AnyRequest) -> Page:
        """Judge the code; when it is right, begin a session."""
        fields = await desk.visits.form(request, desk.visits.token_before(request))
        try:
            member, attempt = await _under_way(desk, request)
        except CeremonyOver:
            return answers.see_other(SIGN_IN)
        if (held := await held_back(desk, attempt, fields)) is not None:
            return await page(request, attempt, fields, held or None, LIMITED)
        async with services.database.tx() as tx:
            secret = await staff_sign_in.answer(
                tx,
                ceremony_cookie.browser_of(services, request),
                fields.get("code", ""),
                keyring=services.keyring,
                origin=services.doors.origin(attempt.caller),
                clock=desk.clock,
            )
            is_in = secret is not None
            await desk.visits.end_earlier(tx, request, Audience.STAFF, when=is_in)
        if secret is None:
            await services.doors.failed(attempt)
            return await page(request, attempt, fields, WRONG_CODE, WRONG)
        await services.doors.passed(attempt)
        answer = answers.see_other(HOME)
        answer.set_cookie(desk.visits.cookie(Audience.STAFF, secret))
        answer.set_cookie(ceremony_cookie.cookie(services, ""))
        answer.set_cookie(remembered(desk, request, member))
        return answer

    return [ask, code]


async def _under_way(desk: Desk, request: AnyRequest) -> tuple[Staff, Attempt]:
    """Return who did the first step in this browser, and their try of the second.

    Raises:
        CeremonyOver: this browser did not do the first.
    """
    browser = ceremony_cookie.browser_of(desk.services, request)
    async with desk.services.database.read() as tx:
        member = await staff_sign_in.look(tx, browser, desk.clock)
    return member, attempt_on(desk, request, member, is_second_factor=True)


def _by_link(desk: Desk) -> list[HTTPRouteHandler]:
    @get("/sign-in/{token:str}", opt={"public": "asks whether it is you; changes nothing"})
    async def ask(request: AnyRequest, token: FromPath[str]) -> Response[str]:
        """Ask whether it is you, so that a mail scanner that follows links uses nothing up."""
        view = await _question(desk, request, token)
        status = 200 if view.state == "confirm" else GONE
        return await card(desk, _TEMPLATE, view, status)

    @post("/sign-in", opt={"public": "the token in the form is what lets one in"})
    async def sign_in(request: AnyRequest) -> Page:
        """Use the link up and begin a session. It is no proof for what is risky."""
        fields = await desk.visits.form(request, desk.visits.token_before(request))
        doors = desk.services.doors
        origin = doors.origin(attempt_on(desk, request, None).caller)
        try:
            async with desk.services.database.tx() as tx:
                secret, _ = await sign_in_links.use(
                    tx,
                    fields.get("token", ""),
                    audience=Audience.STAFF,
                    clock=desk.clock,
                    origin=origin,
                )
                await desk.visits.end_earlier(tx, request, Audience.STAFF)
        except LinkSpent:
            return await card(desk, _TEMPLATE, StaffSignInPage("used"), GONE)
        answer = answers.see_other(HOME)
        answer.set_cookie(desk.visits.cookie(Audience.STAFF, secret))
        return answer

    @post("/sign-out", opt={"permission": Permission.TODAY_READ})
    async def sign_out(request: AnyRequest) -> Redirect:
        """End the session."""
        await desk.form(request)
        visit = desk.visit(request)
        async with desk.acting(visit) as tx:
            await sessions.end(tx, visit.session, desk.clock)
        answer = answers.signed_out(SIGN_IN)
        answer.set_cookie(desk.visits.cookie(Audience.STAFF, ""))
        return answer

    return [ask, sign_in, sign_out]


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
    if member is None or member.left_at is not None:
        return StaffSignInPage("used")
    return StaffSignInPage(
        "confirm",
        name=member.display_name,
        role=words.role(member.role),
        works_until=link.expires_at,
        post_url=SIGN_IN,
        token=token,
        csrf_token=desk.visits.token_before(request),
    )

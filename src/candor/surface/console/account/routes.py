"""One's own sign-in: what one has, changing it, and ending sign-ins elsewhere.

Each change needs a fresh proof; a change of password asks for the present one as well.
"""

from typing import Final

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.response import Redirect

from candor.domain.access.errors import CeremonyOver, PasswordRefused
from candor.domain.access.model.password import SHORTEST
from candor.domain.access.model.roles import Permission
from candor.domain.access.model.sign_in import SignIn
from candor.domain.access.model.totp import key_text, uri_of
from candor.domain.access.service import (
    enrolments,
    own_factors,
    staff_sessions,
    staff_sign_in,
)
from candor.surface.console import words
from candor.surface.console.account.views import (
    OwnAppPage,
    OwnCodesPage,
    OwnPasswordPage,
    OwnSignInPage,
    SignInLine,
)
from candor.surface.console.desk import HOME, Desk, Page, actor_of, asked
from candor.surface.console.provider.client import provider_name
from candor.surface.console.sign_in.cards import WRONG, attempt_on, held_back
from candor.surface.console.sign_in.joining import NOT_YET, chosen, context_of, drawn, to_app
from candor.surface.plain import ceremony_cookie
from candor.surface.plain.answers import HEADERS, AnyRequest, see_other
from candor.surface.plain.visits import Visit

URL: Final = f"{HOME}/account"
_OWN: Final = {"permission": Permission.TODAY_READ}  # everybody's own; each role has it
_PROVED: Final = {**_OWN, "proof": "changes what somebody signs in with"}
_DONE: Final = ("password", "app", "ended")
_INVALID: Final = 400
_PLACE: Final = "account"
_WRONG_CURRENT: Final = "Your present password is not right."


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the routes of one's own sign-in."""
    return [
        *_overview(desk),
        *_set_up(desk),
        *_password(desk),
        *_app(desk),
        _picture(desk),
        *_codes(desk),
    ]


def beside() -> list[HTTPRouteHandler]:
    """Return the address at which password managers look for the change of a password (W3C)."""

    @get("/.well-known/change-password", opt={"public": "leads to a page that is not"})
    async def change() -> Redirect:
        """Lead on: staff alone have passwords."""
        return Redirect(f"{URL}/password", status_code=303, headers=HEADERS)

    return [change]


def _overview(desk: Desk) -> list[HTTPRouteHandler]:
    @get("/account", opt=_OWN)
    async def show(request: AnyRequest) -> Response[str]:
        """Show what one signs in with, and where one is signed in."""
        visit = desk.visit(request)
        async with desk.reading(visit) as tx:
            member = visit.member
            factors = await staff_sign_in.factors_of(tx, member.staff_id)
            standing = await staff_sessions.standing(tx, member.staff_id, desk.clock)
            done = asked(request, "done")
            view = OwnSignInPage(
                handle=member.handle,
                address=member.email,
                role=words.role(member.role),
                password_set_at=factors.password_set_at,
                app_since=factors.totp_since,
                recovery_left=factors.recovery_left,
                passkeys=factors.passkeys,
                vouched=factors.vouched,
                provider=provider_name(desk.services),
                provider_url=f"{HOME}/provider",
                sign_ins=tuple(line_of(one, visit.session.session_hash) for one in standing),
                set_up_url=f"{URL}/set-up" if factors.is_empty else None,
                password_url=f"{URL}/password",
                app_url=f"{URL}/app",
                recovery_url=f"{URL}/recovery",
                passkeys_url=f"{HOME}/passkeys",
                end_url=f"{URL}/sign-ins",
                csrf_token=visit.csrf_token,
                done=done if done in _DONE else "",
            )
            return await desk.show(tx, visit, _PLACE, "console/account.html", view)

    @post("/account/sign-ins", opt=_OWN)
    async def end(request: AnyRequest) -> Page:
        """End one other sign-in of one's own, or all others."""
        fields = await desk.form(request)
        visit = desk.visit(request)
        staff_id, actor = visit.member.staff_id, actor_of(visit)
        which = fields.get("which", "")
        async with desk.acting(visit) as tx:
            if which:
                await staff_sessions.end_one(tx, staff_id, which, actor=actor, clock=desk.clock)
            else:
                own = visit.session.session_hash
                await staff_sessions.end_all(
                    tx, staff_id, but=own, actor=actor, clock=desk.clock
                )
        return see_other(f"{URL}?done=ended")

    return [show, end]


def _set_up(desk: Desk) -> list[HTTPRouteHandler]:
    @get("/account/set-up", opt=_OWN)
    async def ask(request: AnyRequest) -> Response[str]:
        """Ask for the first password, of somebody who came in by a link."""
        visit = desk.visit(request)
        return await _password_page(desk, visit, is_set_up=True)

    @post("/account/set-up", opt=_OWN)
    async def begin(request: AnyRequest) -> Page:
        """Take the password and go on to the app."""
        fields = await desk.form(request)
        visit = desk.visit(request)
        async with desk.reading(visit) as tx:
            context = await context_of(desk, tx, visit.member)
        try:
            verifier = await chosen(desk, fields, context)
        except PasswordRefused as error:
            return await _password_page(desk, visit, error, is_set_up=True)
        async with desk.acting(visit) as tx:
            browser = await enrolments.begin(
                tx,
                visit.member,
                verifier=verifier,
                invitation=None,
                keyring=desk.services.keyring,
                clock=desk.clock,
            )
        return to_app(desk, browser)

    return [ask, begin]


def _password(desk: Desk) -> list[HTTPRouteHandler]:
    @get("/account/password", opt=_PROVED)
    async def ask(request: AnyRequest) -> Response[str]:
        """Ask for another password."""
        return await _password_page(desk, desk.visit(request))

    @post("/account/password", opt=_PROVED)
    async def change(request: AnyRequest) -> Page:
        """Change the password; other sign-ins end."""
        fields = await desk.form(request)
        visit = desk.visit(request)
        try:
            await _require_current(desk, request, visit, fields)
            async with desk.reading(visit) as tx:
                context = await context_of(desk, tx, visit.member)
            verifier = await chosen(desk, fields, context)
        except PasswordRefused as error:
            return await _password_page(desk, visit, error)
        async with desk.acting(visit) as tx:
            await own_factors.change_password(tx, visit.session, verifier, desk.clock)
        return see_other(f"{URL}?done=password")

    return [ask, change]


async def _require_current(
    desk: Desk, request: AnyRequest, visit: Visit, fields: dict[str, str]
) -> None:
    """Demand the present password, where there is one; the shield counts wrong ones.

    Raises:
        PasswordRefused: it is not right, or too many were wrong.
    """
    async with desk.reading(visit) as tx:
        candidate = await staff_sign_in.candidate_of(tx, visit.member)
    if candidate.verifier is None:
        return
    attempt = attempt_on(desk, request, visit.member, is_second_factor=True)
    held = await held_back(desk, attempt, fields)
    if held is not None:
        raise PasswordRefused(held or _WRONG_CURRENT, hint="Wait a few minutes.")
    given = fields.get("current", "")
    if not await desk.services.passwords.matches(given, candidate.verifier):
        await desk.services.doors.failed(attempt)
        raise PasswordRefused(_WRONG_CURRENT, hint="")
    await desk.services.doors.passed(attempt)


async def _password_page(
    desk: Desk, visit: Visit, error: PasswordRefused | None = None, *, is_set_up: bool = False
) -> Response[str]:
    async with desk.reading(visit) as tx:
        factors = await staff_sign_in.factors_of(tx, visit.member.staff_id)
        view = OwnPasswordPage(
            post_url=f"{URL}/set-up" if is_set_up else f"{URL}/password",
            back_url=URL,
            csrf_token=visit.csrf_token,
            handle=visit.member.handle,
            shortest=SHORTEST,
            asks_current=not is_set_up and factors.password_set_at is not None,
            is_set_up=is_set_up,
            error=error.message if error else None,
            hint=error.hint if error else None,
        )
        return await desk.show(
            tx,
            visit,
            _PLACE,
            "console/own_password.html",
            view,
            status=_INVALID if error else 200,
        )


def _app(desk: Desk) -> list[HTTPRouteHandler]:
    services = desk.services

    async def page(
        request: AnyRequest, visit: Visit, error: str | None = None
    ) -> Response[str]:
        key, uri = await _key(desk, request, visit)
        view = OwnAppPage(
            picture_url=f"{URL}/app/picture",
            key=key,
            uri=uri,
            handle=visit.member.handle,
            post_url=f"{URL}/app/confirm",
            back_url=URL,
            csrf_token=visit.csrf_token,
            error=error,
        )
        async with desk.reading(visit) as tx:
            return await desk.show(
                tx,
                visit,
                _PLACE,
                "console/own_app.html",
                view,
                status=WRONG if error else 200,
            )

    @get("/account/app", opt=_PROVED)
    async def show(request: AnyRequest) -> Page:
        """Show the key of the app that is being added."""
        try:
            return await page(request, desk.visit(request))
        except CeremonyOver:
            return see_other(URL)

    @post("/account/app", opt=_PROVED)
    async def begin(request: AnyRequest) -> Page:
        """Make a key for another app."""
        await desk.form(request)
        visit = desk.visit(request)
        async with desk.acting(visit) as tx:
            browser = await own_factors.begin_app(
                tx, visit.session, keyring=services.keyring, clock=desk.clock
            )
        answer = see_other(f"{URL}/app")
        answer.set_cookie(ceremony_cookie.cookie(services, browser))
        return answer

    @post("/account/app/confirm", opt=_PROVED)
    async def confirm(request: AnyRequest) -> Page:
        """Take its first code; from then on it makes the codes."""
        fields = await desk.form(request)
        visit = desk.visit(request)
        try:
            async with desk.acting(visit) as tx:
                is_right = await own_factors.confirm_app(
                    tx,
                    visit.session,
                    ceremony_cookie.browser_of(services, request),
                    fields.get("code", ""),
                    keyring=services.keyring,
                    clock=desk.clock,
                )
            if not is_right:
                return await page(request, visit, NOT_YET)
        except CeremonyOver:
            return see_other(URL)
        answer = see_other(f"{URL}?done=app")
        answer.set_cookie(ceremony_cookie.cookie(services, ""))
        return answer

    return [show, begin, confirm]


def _picture(desk: Desk) -> HTTPRouteHandler:
    @get("/account/app/picture", opt=_PROVED)
    async def picture(request: AnyRequest) -> Response[bytes]:
        """Return the picture of the key."""
        return drawn((await _key(desk, request, desk.visit(request)))[1])

    return picture


async def _key(desk: Desk, request: AnyRequest, visit: Visit) -> tuple[str, str]:
    """Return the key that is being added, to be typed and as its address.

    Raises:
        CeremonyOver: none is.
    """
    async with desk.reading(visit) as tx:
        seed = await own_factors.look_at_app(
            tx,
            visit.session,
            ceremony_cookie.browser_of(desk.services, request),
            keyring=desk.services.keyring,
            clock=desk.clock,
        )
        company = (await desk.rules(tx)).in_force.document.company
    return key_text(seed), uri_of(seed, company=company, handle=visit.member.handle)


def _codes(desk: Desk) -> list[HTTPRouteHandler]:
    async def page(visit: Visit, codes: tuple[str, ...] = ()) -> Response[str]:
        async with desk.reading(visit) as tx:
            factors = await staff_sign_in.factors_of(tx, visit.member.staff_id)
            view = OwnCodesPage(
                codes=codes,
                left=factors.recovery_left,
                post_url=f"{URL}/recovery",
                back_url=URL,
                csrf_token=visit.csrf_token,
            )
            return await desk.show(tx, visit, _PLACE, "console/own_codes.html", view)

    @get("/account/recovery", opt=_PROVED)
    async def ask(request: AnyRequest) -> Response[str]:
        """Say what fresh codes do to the former ones."""
        return await page(desk.visit(request))

    @post("/account/recovery", opt=_PROVED)
    async def renew(request: AnyRequest) -> Response[str]:
        """Make fresh codes and show them, once."""
        await desk.form(request)
        visit = desk.visit(request)
        async with desk.acting(visit) as tx:
            codes = await own_factors.renew_recovery_codes(tx, visit.session, desk.clock)
        return await page(visit, tuple(codes))

    return [ask, renew]


def line_of(one: SignIn, own: bytes = b"") -> SignInLine:
    """Return a sign-in as pages show it."""
    return SignInLine(
        ref=staff_sessions.ref_of(one.session_hash),
        device=one.device,
        methods=words.methods(one.methods),
        began_at=one.created_at,
        seen_at=one.last_seen_at,
        ends_at=one.expires_at,
        is_this=one.session_hash == own,
    )

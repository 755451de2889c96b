"""Proving again who one is, before what is risky (step-up). It holds for a quarter of an hour.

What is risky says so in its route (`opt={"proof": …}`, kept by the guard) or calls
`sessions.require_proof`; the error handler sends the browser here, and back afterwards.
"""

from typing import Final

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler

from candor.domain.access.model.roles import Permission
from candor.domain.access.model.sign_in import Audience
from candor.domain.access.service import staff_sign_in
from candor.surface.console.desk import HOME, Desk, Page, asked
from candor.surface.console.provider.client import provider_name
from candor.surface.console.sign_in.cards import (
    LIMITED,
    PROVE,
    WRONG,
    attempt_on,
    card,
    held_back,
    remembered,
)
from candor.surface.console.sign_in.views import ProvePage
from candor.surface.plain import answers
from candor.surface.plain.answers import AnyRequest
from candor.surface.plain.doors import Attempt
from candor.surface.plain.visits import Visit
from candor.surface.plain.way_back import way_back

_OWN: Final = {"permission": Permission.TODAY_READ}  # everybody's own; each role has it
_WRONG: Final = "Password or code is not right, or the code was used already."


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the routes of proving."""
    services = desk.services

    async def page(
        visit: Visit,
        attempt: Attempt,
        fields: dict[str, str],
        error: str | None = None,
        status: int = 200,
    ) -> Response[str]:
        async with desk.reading(visit) as tx:
            factors = await staff_sign_in.factors_of(tx, visit.member.staff_id)
        wanted = way_back(fields.get("next", ""), HOME)
        view = ProvePage(
            name=visit.member.display_name,
            has_password=factors.password_set_at is not None and factors.totp_since is not None,
            has_passkeys=factors.passkeys > 0,
            set_up_url=f"{HOME}/account" if factors.is_empty else None,
            post_url=PROVE,
            next=wanted,
            back_url=HOME,
            csrf_token=visit.csrf_token,
            passkey_ask_url=f"{HOME}/passkeys/prove/ask",
            passkey_url=f"{HOME}/passkeys/prove",
            provider=provider_name(services) if factors.vouched else None,
            provider_url=f"{PROVE}/oidc",
            is_repeat=fields.get("again", "") == "1",
            error=error,
            challenge=await services.doors.challenge(attempt, fields),
        )
        return await card(desk, "console/prove.html", view, status)

    @get("/prove", opt=_OWN)
    async def ask(request: AnyRequest) -> Response[str]:
        """Ask for the proof."""
        visit = desk.visit(request)
        fields = {"next": asked(request, "next"), "again": asked(request, "again")}
        return await page(visit, _attempt(desk, request, visit), fields)

    @post("/prove", opt=_OWN)
    async def prove(request: AnyRequest) -> Page:
        """Judge password and code together; when both are right, go back to what was wanted."""
        fields = await desk.form(request)
        visit = desk.visit(request)
        attempt = _attempt(desk, request, visit)
        if (held := await held_back(desk, attempt, fields)) is not None:
            return await page(visit, attempt, fields, held or None, LIMITED)
        async with desk.reading(visit) as tx:
            candidate = await staff_sign_in.candidate_of(tx, visit.member)
        given = fields.get("password", "")
        secret: str | None = None
        if await services.passwords.matches(given, candidate.verifier):
            async with desk.acting(visit) as tx:
                secret = await staff_sign_in.prove(
                    tx,
                    visit.session,
                    fields.get("code", ""),
                    keyring=services.keyring,
                    clock=desk.clock,
                )
        if secret is None:
            await services.doors.failed(attempt)
            return await page(visit, attempt, fields, _WRONG, WRONG)
        await services.doors.passed(attempt)
        answer = answers.see_other(way_back(fields.get("next", ""), HOME))
        answer.set_cookie(desk.visits.cookie(Audience.STAFF, secret))
        answer.set_cookie(remembered(desk, request, visit.member))
        return answer

    return [ask, prove]


def _attempt(desk: Desk, request: AnyRequest, visit: Visit) -> Attempt:
    return attempt_on(desk, request, visit.member, is_second_factor=True)

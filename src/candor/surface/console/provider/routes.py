"""Coming in through the company's identity provider: there, back, connected, signed out.

The way back is a GET, as the standard has it, and the one GET of ours that acts: its `state`
counts once, in the browser that set out, for ten minutes. Nobody can be brought in by a link.
"""

from datetime import timedelta
from typing import Final
from uuid import UUID

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler

from candor.domain.access.errors import NotBound, ProviderDoubt, ProviderRefused
from candor.domain.access.model.ceremony import Ceremony
from candor.domain.access.model.federation import (
    Going,
    Intent,
    Returned,
    Vouched,
)
from candor.domain.access.model.roles import Permission
from candor.domain.access.model.sign_in import Audience, Session
from candor.domain.access.service import federation, passkeys, sessions
from candor.domain.shield.errors import TooMany
from candor.domain.shield.model.limit import Limit
from candor.infra.db.pool import Tx
from candor.surface.console.desk import HOME, Desk, Page, asked
from candor.surface.console.passkeys.routes import bearer_of
from candor.surface.console.provider.client import Company
from candor.surface.console.provider.filling import fill
from candor.surface.console.provider.views import LeavingPage, ReturnPage
from candor.surface.console.sign_in.cards import SIGN_IN, card
from candor.surface.plain import answers, ceremony_cookie
from candor.surface.plain.answers import AnyRequest
from candor.surface.plain.way_back import way_back

_URL: Final = f"{HOME}/provider"
_OWN: Final = {"permission": Permission.TODAY_READ}  # everybody's own; each role has it
_CALLS: Final = Limit("identity provider", 30, timedelta(minutes=5))
_REFUSED: Final = 403
_BAD: Final = 400
_LONGEST: Final = 2048  # signs of a code or state that are looked at at all


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the routes of the identity provider."""
    company = Company(desk.services)
    way = _Way(desk, company)
    return [*_entering(desk, way), *_proving(desk, way), *_keeping(desk, company, way)]


class _Way:
    """The way to the provider and back."""

    def __init__(self, desk: Desk, company: Company) -> None:
        self._desk = desk
        self._services = desk.services
        self._company = company

    def __deepcopy__(self, memo: dict[int, object]) -> "_Way":
        """Stay the same: the framework copies what handlers are bound to."""
        del memo
        return self

    async def limit(self, request: AnyRequest) -> None:
        """Count a call of this address: each makes us call the provider, or check a signature.

        Raises:
            TooMany: so many that no person makes them.
        """
        caller = self._services.doors.attempt(request, Audience.STAFF, "").caller
        async with self._services.database.tx() as tx:
            taken = await self._services.throttles.take(tx, _CALLS, caller.address)
        if not taken.is_allowed:
            raise TooMany(taken.wait_seconds)

    async def leave(
        self, request: AnyRequest, intent: Intent, goes_on: str, staff_id: UUID | None = None
    ) -> Response[str]:
        """Set out: keep what is needed for the way back, and show where it goes.

        Raises:
            NoProvider, TooMany, ProviderRefused, OutboundFailed.
        """
        await self.limit(request)
        client = self._company.client
        going, url = await client.set_out(intent, goes_on)
        async with self._services.database.tx() as tx:
            browser = await federation.begin(
                tx, going, staff_id=staff_id, clock=self._desk.clock
            )
        view = LeavingPage(client.provider.name, url, SIGN_IN if staff_id is None else goes_on)
        answer = await card(self._desk, "console/leaving.html", view)
        answer.set_cookie(ceremony_cookie.cookie(self._services, browser))
        return answer

    async def back(self, request: AnyRequest) -> tuple[Ceremony, Going, Vouched]:
        """Return what a browser set out for, and whom the provider vouches for.

        The ceremony is used up before anything else, so that no code counts twice.

        Raises:
            ProviderRefused: see `ProviderDoubt`.
            NoProvider, TooMany, OutboundFailed.
        """
        await self.limit(request)
        client = self._company.client
        browser = ceremony_cookie.browser_of(self._services, request)
        async with self._services.database.tx() as tx:
            ceremony = await federation.end(tx, browser, clock=self._desk.clock)
        returned = _returned(request)
        going = federation.going_of(ceremony, returned)
        return ceremony, going, await client.redeem(going, returned)

    async def arrive(
        self, request: AnyRequest, ceremony: Ceremony, going: Going, who: Vouched
    ) -> str | None:
        """Do what somebody went to the provider for; return the secret of a new cookie, if any.

        Raises:
            NotBound, ProviderRefused, NotSignedIn.
        """
        clock = self._desk.clock
        provider = self._company.client.provider
        caller = self._services.doors.attempt(request, Audience.STAFF, "").caller
        async with self._services.database.tx() as tx:
            match going.intent:
                case Intent.SIGN_IN:
                    await self._desk.visits.end_earlier(tx, request, Audience.STAFF)
                    return await federation.sign_in(
                        tx,
                        who,
                        provider=provider,
                        origin=self._services.doors.origin(caller),
                        clock=clock,
                    )
                case Intent.PROVE:
                    session = await self._session(tx, request)
                    return await federation.prove(tx, session, who, begun=ceremony, clock=clock)
                case Intent.CONNECT:
                    session = await self._session(tx, request)
                    await federation.connect(tx, session, who, begun=ceremony, clock=clock)
                    return None

    async def refused(self, error: ProviderRefused | NotBound) -> Response[str]:
        """Write a refusal down, and say that nobody was signed in."""
        doubt = error.doubt if isinstance(error, ProviderRefused) else ProviderDoubt.NOT_BOUND
        async with self._services.database.tx() as tx:
            await federation.note_refusal(tx, doubt, clock=self._desk.clock)
        view = ReturnPage(
            self._company.client.provider.name, error.message, error.hint, SIGN_IN
        )
        return await card(self._desk, "console/provider_refused.html", view, _REFUSED)

    async def sign_out(self, token: str) -> int:
        """End the sign-ins of whom a logout token names; return how many.

        Raises:
            ProviderRefused: it is none, or not for us; written down.
        """
        client = self._company.client
        try:
            subject = await client.signed_out(token)
        except ProviderRefused as error:
            async with self._services.database.tx() as tx:
                await federation.note_refusal(tx, error.doubt, clock=self._desk.clock)
            raise
        async with self._services.database.tx() as tx:
            return await federation.sign_out(
                tx, client.provider.issuer, subject, clock=self._desk.clock
            )

    async def _session(self, tx: Tx, request: AnyRequest) -> Session:
        """Return the session of a browser that came back.

        Raises:
            NotSignedIn: it ended meanwhile.
        """
        name = self._desk.visits.cookie_name(Audience.STAFF)
        return await sessions.of_cookie(
            tx, request.cookies.get(name, ""), audience=Audience.STAFF, clock=self._desk.clock
        )


def _returned(request: AnyRequest) -> Returned:
    """Return with what a browser came back, as far as it is looked at."""

    def said(name: str) -> str:
        return str(request.query_params.get(name, ""))[:_LONGEST]

    return Returned(said("state"), said("code"), said("iss") or None, said("error") or None)


def _entering(desk: Desk, way: _Way) -> list[HTTPRouteHandler]:
    @post("/sign-in/oidc", opt={"public": "leads to the provider"}, status_code=200)
    async def start(request: AnyRequest) -> Response[str]:
        """Set out to sign in."""
        fields = await desk.visits.form(request, desk.visits.token_before(request))
        return await way.leave(request, Intent.SIGN_IN, way_back(fields.get("next", ""), HOME))

    @get("/sign-in/oidc/callback", opt={"public": "the provider's answer lets one in"})
    async def callback(request: AnyRequest) -> Page:
        """Take the provider's answer; in this browser, once."""
        try:
            ceremony, going, who = await way.back(request)
            secret = await way.arrive(request, ceremony, going, who)
        except (ProviderRefused, NotBound) as error:
            return await way.refused(error)
        answer = answers.see_other(way_back(going.goes_on, HOME))
        if secret is not None:
            answer.set_cookie(desk.visits.cookie(Audience.STAFF, secret))
        answer.set_cookie(ceremony_cookie.cookie(desk.services, ""))
        return answer

    @post("/sign-in/oidc/logout", opt={"public": "the token is signed by the provider"})
    async def logout(request: AnyRequest) -> Response[str]:
        """End the sign-ins of whom the provider signed out (Back-Channel Logout 1.0, 2.8)."""
        await way.limit(request)
        data = await request.form()
        token = data.get("logout_token")
        try:
            await way.sign_out(token if isinstance(token, str) else "")
        except ProviderRefused:
            return Response(
                '{"error":"invalid_request"}',
                status_code=_BAD,
                headers=answers.HEADERS,
                media_type="application/json",
            )
        return Response("", status_code=200, headers=answers.HEADERS)

    return [start, callback, logout]


def _proving(desk: Desk, way: _Way) -> list[HTTPRouteHandler]:
    @post("/prove/oidc", opt=_OWN, status_code=200)
    async def prove(request: AnyRequest) -> Response[str]:
        """Set out to prove again who one is."""
        fields = await desk.form(request)
        goes_on = way_back(fields.get("next", ""), HOME)
        staff_id = desk.visit(request).member.staff_id
        return await way.leave(request, Intent.PROVE, goes_on, staff_id)

    return [prove]


def _keeping(desk: Desk, company: Company, way: _Way) -> list[HTTPRouteHandler]:
    @get("/provider", opt=_OWN)
    async def show(request: AnyRequest) -> Response[str]:
        """Show whether the provider vouches for the visitor."""
        visit = desk.visit(request)
        provider = company.client.provider
        async with desk.acting(visit) as tx:
            bearer = bearer_of(visit)
            may = visit.session.is_proved(
                desk.clock.now()
            ) or await passkeys.may_add_without_proof(tx, bearer)
            bindings = await federation.of_staff(tx, visit.member.staff_id)
            view = fill(provider, bindings, url=_URL, may=may, done=asked(request, "done"))
            return await desk.show(tx, visit, "", "console/provider.html", view)

    @post("/provider/connect", opt=_OWN, status_code=200)
    async def connect(request: AnyRequest) -> Response[str]:
        """Set out to let the provider vouch for the visitor."""
        visit = desk.visit(request)
        await desk.form(request)
        answers.come_back_to(request, _URL)
        async with desk.acting(visit) as tx:
            if not await passkeys.may_add_without_proof(tx, bearer_of(visit)):
                sessions.require_proof(visit.session, desk.clock)
        goes_on = f"{_URL}?done=connected"
        return await way.leave(request, Intent.CONNECT, goes_on, visit.member.staff_id)

    @post("/provider/disconnect", opt=_OWN)
    async def disconnect(request: AnyRequest) -> Page:
        """End that the provider vouches for the visitor."""
        visit = desk.visit(request)
        fields = await desk.form(request)
        answers.come_back_to(request, _URL)
        sessions.require_proof(visit.session, desk.clock)
        async with desk.acting(visit) as tx:
            await federation.disconnect(
                tx,
                visit.member.staff_id,
                company.client.provider.issuer,
                fields.get("subject", ""),
                clock=desk.clock,
            )
        return answers.see_other(f"{_URL}?done=disconnected")

    return [show, connect, disconnect]

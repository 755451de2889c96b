"""Who is visiting: cookies, sessions, and forms that really come from our own pages.

The cookie holds 256 random bits and nothing else (`__Host-`, Secure, HttpOnly, SameSite=Lax over
TLS). A form carries a token derived from the session by HMAC, and the browser's own word about
where the request comes from (`Sec-Fetch-Site`) is checked as well.

Before somebody is signed in there is no session: forms are then bound to the browser by a cookie
of its own, which opens nothing and ends with the browser. So nobody can be signed in to an account
that is not theirs by a form from elsewhere (login CSRF).
"""

import hmac
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, cast
from uuid import UUID

from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie, State
from litestar.exceptions import MethodNotAllowedException
from litestar.handlers import BaseRouteHandler
from litestar.types import Message, Scope

from candor.domain.access.errors import NotPermitted, NotSignedIn
from candor.domain.access.model.roles import Permission
from candor.domain.access.model.sign_in import Audience, Session, Staff
from candor.domain.access.service import members, sessions
from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor, Outcome
from candor.domain.consent.service import signals
from candor.domain.shield.service import networks
from candor.infra.db.pool import Tx
from candor.kernel.errors import Bug, Kind, Refused
from candor.kernel.ids import ProfileId, new_id
from candor.surface.plain.answers import REQUEST_ID, AnyRequest
from candor.surface.plain.gpc import gpc_of
from candor.surface.plain.services import Services

Connection = ASGIConnection[BaseRouteHandler, object, object, State]

_VISIT: Final = "candor_visit"
_BY_SCRIPT: Final = "empty"  # what browsers say of a fetch by a script (Fetch Metadata)
_BROWSER: Final = "candor_browser"  # in the scope: what a browser that came without gets
_BEFORE: Final = "before sign-in "
_BEARER: Final = "by link "
_BROWSER_BYTES: Final = 32
_BROWSER_TEXT: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_MOST_FIELDS: Final = 200
_MOST_MOVES: Final = 10_000


class ForeignForm(Refused):
    """This form did not come from our page, or the page is too old."""

    code = "web.foreign_form"
    kind = Kind.FORBIDDEN
    default_hint = "Go back, load the page again, and repeat what you did."


@dataclass(frozen=True, slots=True)
class Visit:
    """A request by somebody who is signed in."""

    session: Session
    csrf_token: str
    request_id: str
    staff: Staff | None = None

    @property
    def member(self) -> Staff:
        """Return the member of staff."""
        if self.staff is None:
            message = "a page of the console was reached by a customer"
            raise Bug(message)
        return self.staff

    @property
    def profile_id(self) -> ProfileId:
        """Return the profile of the customer."""
        return ProfileId(self.session.bearer_id)


class Visits:
    """Knows visitors by their cookies."""

    def __init__(self, services: Services) -> None:
        """Take what is needed to look up sessions."""
        self._services = services
        self._key = services.keyring.fixed_key("csrf")
        self._moved: set[tuple[bytes, bytes]] = set()  # sessions in networks, already noted

    def __deepcopy__(self, memo: dict[int, object]) -> "Visits":
        """Stay the same: the framework copies guards with what they are bound to, pools too."""
        del memo
        return self

    def cookie_name(self, audience: Audience) -> str:
        """Return the name of the cookie of an audience."""
        prefix = "__Host-" if self._services.is_secure else ""
        return f"{prefix}candor_{audience}"

    def cookie(self, audience: Audience, secret: str) -> Cookie:
        """Return the cookie for a session; an empty secret takes it away."""
        return Cookie(
            key=self.cookie_name(audience),
            value=secret,
            path="/",
            secure=self._services.is_secure,
            httponly=True,
            samesite="lax",
            max_age=None if secret else 0,
        )

    def token(self, secret: str) -> str:
        """Return the token that a form of this session carries."""
        return hmac.digest(self._key, secret.encode(), "sha256").hex()

    def token_before(self, request: AnyRequest) -> str:
        """Return the token of a form for somebody who is not signed in: of this browser alone.

        A browser that has no cookie yet gets one with the answer (`give_cookies`); until then no
        form of its own can be right.
        """
        scope = _scope(request)
        held = request.cookies.get(self._browser_name, "")
        if not _BROWSER_TEXT.fullmatch(held):
            held = str(scope.setdefault(_BROWSER, secrets.token_urlsafe(_BROWSER_BYTES)))
        return self.token(_BEFORE + held)

    def token_of_link(self, link: str) -> str:
        """Return the token of a form behind a link that is itself the proof: of this link alone.

        For pages that need no sign-in and set no cookie: who has the link may press its button.
        """
        return self.token(_BEARER + link)

    async def give_cookies(self, message: Message, scope: Scope) -> None:
        """Give a browser the cookie that its form is bound to; called before each answer."""
        fresh = cast("dict[str, object]", scope).get(_BROWSER)
        if fresh is None or message["type"] != "http.response.start":
            return
        cookie = Cookie(
            key=self._browser_name,
            value=str(fresh),
            path="/",
            secure=self._services.is_secure,
            httponly=True,
            samesite="lax",
        )
        message["headers"] = [*message["headers"], cookie.to_encoded_header()]

    @property
    def _browser_name(self) -> str:
        return f"{'__Host-' if self._services.is_secure else ''}{_BROWSER}"

    async def guard_staff(self, connection: Connection, handler: BaseRouteHandler) -> None:
        """Let staff pass whose role includes the route's permission.

        A route without a permission and not declared public is a bug, and stays shut.

        Raises:
            NotSignedIn, NotPermitted.
            ProofNeeded: the route is risky (`opt["proof"]` says why) and the last proof is old.
        """
        request_id = _name_request(connection)
        if "public" in handler.opt:
            return
        permission = handler.opt.get("permission")
        if not isinstance(permission, Permission):
            message = "a route of the console declares no permission"
            raise Bug(message)
        secret = connection.cookies.get(self.cookie_name(Audience.STAFF), "")
        async with self._services.database.tx(request_id) as tx:
            session = await sessions.of_cookie(
                tx,
                secret,
                audience=Audience.STAFF,
                clock=self._services.clock,
                is_used=connection.headers.get("sec-fetch-dest") != _BY_SCRIPT,
            )
            staff = await members.of_session(tx, session)
            await self._notice_move(tx, connection, session)
        try:
            members.require(staff, permission)
        except NotPermitted:
            await self._note_denied(request_id, staff, permission)
            raise
        if "proof" in handler.opt:
            sessions.require_proof(session, self._services.clock)
        _scope(connection)[_VISIT] = Visit(session, self.token(secret), request_id, staff)

    async def _notice_move(self, tx: Tx, connection: Connection, session: Session) -> None:
        """Note when a session is used from another network than it began in, once for each."""
        services = self._services
        caller = services.doors.caller(_scope(connection))
        network = services.doors.origin(caller).network
        if session.network is None or network is None or network == session.network:
            return
        moved = (session.session_hash, network)
        if moved in self._moved:
            return
        if len(self._moved) >= _MOST_MOVES:
            self._moved.clear()
        self._moved.add(moved)
        actor = Actor.staff(session.bearer_id)
        await networks.note(tx, actor, actor.label, network, services.clock)

    async def _note_denied(self, request_id: str, staff: Staff, permission: Permission) -> None:
        """Write down that somebody asked for what their role does not include."""
        async with self._services.database.tx(request_id) as tx:
            await audit.record(
                tx,
                actor=Actor.staff(staff.staff_id),
                action="access.permission_denied",
                clock=self._services.clock,
                outcome=Outcome.REFUSED,
                detail={"permission": permission.value},
            )

    async def guard_customer(self, connection: Connection, handler: BaseRouteHandler) -> None:
        """Let customers pass who are signed in.

        A route that is not declared to be theirs is a bug, and stays shut.

        Raises:
            NotSignedIn.
            ProofNeeded: the route is risky (`opt["proof"]` says why) and the last proof is old.
        """
        request_id = _name_request(connection)
        if "public" in handler.opt:
            return
        if handler.opt.get("audience") is not Audience.CUSTOMER:
            message = "a route of the portal does not say whom it is for"
            raise Bug(message)
        secret = connection.cookies.get(self.cookie_name(Audience.CUSTOMER), "")
        async with self._services.database.tx(request_id) as tx:
            session = await sessions.of_cookie(
                tx, secret, audience=Audience.CUSTOMER, clock=self._services.clock
            )
            if gpc_of(connection):
                await self._hear_browser(tx, ProfileId(session.bearer_id))
        if "proof" in handler.opt:
            sessions.require_proof(session, self._services.clock)
        _scope(connection)[_VISIT] = Visit(session, self.token(secret), request_id)

    async def end_earlier(
        self, tx: Tx, request: AnyRequest, audience: Audience, *, when: bool = True
    ) -> None:
        """End the session that this browser held until now, whoever's it was; or leave it."""
        held = request.cookies.get(self.cookie_name(audience), "") if when else ""
        clock = self._services.clock
        with suppress(NotSignedIn):
            session = await sessions.of_cookie(tx, held, audience=audience, clock=clock)
            await sessions.end(tx, session, clock)

    async def _hear_browser(self, tx: Tx, profile_id: ProfileId) -> None:
        """Record that the customer's browser asks that nothing be sold or shared; once."""
        services = self._services
        rules = await services.rulebook.rules(tx)
        await signals.hear_browser(
            tx,
            profile_id,
            "portal",
            actor=await services.vault.customer(tx, profile_id),
            vault=services.vault,
            policy=rules.policy,
            clock=services.clock,
        )

    def of(self, request: AnyRequest) -> Visit:
        """Return the visit that a guard let in.

        Raises:
            NotSignedIn: the route is public and nobody is signed in.
        """
        visit = _scope(request).get(_VISIT)
        if not isinstance(visit, Visit):
            raise NotSignedIn
        return visit

    async def form(self, request: AnyRequest, expected: str) -> dict[str, str]:
        """Return the fields of a form that came from our own page.

        Args:
            request: the POST request.
            expected: the token that the page carried.

        Raises:
            ForeignForm: from elsewhere, or without the right token.
        """
        site = request.headers.get("sec-fetch-site")
        origin = request.headers.get("origin")
        host = request.headers.get("host", "")
        if site not in {None, "same-origin", "none"}:
            raise ForeignForm
        if site is None and origin is not None and origin.partition("://")[2] != host:
            raise ForeignForm
        fields = await fields_of(request)
        given = fields.get("csrf_token", "").encode("utf-8", "surrogatepass")
        if not hmac.compare_digest(given, expected.encode()):
            raise ForeignForm
        return fields


async def fields_of(request: AnyRequest) -> dict[str, str]:
    """Return the fields of a form, sent in either of the two ways that forms are.

    A field that is sent twice counts as it was sent last.

    Raises:
        ForeignForm: more fields than any form of ours has.
    """
    sent = list((await request.form()).multi_items())
    if len(sent) > _MOST_FIELDS:  # to read some would be to choose: they come in no order
        raise ForeignForm
    return {name: value for name, value in sent if isinstance(value, str)}


def _scope(connection: Connection | AnyRequest) -> dict[str, object]:
    """Return the values that travel with a request; ours are named `candor_…`."""
    return cast("dict[str, object]", connection.scope)


def refuse_options(connection: Connection, handler: BaseRouteHandler) -> None:
    """Refuse a method that the framework answers for every address: only declared ones are ours.

    Raises:
        MethodNotAllowedException: it is OPTIONS, and no route of ours.
    """
    if _scope(connection).get("method") == "OPTIONS" and "public" not in handler.opt:
        raise MethodNotAllowedException


def _name_request(connection: Connection) -> str:
    """Give the request a name that the audit log and error pages use."""
    request_id = new_id().hex
    _scope(connection)[REQUEST_ID] = request_id
    return request_id


def short(identity: UUID) -> str:
    """Return the short form of an id, as pages show it: eight signs of its random end."""
    tail = identity.hex[-8:]
    return f"{tail[:4]} {tail[4:]}"

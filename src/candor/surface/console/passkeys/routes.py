"""Passkeys of staff: coming in and proving it again with one; adding, naming, removing them."""

from typing import Final

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler

from candor.domain.access.model.passkey import Passkey
from candor.domain.access.model.roles import Permission
from candor.domain.access.model.sign_in import Audience, Method
from candor.domain.access.service import passkeys, sessions
from candor.domain.access.service.passkeys import Bearer, read_id
from candor.infra.db.pool import Tx
from candor.surface.console.desk import HOME, Desk, Page, actor_of, asked
from candor.surface.plain import answers, passkey_views
from candor.surface.plain.answers import AnyRequest
from candor.surface.plain.passkeys import PasskeyDesk
from candor.surface.plain.visits import Visit
from candor.surface.plain.way_back import way_back

_URL: Final = f"{HOME}/passkeys"
_ACCOUNT: Final = f"{HOME}/account"
_OWN: Final = {"permission": Permission.TODAY_READ}  # everybody's own; each role has it


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the routes of passkeys."""
    keys = PasskeyDesk(desk.services, desk.visits, Audience.STAFF)
    return [*_entering(desk, keys), *_proving(desk, keys), *_keeping(desk, keys)]


def _entering(desk: Desk, keys: PasskeyDesk) -> list[HTTPRouteHandler]:
    doors = desk.services.doors

    @post("/passkeys/sign-in/ask", opt={"public": "a challenge is nobody's"}, status_code=200)
    async def ask(request: AnyRequest) -> Response[str]:
        """Hand the script a challenge."""
        return await keys.ask_to_sign_in(request)

    @post("/passkeys/sign-in", opt={"public": "the passkey is what lets one in"})
    async def enter(request: AnyRequest) -> Page:
        """Begin a session."""
        fields = await desk.visits.form(request, desk.visits.token_before(request))
        origin = doors.origin(doors.attempt(request, Audience.STAFF, "").caller)

        async def begin(tx: Tx, passkey: Passkey) -> str:
            await desk.visits.end_earlier(tx, request, Audience.STAFF)
            return await sessions.begin(
                tx,
                audience=Audience.STAFF,
                bearer_id=passkey.bearer_id,
                methods=[Method.PASSKEY],
                is_strong=True,
                origin=origin,
                clock=desk.clock,
            )

        secret = await keys.sign_in(request, fields, begin)
        answer = answers.see_other(way_back(fields.get("next", ""), HOME))
        answer.set_cookie(desk.visits.cookie(Audience.STAFF, secret))
        answer.set_cookie(keys.forget_ceremony())
        return answer

    return [ask, enter]


def _proving(desk: Desk, keys: PasskeyDesk) -> list[HTTPRouteHandler]:
    @post("/passkeys/prove/ask", opt=_OWN, status_code=200)
    async def ask(request: AnyRequest) -> Response[str]:
        """Hand the script a challenge for a passkey of the visitor."""
        visit = desk.visit(request)
        return await keys.ask_to_prove(request, visit, bearer_of(visit))

    @post("/passkeys/prove", opt=_OWN)
    async def prove(request: AnyRequest) -> Page:
        """Note the proof and go back to what it was needed for."""
        visit = desk.visit(request)
        fields = await desk.form(request)
        cookie = await keys.prove(request, visit, bearer_of(visit), fields)
        answer = answers.see_other(way_back(fields.get("next", ""), HOME))
        answer.set_cookie(cookie)
        answer.set_cookie(keys.forget_ceremony())
        return answer

    return [ask, prove]


def _keeping(desk: Desk, keys: PasskeyDesk) -> list[HTTPRouteHandler]:
    @get("/passkeys", opt=_OWN)
    async def show(request: AnyRequest) -> Response[str]:
        """List the visitor's passkeys."""
        visit = desk.visit(request)
        bearer = bearer_of(visit)
        device = desk.services.doors.attempt(request, Audience.STAFF, "").caller.device
        async with desk.acting(visit) as tx:
            may_add = visit.session.is_proved(
                desk.clock.now()
            ) or await passkeys.may_add_without_proof(tx, bearer)
            view = passkey_views.fill(
                await passkeys.of(tx, bearer),
                url=_URL,
                back_url=_ACCOUNT,
                suggested=device,
                prove_url=None if may_add else f"{HOME}/prove?next={_URL}",
                done=asked(request, "done"),
            )
            return await desk.show(tx, visit, "", "console/passkeys.html", view)

    @post("/passkeys/add/ask", opt=_OWN, status_code=200)
    async def ask(request: AnyRequest) -> Response[str]:
        """Hand the script what an authenticator needs to make a passkey."""
        visit = desk.visit(request)
        return await keys.ask_to_add(request, visit, bearer_of(visit), visit.member.handle)

    @post("/passkeys/add", opt=_OWN)
    async def add(request: AnyRequest) -> Page:
        """Keep the new passkey."""
        visit = desk.visit(request)
        fields = await desk.form(request)
        await keys.add(request, visit, bearer_of(visit), fields)
        wanted = fields.get("next", "")
        goes = way_back(wanted, HOME) if wanted else f"{_URL}?done=added"
        answer = answers.see_other(goes)
        answer.set_cookie(keys.forget_ceremony())
        return answer

    @post("/passkeys/rename", opt=_OWN)
    async def rename(request: AnyRequest) -> Page:
        """Give a passkey another name."""
        visit = desk.visit(request)
        fields = await desk.form(request)
        async with desk.acting(visit) as tx:
            await passkeys.rename(
                tx,
                bearer_of(visit),
                read_id(fields.get("which", "")),
                fields.get("name", ""),
                clock=desk.clock,
            )
        return answers.see_other(f"{_URL}?done=renamed")

    @get("/passkeys/remove", opt=_OWN)
    async def confirm(request: AnyRequest) -> Response[str]:
        """Say what removing a passkey does, and ask."""
        visit = desk.visit(request)
        bearer = bearer_of(visit)
        sessions.require_proof(visit.session, desk.clock)
        async with desk.acting(visit) as tx:
            passkey = await passkeys.one_of(tx, bearer, read_id(asked(request, "which")))
            view = passkey_views.fill_removal(await passkeys.of(tx, bearer), passkey, url=_URL)
            return await desk.show(tx, visit, "", "console/remove_passkey.html", view)

    @post("/passkeys/remove", opt=_OWN)
    async def remove(request: AnyRequest) -> Page:
        """Forget a passkey."""
        visit = desk.visit(request)
        fields = await desk.form(request)
        sessions.require_proof(visit.session, desk.clock)
        async with desk.acting(visit) as tx:
            which = read_id(fields.get("which", ""))
            await passkeys.remove(tx, bearer_of(visit), which, clock=desk.clock)
        return answers.see_other(f"{_URL}?done=removed")

    return [show, ask, add, rename, confirm, remove]


def bearer_of(visit: Visit) -> Bearer:
    """Return the visitor as whoever their passkeys belong to."""
    staff_id = visit.member.staff_id
    return Bearer(Audience.STAFF, staff_id, (staff_id,), actor_of(visit))

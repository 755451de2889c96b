"""Passkeys of customers: coming in and proving it again with one; adding, naming, removing them."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.response import Redirect

from candor.domain.access.model.passkey import Passkey
from candor.domain.access.model.sign_in import Audience, Method
from candor.domain.access.service import passkeys, sessions
from candor.domain.access.service.passkeys import Bearer, read_id
from candor.infra.db.pool import Tx
from candor.kernel.ids import ProfileId
from candor.surface.plain import passkey_views
from candor.surface.plain.answers import AnyRequest, see_other
from candor.surface.plain.passkeys import PasskeyDesk
from candor.surface.plain.way_back import way_back
from candor.surface.portal.desk import HOME, OWN, Desk, Sitting
from candor.surface.portal.person import first_name
from candor.surface.portal.sign_in.entering import enter as enter_page
from candor.surface.portal.sign_in.entering import opened

_ACCOUNT: Final = f"{HOME}/account"
_URL: Final = f"{_ACCOUNT}/passkeys"


@dataclass(frozen=True, slots=True)
class _Owner:
    """The customer as whoever their passkeys belong to, and how their devices call the account."""

    bearer: Bearer
    label: str


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the routes of passkeys."""
    keys = PasskeyDesk(desk.services, desk.visits, Audience.CUSTOMER)
    return [
        *_entering(desk, keys),
        *_proving(desk, keys),
        *_adding(desk, keys),
        *_keeping(desk),
    ]


def _entering(desk: Desk, keys: PasskeyDesk) -> list[HTTPRouteHandler]:
    @post("/passkeys/sign-in/ask", opt={"public": "a challenge is nobody's"}, status_code=200)
    async def ask(request: AnyRequest) -> Response[str]:
        """Hand the script a challenge."""
        return await keys.ask_to_sign_in(request)

    @post("/passkeys/sign-in", opt={"public": "the passkey is what lets one in"})
    async def enter(request: AnyRequest) -> Redirect:
        """Begin a session."""
        fields = await desk.visits.form(request, desk.visits.token_before(request))

        async def begin(tx: Tx, passkey: Passkey) -> str:
            profile_id = ProfileId(passkey.bearer_id)
            return await enter_page(
                desk, tx, request, profile_id, Method.PASSKEY, is_strong=True
            )

        secret = await keys.sign_in(request, fields, begin)
        answer = opened(desk, secret, way_back(fields.get("next", ""), HOME))
        answer.set_cookie(keys.forget_ceremony())
        return answer

    return [ask, enter]


def _proving(desk: Desk, keys: PasskeyDesk) -> list[HTTPRouteHandler]:
    @post("/passkeys/prove/ask", opt=OWN, status_code=200)
    async def ask(request: AnyRequest) -> Response[str]:
        """Hand the script a challenge for a passkey of the customer."""
        owner = await _owner(desk, request)
        return await keys.ask_to_prove(request, desk.visits.of(request), owner.bearer)

    @post("/passkeys/prove", opt=OWN)
    async def prove(request: AnyRequest) -> Redirect:
        """Note the proof and go back to what it was needed for."""
        visit = desk.visits.of(request)
        fields = await desk.visits.form(request, visit.csrf_token)
        owner = await _owner(desk, request)
        cookie = await keys.prove(request, visit, owner.bearer, fields)
        answer = see_other(way_back(fields.get("next", ""), HOME))
        answer.set_cookie(cookie)
        answer.set_cookie(keys.forget_ceremony())
        return answer

    return [ask, prove]


def _adding(desk: Desk, keys: PasskeyDesk) -> list[HTTPRouteHandler]:
    @post("/account/passkeys/add/ask", opt=OWN, status_code=200)
    async def ask(request: AnyRequest) -> Response[str]:
        """Hand the script what an authenticator needs to make a passkey."""
        owner = await _owner(desk, request)
        return await keys.ask_to_add(
            request, desk.visits.of(request), owner.bearer, owner.label
        )

    @post("/account/passkeys/add", opt=OWN)
    async def add(request: AnyRequest) -> Redirect:
        """Keep the new passkey."""
        visit = desk.visits.of(request)
        fields = await desk.visits.form(request, visit.csrf_token)
        owner = await _owner(desk, request)
        await keys.add(request, visit, owner.bearer, fields)
        answer = see_other(f"{_URL}?done=added")
        answer.set_cookie(keys.forget_ceremony())
        return answer

    return [ask, add]


def _keeping(desk: Desk) -> list[HTTPRouteHandler]:
    services, visits = desk.services, desk.visits

    @get("/account/passkeys", opt=OWN)
    async def show(request: AnyRequest) -> Response[str]:
        """List the customer's passkeys."""
        device = services.doors.attempt(request, Audience.CUSTOMER, "").caller.device
        async with _sitting(desk, request) as (sitting, owner):
            is_proved = sitting.visit.session.is_proved(services.clock.now())
            view = passkey_views.fill(
                await passkeys.of(sitting.tx, owner.bearer),
                url=_URL,
                back_url=_ACCOUNT,
                suggested=device,
                prove_url=None if is_proved else f"{HOME}/prove?next={_URL}",
                done=str(request.query_params.get("done", "")),
            )
            return desk.show(sitting, "portal/passkeys.html", view, "account")

    @post("/account/passkeys/rename", opt=OWN)
    async def rename(request: AnyRequest) -> Redirect:
        """Give a passkey another name."""
        fields = await visits.form(request, visits.of(request).csrf_token)
        which = read_id(fields.get("which", ""))
        async with _sitting(desk, request) as (sitting, owner):
            await passkeys.rename(
                sitting.tx, owner.bearer, which, fields.get("name", ""), clock=services.clock
            )
        return see_other(f"{_URL}?done=renamed")

    @get("/account/passkeys/remove", opt=OWN)
    async def confirm(request: AnyRequest) -> Response[str]:
        """Say what removing a passkey does, and ask."""
        sessions.require_proof(visits.of(request).session, services.clock)
        which = read_id(str(request.query_params.get("which", "")))
        async with _sitting(desk, request) as (sitting, owner):
            passkey = await passkeys.one_of(sitting.tx, owner.bearer, which)
            known = await passkeys.of(sitting.tx, owner.bearer)
            view = passkey_views.fill_removal(known, passkey, url=_URL)
            return desk.show(sitting, "portal/remove_passkey.html", view, "account")

    @post("/account/passkeys/remove", opt=OWN)
    async def remove(request: AnyRequest) -> Redirect:
        """Forget a passkey."""
        visit = visits.of(request)
        fields = await visits.form(request, visit.csrf_token)
        sessions.require_proof(visit.session, services.clock)
        which = read_id(fields.get("which", ""))
        async with _sitting(desk, request) as (sitting, owner):
            await passkeys.remove(sitting.tx, owner.bearer, which, clock=services.clock)
        return see_other(f"{_URL}?done=removed")

    return [show, rename, confirm, remove]


@asynccontextmanager
async def _sitting(desk: Desk, request: AnyRequest) -> AsyncGenerator[tuple[Sitting, _Owner]]:
    """Open the person, as for every page, and say whose passkeys are meant."""
    async with desk.sitting(request) as sitting:
        person, profile_id = sitting.person, sitting.visit.profile_id
        bearer = Bearer(
            audience=Audience.CUSTOMER,
            bearer_id=profile_id,
            all_ids=tuple({profile_id, *person.profile_ids}),
            actor=sitting.actor,
            subjects=tuple(await desk.services.vault.pseudonyms(sitting.tx, [profile_id])),
        )
        company = sitting.rules.in_force.document.company
        yield sitting, _Owner(bearer, first_name(person) or company)


async def _owner(desk: Desk, request: AnyRequest) -> _Owner:
    """Return whose passkeys are meant, and let go of the person."""
    async with _sitting(desk, request) as (_, owner):
        return owner

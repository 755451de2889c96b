"""Your account: sign-ins and how to end them, language and time zone, how to stay safe."""

from typing import Final

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.response import Redirect

from candor.domain.access.model.sign_in import Audience
from candor.domain.access.service import sessions
from candor.domain.profiles.errors import NoSuchProfile, WrongAnswer
from candor.domain.profiles.service import correct
from candor.infra.web.reading import reading
from candor.kernel.pii import Pii
from candor.surface.plain.answers import AnyRequest, see_other, signed_out
from candor.surface.portal.account.filling import URL, fill, language_of, zone_of
from candor.surface.portal.browser.forgetting import forget_others
from candor.surface.portal.browser.marking import mark
from candor.surface.portal.desk import HOME, OWN, Desk, Erased, Sitting
from candor.surface.portal.person import LANGUAGE, ZONE

_SIGN_IN_URL: Final = f"{HOME}/sign-in"
_HASH_SIGNS: Final = 64  # of SHA-256 in hex


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the routes of the page."""
    return [_account(desk), *_settings(desk), *_ending(desk)]


async def _page(
    desk: Desk, sitting: Sitting, *, done: str | None = None, wrong: str | None = None
) -> Response[str]:
    person, services = sitting.person, desk.services
    signed_in = await sessions.of_bearer(sitting.tx, person.profile_ids)
    with reading(sitting.reader):
        view = fill(
            person,
            sitting.rules.in_force,
            signed_in,
            sitting.visit.session,
            sitting.reader,
            public_url=services.settings.public_url,
            contact=services.settings.contact,
            done=done,
            wrong=wrong,
        )
    status = 400 if wrong else 200
    return desk.show(sitting, "portal/account.html", view, "account", status=status)


def _account(desk: Desk) -> HTTPRouteHandler:
    @get("/account", opt=OWN)
    async def account(request: AnyRequest) -> Response[str]:
        """Show sign-ins, settings and advice."""
        async with desk.sitting(request) as sitting:
            return await _page(desk, sitting, done=request.query_params.get("done"))

    return account


def _settings(desk: Desk) -> list[HTTPRouteHandler]:
    async def keep(
        request: AnyRequest, code: str, value: str | None, done: str
    ) -> Response[str] | Redirect:
        """Keep an answer as the customer's own word; these pages follow it at once."""
        async with desk.sitting(request) as sitting:
            if value is None:
                return await _page(desk, sitting, wrong=code)
            try:
                await correct.correct(
                    sitting.tx,
                    code,
                    Pii(value),
                    actor=sitting.actor,
                    in_force=sitting.rules.in_force,
                    vault=desk.services.vault,
                    clock=desk.services.clock,
                )
            except WrongAnswer:
                return await _page(desk, sitting, wrong=code)
            except NoSuchProfile as error:
                raise Erased from error
        return see_other(f"{URL}?done={done}")

    @post("/account/language", opt=OWN)
    async def language(request: AnyRequest) -> Response[str] | Redirect:
        """Choose the language of these pages and of what is written to the customer."""
        fields = await desk.visits.form(request, desk.visits.of(request).csrf_token)
        return await keep(
            request, LANGUAGE, language_of(fields.get("language", "")), "language"
        )

    @post("/account/time-zone", opt=OWN)
    async def zone(request: AnyRequest) -> Response[str] | Redirect:
        """Choose the time zone in which hours and days are shown."""
        fields = await desk.visits.form(request, desk.visits.of(request).csrf_token)
        return await keep(request, ZONE, zone_of(fields.get("zone", "")), "zone")

    return [language, zone]


def _ending(desk: Desk) -> list[HTTPRouteHandler]:
    services, visits = desk.services, desk.visits

    async def end(request: AnyRequest, *, this_too: bool) -> int:
        visit = visits.of(request)
        await visits.form(request, visit.csrf_token)
        async with desk.sitting(request) as sitting:
            ids = sitting.person.profile_ids
            await forget_others(
                sitting.tx, services, request, ids, this_too=this_too, actor=sitting.actor
            )
            return await sessions.end_everywhere(
                sitting.tx,
                ids,
                but=None if this_too else visit.session,
                actor=sitting.actor,
                subjects=await services.vault.pseudonyms(sitting.tx, [visit.profile_id]),
                clock=services.clock,
            )

    @post("/account/sign-out-one", opt=OWN)
    async def one(request: AnyRequest) -> Redirect:
        """End one other sign-in of theirs."""
        visit = visits.of(request)
        fields = await visits.form(request, visit.csrf_token)
        async with desk.sitting(request) as sitting:
            ended = await sessions.end_one(
                sitting.tx,
                _hash(fields.get("which", "")),
                sitting.person.profile_ids,
                actor=sitting.actor,
                subjects=await services.vault.pseudonyms(sitting.tx, [visit.profile_id]),
                clock=services.clock,
            )
        return see_other(f"{URL}?done={'ended' if ended else 'gone'}")

    @post("/account/sign-out-others", opt=OWN)
    async def others(request: AnyRequest) -> Redirect:
        """End all sign-ins but this one."""
        ended = await end(request, this_too=False)
        return see_other(f"{URL}?done=out-{ended}")

    @post("/account/sign-out-everywhere", opt=OWN)
    async def everywhere(request: AnyRequest) -> Redirect:
        """End all sign-ins, this one too."""
        await end(request, this_too=True)
        answer = signed_out(_SIGN_IN_URL)
        answer.set_cookie(visits.cookie(Audience.CUSTOMER, ""))
        answer.set_cookie(mark(services, None))
        return answer

    return [one, others, everywhere]


def _hash(text: str) -> bytes:
    """Return which sign-in a form names; what names none is found nowhere."""
    try:
        return bytes.fromhex(text[:_HASH_SIGNS])
    except ValueError:
        return b""

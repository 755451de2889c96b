"""Before something risky: is it still you? By a fresh code to the address that we know.

A session may be of another hand by now: a telephone that lay open, a cookie that was copied. The
proof gives the session a new secret, so that a copy of the old one opens nothing.
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect

from candor.domain.access.errors import CeremonyOver
from candor.domain.access.model.ceremony import Ceremony
from candor.domain.access.model.sign_in import Method
from candor.domain.access.service import codes, sessions
from candor.domain.profiles.service import addresses
from candor.infra.web.reading import reading
from candor.infra.web.reading import translate as _
from candor.surface.plain import ceremony_cookie
from candor.surface.plain.answers import AnyRequest, see_other
from candor.surface.plain.ceremony_cookie import CODE
from candor.surface.plain.doors import ChallengeNeeded
from candor.surface.plain.way_back import way_back
from candor.surface.portal.desk import HOME, OWN, Desk
from candor.surface.portal.sign_in.by_code import wrong_code
from candor.surface.portal.sign_in.entering import opened
from candor.surface.portal.sign_in.sending import asking_at, attempt_at, passed, send
from candor.surface.portal.sign_in.views import ProvePage

URL: Final = f"{HOME}/prove"
_INVALID: Final = 400
_LIMITED: Final = 429
Page = Response[str] | Redirect


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the routes of proving again."""
    return [*_asking(desk), *_answering(desk)]


def _asking(desk: Desk) -> list[HTTPRouteHandler]:
    services, visits = desk.services, desk.visits

    @get("/prove", opt=OWN)
    async def ask(request: AnyRequest) -> Page:
        """Say what is needed; for the code, when this browser waits for one."""
        back = _next(request.query_params)
        if visits.of(request).session.is_proved(services.clock.now()):
            return see_other(back)
        return await _page(desk, request, back, await _under_way(desk, request))

    @post("/prove/send", opt=OWN)
    async def send_code(request: AnyRequest) -> Page:
        """Send a code to the newest address of theirs that was verified."""
        visit = visits.of(request)
        fields = await visits.form(request, visit.csrf_token)
        back = _next(fields)
        async with desk.sitting(request) as sitting:
            locale = sitting.reader.locale
            marks = await addresses.marks_of_person(
                sitting.tx, visit.profile_id, in_force=sitting.rules.in_force
            )
        if not marks:
            return await _page(desk, request, back, None, state="none")
        try:
            browser = await send(
                desk,
                request,
                fields,
                kind=codes.PROOF,
                address=addresses.written(marks),
                locale=locale,
                bearer_id=visit.profile_id,
            )
        except ChallengeNeeded:
            return await _page(
                desk,
                request,
                back,
                None,
                status=_LIMITED,
                fields=fields,
                known_by=addresses.written(marks),
            )
        answer = see_other(f"{URL}?{urlencode({'next': back})}")
        answer.set_cookie(ceremony_cookie.cookie(services, browser, what=CODE))
        return answer

    return [ask, send_code]


def _answering(desk: Desk) -> list[HTTPRouteHandler]:
    services, visits = desk.services, desk.visits

    @post("/prove", opt=OWN)
    async def prove(request: AnyRequest) -> Page:
        """Hold the code against what was asked for; go on with what it was needed for."""
        visit = visits.of(request)
        fields = await visits.form(request, visit.csrf_token)
        back = _next(fields)
        ceremony = await _under_way(desk, request)
        if ceremony is None:
            return await _over(desk, request, back)
        attempt = attempt_at(desk, request, codes.address_of(ceremony))
        try:
            await services.doors.before(attempt, fields)
        except ChallengeNeeded:
            return await _page(desk, request, back, ceremony, status=_LIMITED, fields=fields)
        try:
            secret = await _answer(desk, request, fields.get("code", ""))
        except CeremonyOver:
            return await _over(desk, request, back)
        if secret is None:
            await services.doors.failed(attempt, codes.subject_of(ceremony))
            return await _wrong(desk, request, back, fields)
        await passed(desk, request, codes.address_of(ceremony))
        answer = opened(desk, secret, back)
        answer.set_cookie(ceremony_cookie.cookie(services, "", what=CODE))
        return answer

    @get("/prove/mail/{token:str}", opt=OWN)
    async def by_link(request: AnyRequest, token: FromPath[str]) -> Response[str]:
        """Ask whether it is them, in the browser that asked; the link alone changes nothing."""
        ceremony = await _under_way(desk, request)
        if ceremony is None or not codes.is_link_of(services.keyring, ceremony, token):
            return await _over(desk, request, HOME)
        return await _page(desk, request, HOME, ceremony, state="mail", token=token)

    return [prove, by_link]


async def _answer(desk: Desk, request: AnyRequest, given: str) -> str | None:
    """Judge an answer; return the new secret of the session, or None: wrong. Commits both."""
    services, visit = desk.services, desk.visits.of(request)
    async with services.database.tx(visit.request_id) as tx:
        bearer_id = await codes.answer(
            tx,
            ceremony_cookie.browser_of(services, request, CODE),
            given,
            kind=codes.PROOF,
            keyring=services.keyring,
            clock=services.clock,
        )
        if bearer_id != visit.profile_id:
            return None
        return await sessions.prove(
            tx,
            visit.session,
            methods=[Method.CODE],
            actor=await services.vault.customer(tx, visit.profile_id),
            clock=services.clock,
        )


async def _under_way(desk: Desk, request: AnyRequest) -> Ceremony | None:
    """Return the proof that this browser asked a code for; None: nothing, over, another's."""
    services = desk.services
    browser = ceremony_cookie.browser_of(services, request, CODE)
    try:
        async with services.database.read() as tx:
            found = await codes.look(tx, browser, kind=codes.PROOF, clock=services.clock)
    except CeremonyOver:
        return None
    return found if found.bearer_id == desk.visits.of(request).profile_id else None


async def _over(desk: Desk, request: AnyRequest, back: str) -> Response[str]:
    async with desk.sitting(request) as sitting:
        with reading(sitting.reader):
            error = str(_("The code no longer counts. Ask for a new one."))
    return await _page(desk, request, back, None, error=error, status=_INVALID)


async def _wrong(
    desk: Desk, request: AnyRequest, back: str, fields: Mapping[str, str]
) -> Response[str]:
    ceremony = await _under_way(desk, request)
    if ceremony is None:
        return await _over(desk, request, back)
    async with desk.sitting(request) as sitting:
        with reading(sitting.reader):
            error = wrong_code(ceremony)
    return await _page(
        desk, request, back, ceremony, error=error, status=_INVALID, fields=fields
    )


async def _page(
    desk: Desk,
    request: AnyRequest,
    back: str,
    ceremony: Ceremony | None,
    *,
    state: str | None = None,
    token: str = "",
    error: str | None = None,
    status: int = 200,
    fields: Mapping[str, str] | None = None,
    known_by: str = "",
) -> Response[str]:
    services = desk.services
    address = codes.address_of(ceremony) if ceremony else known_by
    view = ProvePage(
        state=state or ("code" if ceremony else "ask"),
        send_url=f"{URL}/send",
        post_url=URL,
        next=back,
        token=token,
        works_until=ceremony.expires_at if ceremony else None,
        error=error,
        contact=services.settings.contact,
        challenge=await services.doors.challenge(attempt_at(desk, request, address), fields),
        send_challenge=await services.doors.challenge(
            asking_at(desk, request, address), fields
        ),
    )
    async with desk.sitting(request) as sitting:
        return desk.show(sitting, "portal/prove.html", view, "account", status=status)


def _next(given: Mapping[str, str]) -> str:
    """Return where to go afterwards: a page of the portal that is not this one."""
    wanted = way_back(given.get("next", ""), HOME)
    return HOME if wanted.partition("?")[0].startswith(URL) else wanted

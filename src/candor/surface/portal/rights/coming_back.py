"""Coming back after an erasure: an address, a mailed code, and its tombstone is taken away.

Whether an address was erased is said to nobody: the page and its statements are the same for
every address, and the job that sends the mail finds it out. Only this one identifier is known
again; nothing that was erased comes back.
"""

from collections.abc import Mapping
from typing import Final

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler

from candor.domain.access.errors import CeremonyOver
from candor.domain.access.model.ceremony import CEREMONY_LASTS, Ceremony
from candor.domain.access.service import codes, coming_back
from candor.domain.audit.model import Actor
from candor.domain.profiles.service import addresses, returning
from candor.infra.web.reading import Reader, reading
from candor.infra.web.reading import translate as _
from candor.kernel.pii import Pii
from candor.surface.plain import ceremony_cookie
from candor.surface.plain.answers import AnyRequest, see_other
from candor.surface.plain.ceremony_cookie import CODE
from candor.surface.plain.doors import ChallengeNeeded
from candor.surface.plain.language import links
from candor.surface.portal.desk import HOME, Desk
from candor.surface.portal.rights.views import BackPage
from candor.surface.portal.sign_in.by_code import Page, in_language, locale_of, wrong_code
from candor.surface.portal.sign_in.sending import asking_at, attempt_at, passed, send

URL: Final = f"{HOME}/back"
_TEMPLATE: Final = "portal/back.html"
_READER: Final = Actor.machine("portal")  # whoever reads the mail of that address
_INVALID: Final = 400
_GONE: Final = 410
_LIMITED: Final = 429
_LONGEST: Final = 254  # signs of an address that are shown again (RFC 5321, 4.5.3.1.3)


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the routes of coming back."""
    return [*_asking(desk), _answering(desk)]


def _asking(desk: Desk) -> list[HTTPRouteHandler]:
    services, visits = desk.services, desk.visits

    @get("/back", opt={"public": "asks for an address, or for the code that was sent"})
    async def ask(request: AnyRequest) -> Response[str]:
        """Ask for an address; for the code, when this browser waits for one."""
        ceremony = await _under_way(desk, request)
        if ceremony is None or "new" in request.query_params:
            return await _address_page(desk, request, {})
        return await _code_page(desk, request, ceremony, {})

    @post("/back/send", opt={"public": "sends a code to whoever has the address"})
    async def send_code(request: AnyRequest) -> Page:
        """Have a code sent; the answer is the same for every address."""
        fields = await visits.form(request, visits.token_before(request))
        typed = fields.get("email", "")
        async with services.database.read() as tx:
            in_force = (await services.rulebook.rules(tx)).in_force
            await services.vault.indexing.follow(tx)
        marks = addresses.marks_of(typed, in_force=in_force, vault=services.vault)
        named = returning.named(Pii(typed), in_force)
        if not marks or not named:
            with reading(Reader(services.clock.now(), locale_of(request))):
                error = str(
                    _("This is not a whole e-mail address. It looks like: name@example.org")
                )
            return await _address_page(desk, request, fields, error=error, status=_INVALID)
        address = addresses.written(marks)
        try:
            browser = await send(
                desk,
                request,
                fields,
                kind=codes.BACK,
                address=address,
                locale=locale_of(request),
                sealed=coming_back.sealed(services.keyring, Pii(named[0][1])),
            )
        except ChallengeNeeded:
            return await _address_page(desk, request, fields, status=_LIMITED, known_by=address)
        answer = see_other(in_language(request, URL))
        answer.set_cookie(ceremony_cookie.cookie(services, browser, what=CODE))
        return answer

    return [ask, send_code]


def _answering(desk: Desk) -> HTTPRouteHandler:
    services, visits = desk.services, desk.visits

    @post(
        "/back/code",
        opt={"public": "the code takes the mark away, and opens no page"},
        status_code=200,
    )
    async def answer(request: AnyRequest) -> Page:
        """Hold the code against what this browser asked for; let the address be known again."""
        fields = await visits.form(request, visits.token_before(request))
        ceremony = await _under_way(desk, request)
        if ceremony is None:
            return await _over(desk, request)
        attempt = attempt_at(desk, request, codes.address_of(ceremony))
        try:
            await services.doors.before(attempt, fields)
        except ChallengeNeeded:
            return await _code_page(desk, request, ceremony, fields, status=_LIMITED)
        try:
            is_right = await _lifted(desk, request, ceremony, fields.get("code", ""))
        except CeremonyOver:
            return await _over(desk, request)
        if not is_right:
            await services.doors.failed(attempt)
            return await _wrong(desk, request, fields)
        known = await passed(desk, request, codes.address_of(ceremony))
        done = await _show(desk, request, BackPage("done", contact=services.settings.contact))
        done.set_cookie(ceremony_cookie.cookie(services, "", what=CODE))
        done.set_cookie(known)
        return done

    return answer


async def _lifted(desk: Desk, request: AnyRequest, ceremony: Ceremony, given: str) -> bool:
    """Judge an answer, and take the tombstone away when it is right; tell whether it was.

    In one transaction, which is committed for a wrong answer as well: it is counted.
    """
    services = desk.services
    async with services.database.tx() as tx:
        bearer_id = await codes.answer(
            tx,
            ceremony_cookie.browser_of(services, request, CODE),
            given,
            kind=codes.BACK,
            keyring=services.keyring,
            clock=services.clock,
        )
        if bearer_id is None:
            return False
        address = coming_back.address_in(services.keyring, ceremony)
        in_force = (await services.rulebook.rules(tx)).in_force
        await returning.lift(
            tx,
            returning.named(address, in_force),
            ground=returning.Ground.BY_THEMSELVES,
            actor=_READER,
            vault=services.vault,
            clock=services.clock,
        )
    return True


async def _under_way(desk: Desk, request: AnyRequest) -> Ceremony | None:
    """Return what this browser asked a code for; None when there is nothing, or it is over."""
    services = desk.services
    browser = ceremony_cookie.browser_of(services, request, CODE)
    try:
        async with services.database.read() as tx:
            return await codes.look(tx, browser, kind=codes.BACK, clock=services.clock)
    except CeremonyOver:
        return None


async def _show(
    desk: Desk, request: AnyRequest, view: BackPage, status: int = 200
) -> Response[str]:
    locale = locale_of(request)
    return await desk.show_plain(
        _TEMPLATE,
        view,
        locale=locale,
        status=status,
        languages=links(locale) if request.method == "GET" else (),
    )


async def _address_page(
    desk: Desk,
    request: AnyRequest,
    fields: Mapping[str, str],
    *,
    error: str | None = None,
    said: str | None = None,
    status: int = 200,
    known_by: str = "",
) -> Response[str]:
    doors = desk.services.doors
    view = BackPage(
        "address",
        post_url=in_language(request, f"{URL}/send"),
        csrf_token=desk.visits.token_before(request),
        contact=desk.services.settings.contact,
        address=fields.get("email", "")[:_LONGEST],
        error=error,
        said=said,
        challenge=await doors.challenge(asking_at(desk, request, known_by), fields),
        lasts_minutes=int(CEREMONY_LASTS.total_seconds()) // 60,
    )
    return await _show(desk, request, view, status)


async def _code_page(
    desk: Desk,
    request: AnyRequest,
    ceremony: Ceremony,
    fields: Mapping[str, str],
    *,
    error: str | None = None,
    status: int = 200,
) -> Response[str]:
    start = in_language(request, URL)
    attempt = attempt_at(desk, request, codes.address_of(ceremony))
    view = BackPage(
        "code",
        post_url=in_language(request, f"{URL}/code"),
        start_url=f"{start}&new" if "?" in start else f"{start}?new",
        csrf_token=desk.visits.token_before(request),
        contact=desk.services.settings.contact,
        error=error,
        challenge=await desk.services.doors.challenge(attempt, fields),
    )
    return await _show(desk, request, view, status)


async def _wrong(desk: Desk, request: AnyRequest, fields: Mapping[str, str]) -> Response[str]:
    """Say that the code is wrong, and how many answers are left."""
    ceremony = await _under_way(desk, request)
    if ceremony is None:
        return await _over(desk, request)
    with reading(Reader(desk.services.clock.now(), locale_of(request))):
        error = wrong_code(ceremony)
    return await _code_page(desk, request, ceremony, fields, error=error, status=_INVALID)


async def _over(desk: Desk, request: AnyRequest) -> Response[str]:
    """Begin anew: it took too long, or too many answers were wrong, or nothing was asked here."""
    with reading(Reader(desk.services.clock.now(), locale_of(request))):
        said = str(
            _(
                "The code no longer counts: its time was over, or five tries were wrong."
                " Ask for a new one."
            )
        )
    return await _address_page(desk, request, {}, said=said, status=_GONE)

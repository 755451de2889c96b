"""Coming in by a code from a mail: asking for it, typing it, or pressing the link beside it.

Known and unknown addresses get the same pages, by the same statements. The link of the mail
changes nothing; its button does, and only in the browser that asked.
"""

from collections.abc import Mapping
from typing import Final

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect

from candor.domain.access.errors import CeremonyOver
from candor.domain.access.model.ceremony import CEREMONY_LASTS, WRONG_ANSWERS, Ceremony
from candor.domain.access.model.sign_in import Method
from candor.domain.access.service import codes
from candor.domain.profiles.service import addresses
from candor.infra.web.reading import Reader, reading
from candor.infra.web.reading import translate as _
from candor.infra.web.reading import translate_many as ngettext
from candor.kernel.ids import ProfileId
from candor.surface.plain import ceremony_cookie
from candor.surface.plain.answers import AnyRequest, see_other
from candor.surface.plain.ceremony_cookie import CODE
from candor.surface.plain.doors import ChallengeNeeded
from candor.surface.plain.language import NAMES, links, wanted
from candor.surface.portal.desk import HOME, Desk
from candor.surface.portal.sign_in.entering import enter, opened
from candor.surface.portal.sign_in.sending import asking_at, attempt_at, passed, send
from candor.surface.portal.sign_in.views import CustomerSignInPage

URL: Final = f"{HOME}/sign-in"
_TEMPLATE: Final = "portal/sign_in.html"
_INVALID: Final = 400
_GONE: Final = 410
_LIMITED: Final = 429
_LONGEST: Final = 254  # signs of an address that are shown again (RFC 5321, 4.5.3.1.3)
Page = Response[str] | Redirect


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the routes of coming in by a code."""
    return [*_asking(desk), *_answering(desk)]


async def show(
    desk: Desk, request: AnyRequest, view: CustomerSignInPage, status: int = 200
) -> Response[str]:
    """Return the card in the visitor's language."""
    locale = locale_of(request)
    return await desk.show_plain(
        _TEMPLATE,
        view,
        locale=locale,
        status=status,
        languages=links(locale) if request.method == "GET" else (),
    )


def locale_of(request: AnyRequest) -> str:
    """Return the language in which somebody who is not signed in is spoken to."""
    accepted = request.headers.get("accept-language", "")
    return wanted(request.query_params.get("lang"), accepted)


def in_language(request: AnyRequest, path: str) -> str:
    """Return an address of ours; a language that was chosen goes with it."""
    lang = request.query_params.get("lang", "")
    return f"{path}?lang={lang}" if lang in NAMES else path


async def address_page(
    desk: Desk,
    request: AnyRequest,
    fields: Mapping[str, str],
    *,
    error: str | None = None,
    said: str | None = None,
    status: int = 200,
    known_by: str = "",
) -> Response[str]:
    """Return the card that asks where the code shall go."""
    doors = desk.services.doors
    view = CustomerSignInPage(
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
    return await show(desk, request, view, status)


async def code_page(
    desk: Desk,
    request: AnyRequest,
    ceremony: Ceremony,
    fields: Mapping[str, str],
    *,
    error: str | None = None,
    status: int = 200,
) -> Response[str]:
    """Return the card that asks for the code."""
    doors = desk.services.doors
    attempt = attempt_at(desk, request, codes.address_of(ceremony))
    view = CustomerSignInPage(
        "code",
        post_url=in_language(request, f"{URL}/code"),
        csrf_token=desk.visits.token_before(request),
        contact=desk.services.settings.contact,
        error=error,
        is_again="again" in request.query_params,
        again_url=in_language(request, f"{URL}/again"),
        start_url=_start(request),
        challenge=await doors.challenge(attempt, fields),
        again_challenge=await doors.challenge(
            asking_at(desk, request, codes.address_of(ceremony)), fields
        ),
        lasts_minutes=int(CEREMONY_LASTS.total_seconds()) // 60,
    )
    return await show(desk, request, view, status)


async def under_way(desk: Desk, request: AnyRequest) -> Ceremony | None:
    """Return what this browser asked a code for; None when there is nothing, or it is over."""
    services = desk.services
    browser = ceremony_cookie.browser_of(services, request, CODE)
    try:
        async with services.database.read() as tx:
            return await codes.look(tx, browser, kind=codes.SIGN_IN, clock=services.clock)
    except CeremonyOver:
        return None


def _asking(desk: Desk) -> list[HTTPRouteHandler]:
    services, visits = desk.services, desk.visits

    @get("/sign-in", opt={"public": "asks for an address, or for the code that was sent"})
    async def ask(request: AnyRequest) -> Response[str]:
        """Ask for an address; for the code, when this browser waits for one."""
        ceremony = await under_way(desk, request)
        if ceremony is None or "new" in request.query_params:
            return await address_page(desk, request, {})
        return await code_page(desk, request, ceremony, {})

    @post("/sign-in/send", opt={"public": "sends a code to whoever has the address"})
    async def send_code(request: AnyRequest) -> Page:
        """Have a code sent; the answer is the same for every address."""
        fields = await visits.form(request, visits.token_before(request))
        async with services.database.read() as tx:
            rules = await services.rulebook.rules(tx)
            await services.vault.indexing.follow(tx)
        marks = addresses.marks_of(
            fields.get("email", ""), in_force=rules.in_force, vault=services.vault
        )
        if not marks:
            with reading(Reader(services.clock.now(), locale_of(request))):
                error = str(
                    _("This is not a whole e-mail address. It looks like: name@example.org")
                )
            return await address_page(desk, request, fields, error=error, status=_INVALID)
        return await _sent(desk, request, fields, addresses.written(marks))

    @post("/sign-in/again", opt={"public": "sends another code to the same address"})
    async def send_again(request: AnyRequest) -> Page:
        """Have another code sent; the one before no longer counts."""
        fields = await visits.form(request, visits.token_before(request))
        ceremony = await under_way(desk, request)
        if ceremony is None:
            return await _over(desk, request)
        return await _sent(desk, request, fields, codes.address_of(ceremony), after=ceremony)

    return [ask, send_code, send_again]


async def _sent(
    desk: Desk,
    request: AnyRequest,
    fields: Mapping[str, str],
    address: str,
    *,
    after: Ceremony | None = None,
) -> Page:
    """Send a code and show where to type it; or the form again, with what the doors ask for."""
    try:
        browser = await send(
            desk,
            request,
            fields,
            kind=codes.SIGN_IN,
            address=address,
            locale=locale_of(request),
        )
    except ChallengeNeeded:
        if after is not None:
            return await code_page(desk, request, after, fields, status=_LIMITED)
        return await address_page(desk, request, fields, status=_LIMITED, known_by=address)
    path = in_language(request, URL)
    if after is not None:
        path += "&again" if "?" in path else "?again"
    answer = see_other(path)
    answer.set_cookie(ceremony_cookie.cookie(desk.services, browser, what=CODE))
    return answer


def _answering(desk: Desk) -> list[HTTPRouteHandler]:
    services, visits = desk.services, desk.visits

    @post("/sign-in/code", opt={"public": "the code is what lets one in"})
    async def sign_in(request: AnyRequest) -> Page:
        """Hold the code, or the token of the link, against what this browser asked for."""
        fields = await visits.form(request, visits.token_before(request))
        ceremony = await under_way(desk, request)
        if ceremony is None:
            return await _over(desk, request)
        attempt = attempt_at(desk, request, codes.address_of(ceremony))
        try:
            await services.doors.before(attempt, fields)
        except ChallengeNeeded:
            return await code_page(desk, request, ceremony, fields, status=_LIMITED)
        try:
            secret = await _answer(desk, request, fields.get("code", ""))
        except CeremonyOver:
            return await _over(desk, request)
        if secret is None:
            await services.doors.failed(attempt, codes.subject_of(ceremony))
            return await _wrong(desk, request, fields)
        known = await passed(desk, request, codes.address_of(ceremony))
        answer = opened(desk, secret, HOME)
        answer.set_cookie(ceremony_cookie.cookie(services, "", what=CODE))
        answer.set_cookie(known)
        return answer

    @get("/sign-in/mail/{token:str}", opt={"public": "asks before the link is used"})
    async def by_link(request: AnyRequest, token: FromPath[str]) -> Response[str]:
        """Ask whether to come in, in the browser that asked; elsewhere, say where to go."""
        ceremony = await under_way(desk, request)
        if ceremony is None or not codes.is_link_of(services.keyring, ceremony, token):
            view = CustomerSignInPage(
                "elsewhere", start_url=_start(request), contact=services.settings.contact
            )
            return await show(desk, request, view, _GONE)
        attempt = attempt_at(desk, request, codes.address_of(ceremony))
        view = CustomerSignInPage(
            "mail",
            post_url=in_language(request, f"{URL}/code"),
            token=token,
            csrf_token=visits.token_before(request),
            challenge=await services.doors.challenge(attempt),
        )
        return await show(desk, request, view)

    return [sign_in, by_link]


async def _answer(desk: Desk, request: AnyRequest, given: str) -> str | None:
    """Judge an answer; return the secret of the session that it began, or None: wrong.

    In one transaction, which is committed for a wrong answer as well: it is counted.
    """
    services = desk.services
    async with services.database.tx() as tx:
        bearer_id = await codes.answer(
            tx,
            ceremony_cookie.browser_of(services, request, CODE),
            given,
            kind=codes.SIGN_IN,
            keyring=services.keyring,
            clock=services.clock,
        )
        if bearer_id is None:
            return None
        return await enter(desk, tx, request, ProfileId(bearer_id), Method.CODE, is_strong=True)


async def _wrong(desk: Desk, request: AnyRequest, fields: Mapping[str, str]) -> Response[str]:
    """Say that the code is wrong, and how many answers are left."""
    ceremony = await under_way(desk, request)
    if ceremony is None:
        return await _over(desk, request)
    with reading(Reader(desk.services.clock.now(), locale_of(request))):
        error = wrong_code(ceremony)
    return await code_page(desk, request, ceremony, fields, error=error, status=_INVALID)


def wrong_code(ceremony: Ceremony) -> str:
    """Return the sentence about a wrong code, for use inside `reading`."""
    left = WRONG_ANSWERS - ceremony.attempts
    return str(
        ngettext(
            "This is not the code of the last mail. You can try %(n)s more time.",
            "This is not the code of the last mail. You can try %(n)s more times.",
            left,
            n=left,
        )
    )


async def _over(desk: Desk, request: AnyRequest) -> Response[str]:
    """Begin anew: it took too long, or too many answers were wrong, or nothing was asked here."""
    with reading(Reader(desk.services.clock.now(), locale_of(request))):
        said = str(
            _(
                "The code no longer counts: its time was over, or five tries were wrong."
                " Ask for a new one."
            )
        )
    return await address_page(desk, request, {}, said=said, status=_GONE)


def _start(request: AnyRequest) -> str:
    """Return where another address can be given."""
    path = in_language(request, URL)
    return f"{path}&new" if "?" in path else f"{path}?new"

"""How a request goes, for whoever has its link: erased people, and those who asked elsewhere.

The ticket shows progress and names nobody. To say yes takes more: the mark of the mail, or two
facts that agree, or signing in. A link that was edited, invented or has run out meets one page.
"""

from datetime import timedelta
from typing import Final

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from candor.domain.audit.model import Actor
from candor.domain.rights.errors import NoSuchRequest, TooManyProofs, WrongMove
from candor.domain.rights.model.request import Proof, Request, Right, State
from candor.domain.rights.service import certificates, confirming, deciding
from candor.domain.rights.service import reading as looking
from candor.infra.web.reading import Reader, reading
from candor.infra.web.reading import translate as _
from candor.surface.plain import entitled
from candor.surface.plain.answers import AnyRequest
from candor.surface.plain.language import NAMES, asked, links, locale_of, wanted
from candor.surface.portal.desk import HOME, Desk
from candor.surface.portal.rights import telling
from candor.surface.portal.rights.cards import URL as RIGHTS_URL
from candor.surface.portal.rights.comparing import agrees
from candor.surface.portal.rights.requests import certificate_file, waits_for_yes
from candor.surface.portal.rights.views import ProgressPage

URL: Final = "/rights"
LASTS: Final = timedelta(days=90)  # after the answer
_TEMPLATE: Final = "portal/progress.html"
_LINK: Final = Actor.machine("portal")  # whoever has the link: not known to be the person
_PUBLIC: Final = {"public": "the secret link shows progress, and names nobody"}
_GONE: Final = 410
_INVALID: Final = 400
_TRIES: Final = 5
_ARCHIVES: Final = frozenset({Right.ACCESS, Right.PORTABILITY})


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the routes behind the link; they lie beside the portal: nobody has to sign in."""
    return [*_shows(desk), *_answers(desk), _denies(desk)]


def _shows(desk: Desk) -> list[HTTPRouteHandler]:
    @get(f"{URL}/{{ticket:str}}", opt=_PUBLIC)
    async def show(request: AnyRequest, ticket: FromPath[str]) -> Response[str]:
        """Show how it goes. Changes nothing."""
        return await _page(desk, request, ticket)

    @get(f"{URL}/{{ticket:str}}/yes/{{mark:str}}", opt=_PUBLIC)
    async def ask(
        request: AnyRequest, ticket: FromPath[str], mark: FromPath[str]
    ) -> Response[str]:
        """Ask whether it was they, whoever opens the link of the mail. Changes nothing."""
        return await _page(desk, request, ticket, mark=mark)

    @get(f"{URL}/{{ticket:str}}/certificate", opt=_PUBLIC)
    async def certificate(request: AnyRequest, ticket: FromPath[str]) -> Response[str]:
        """Give the certificate, which names nobody, as a file."""
        try:
            async with desk.services.database.read() as tx:
                found = await _found(desk, ticket)
                body = await certificates.body_of(tx, found.request_id)
            return certificate_file(found, body)
        except NoSuchRequest:
            return await _gone(desk, request)

    return [show, ask, certificate]


def _answers(desk: Desk) -> list[HTTPRouteHandler]:
    office = desk.services.office

    @post(f"{URL}/{{ticket:str}}/yes/{{mark:str}}", opt=_PUBLIC, status_code=200)
    async def yes(
        request: AnyRequest, ticket: FromPath[str], mark: FromPath[str]
    ) -> Response[str]:
        """Take it that the person asked: whoever has the mark reads their mail."""
        await desk.visits.form(request, desk.visits.token_of_link(ticket))
        try:
            found = await _found(desk, ticket)
        except NoSuchRequest:
            return await _gone(desk, request)
        if not confirming.is_mark_of(office, found, mark):
            return await _gone(desk, request)
        is_new = await _prove(desk, found, Proof.MAILBOX)
        return await _page(desk, request, ticket, mark=mark, is_done=is_new)

    @post(f"{URL}/{{ticket:str}}/facts", opt=_PUBLIC, status_code=200)
    async def facts(request: AnyRequest, ticket: FromPath[str]) -> Response[str]:
        """Compare two facts; a wrong try is counted, and after five none is taken."""
        fields = await desk.visits.form(request, desk.visits.token_of_link(ticket))
        try:
            found = await _found(desk, ticket)
            is_right = await _compare(
                desk, found, fields.get("first", ""), fields.get("second", "")
            )
        except (NoSuchRequest, WrongMove, TooManyProofs):
            return await _page(desk, request, ticket)
        return await _page(desk, request, ticket, is_done=is_right, is_wrong=not is_right)

    return [yes, facts]


def _denies(desk: Desk) -> HTTPRouteHandler:
    office = desk.services.office

    @post(f"{URL}/{{ticket:str}}/no", opt=_PUBLIC, status_code=200)
    async def no(request: AnyRequest, ticket: FromPath[str]) -> Response[str]:
        """Strike out what somebody asked for in another's name, while it waits for a yes."""
        await desk.visits.form(request, desk.visits.token_of_link(ticket))
        try:
            found = await _found(desk, ticket)
            if waits_for_yes(found):
                async with desk.services.database.tx() as tx:
                    await deciding.deny(tx, found.request_id, actor=_LINK, office=office)
        except NoSuchRequest:
            return await _gone(desk, request)
        except WrongMove:
            pass
        return await _page(desk, request, ticket, is_denied=True)

    return no


async def _found(desk: Desk, ticket: str) -> Request:
    """Return the request of a ticket.

    Raises:
        NoSuchRequest: none, or it was answered so long ago that the link has run out.
    """
    async with desk.services.database.read() as tx:
        found = await looking.by_ticket(tx, ticket)
    if found.closed_at is not None and found.closed_at + LASTS <= desk.services.clock.now():
        raise NoSuchRequest
    return found


async def _prove(desk: Desk, found: Request, proof: Proof) -> bool:
    """Note a proof; tell whether it was new. Pressed twice, or too late: nothing changes."""
    if not waits_for_yes(found):
        return False
    try:
        async with desk.services.database.tx() as tx:
            await deciding.prove(
                tx, found.request_id, proof, actor=_LINK, office=desk.services.office
            )
    except (WrongMove, TooManyProofs):
        return False
    return True


async def _compare(desk: Desk, found: Request, first: str, second: str) -> bool:
    """Compare two facts and note what came of it, in one transaction, committed in both cases.

    Raises:
        TooManyProofs: five were wrong before.
        WrongMove: it is under way or over, or facts do not suffice for it.
    """
    services, person = desk.services, found.person
    if person is None or not confirming.is_enough(services.office, found, Proof.DATA_POINTS):
        raise WrongMove
    async with services.database.tx() as tx:
        locked = await deciding.locked(tx, found.request_id)
        if not waits_for_yes(locked):
            raise WrongMove
        if locked.failures >= _TRIES:  # nothing is compared any more
            raise TooManyProofs
        rules = await services.rulebook.rules(tx)
        is_right = await agrees(
            tx, person, first, second, in_force=rules.in_force, vault=services.vault
        )
        if is_right:
            await deciding.prove(
                tx, found.request_id, Proof.DATA_POINTS, actor=_LINK, office=services.office
            )
        else:
            await deciding.fail_proof(tx, found.request_id, actor=_LINK, office=services.office)
    return is_right


async def _page(
    desk: Desk,
    request: AnyRequest,
    ticket: str,
    *,
    mark: str = "",
    is_done: bool = False,
    is_denied: bool = False,
    is_wrong: bool = False,
) -> Response[str]:
    """Return the page as the request stands now, in the language in which it was asked."""
    services = desk.services
    try:
        found = await _found(desk, ticket)
    except NoSuchRequest:
        return await _gone(desk, request)
    lang = request.query_params.get("lang", "")
    locale = asked(lang, locale_of(found.locale))
    async with services.database.read() as tx:
        events = await looking.events(tx, found.request_id)
        tasks = await looking.tasks(tx, found.request_id)
        has_certificate = await certificates.body_of(tx, found.request_id) is not None
        rules = await services.rulebook.rules(tx)
    now = services.clock.now()
    here = f"{URL}/{ticket}"
    suffix = f"?lang={lang}" if lang in NAMES else ""
    has_mark = bool(mark) and confirming.is_mark_of(services.office, found, mark)
    may_yes = has_mark and confirming.is_enough(services.office, found, Proof.MAILBOX)
    may_compare = (
        confirming.is_enough(services.office, found, Proof.DATA_POINTS)
        and found.failures < _TRIES
    )
    with reading(Reader(now, locale)):
        badge, tone = entitled.state(found)
        state = _state(found, is_done=is_done, is_denied=is_denied)
        is_question = state in {"ask", "done"}
        clock, urgency = entitled.clock(found, now)
        view = ProgressPage(
            state=state,
            title=(entitled.name if is_question else entitled.asked_for)(found.kind),
            asked_at=found.received_at,
            badge=badge,
            tone=tone,
            clock=clock,
            urgency=urgency,
            steps=telling.steps(found, events, tasks),
            answer=telling.answer(found, tasks, None),
            is_live=telling.is_live(found, tasks),
            here_url=here + suffix,
            certificate_url=f"{here}/certificate" if has_certificate else None,
            is_farewell=found.kind is Right.ERASURE and found.begun_at is not None,
            has_archive=_has_archive(desk, found),
            yes_url=f"{here}/yes/{mark}{suffix}" if may_yes else "",
            no_url=f"{here}/no{suffix}",
            points_url=f"{here}/facts{suffix}" if may_compare and not may_yes else "",
            left=_TRIES - found.failures,
            home_url=RIGHTS_URL,
            error=str(_("That is not what we know. Look again at what you typed."))
            if is_wrong
            else None,
            csrf_token=desk.visits.token_of_link(ticket),
            contact=services.settings.contact,
            authority=rules.in_force.document.controller.authority,
        )
    return await desk.show_plain(
        _TEMPLATE,
        view,
        locale=locale,
        status=_INVALID if is_wrong else 200,
        languages=links(locale) if request.method == "GET" else (),
    )


def _state(found: Request, *, is_done: bool, is_denied: bool) -> str:
    if is_denied and found.state is State.WITHDRAWN:
        return "withdrawn"
    if waits_for_yes(found):
        return "ask"
    return "done" if is_done else "open"


def _has_archive(desk: Desk, found: Request) -> bool:
    until = found.results_until
    return (
        found.kind in _ARCHIVES
        and found.state is State.FULFILLED
        and until is not None
        and until > desk.services.clock.now()
    )


async def _gone(desk: Desk, request: AnyRequest) -> Response[str]:
    view = ProgressPage("gone", home_url=HOME, contact=desk.services.settings.contact)
    locale = wanted(
        request.query_params.get("lang"), request.headers.get("accept-language", "")
    )
    return await desk.show_plain(
        _TEMPLATE,
        view,
        locale=locale,
        status=_GONE,
        languages=links(locale) if request.method == "GET" else (),
    )

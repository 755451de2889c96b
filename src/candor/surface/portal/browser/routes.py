"""Messages in this browser: the page, adding and stopping a browser, a test, the worker.

The service worker stands at an address of its own below this page, so its scope is that folder
alone (Service Workers, section 3.4.3): it can touch no other page, and needs none.
"""

from contextlib import suppress
from datetime import timedelta
from typing import Final
from uuid import UUID

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.response import Redirect

from candor.domain.access.model.sign_in import Audience
from candor.domain.connections.errors import (
    BadConnection,
    BadMessage,
    NoSuchBrowser,
    NoSuchConnection,
)
from candor.domain.connections.service import subscribing, testing
from candor.domain.connections.service.exchange import Exchange
from candor.domain.consent.model.state import Standing
from candor.domain.consent.service import gate, preferences
from candor.domain.profiles.errors import NoSuchProfile
from candor.domain.shield.errors import TooMany
from candor.domain.shield.model.limit import Limit
from candor.domain.vault.errors import NoKey
from candor.infra.db.pool import ReadTx
from candor.infra.web.reading import reading
from candor.infra.web.reading import translate as _
from candor.infra.web.static import FILES
from candor.kernel.pii import Pii
from candor.surface.plain.answers import HEADERS, AnyRequest, file_answer, see_other
from candor.surface.portal.browser.filling import URL, Held, fill
from candor.surface.portal.browser.marking import mark, marked
from candor.surface.portal.desk import OWN, Desk, Erased, Sitting
from candor.surface.portal.refusals import NoBrowserMessages, NotABrowser
from candor.surface.portal.steering import form

_TESTS: Final = Limit("browser.tests", 6, timedelta(hours=1))


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the routes of the page, of its forms, and of the worker."""
    return [_page(desk), _worker(), *_keeping(desk), _test(desk)]


def _page(desk: Desk) -> HTTPRouteHandler:
    @get("/browser", opt=OWN)
    async def browser(request: AnyRequest) -> Response[str]:
        """Say which browsers take messages, and what comes there."""
        async with desk.sitting(request) as sitting:
            held = await _held(request, desk, sitting)
        with reading(sitting.reader):
            view = fill(held, sitting.rules, sitting.reader)
        return desk.show(sitting, "portal/browser.html", view, "write")

    return browser


def _worker() -> HTTPRouteHandler:
    file = FILES["candor-push-worker.js"]
    # Asked for again each time, so that a new one is taken at once; it loads and calls nothing.
    headers = {
        **HEADERS,
        "cache-control": "no-cache",
        "content-security-policy": "default-src 'none'",
    }

    @get("/browser/worker.js", opt={"public": "a script, the same for everybody"})
    async def worker(request: AnyRequest) -> Response[bytes]:
        """Return the service worker."""
        return file_answer(request, file.body, file.packed, file.content_type, dict(headers))

    return worker


def _keeping(desk: Desk) -> list[HTTPRouteHandler]:
    services = desk.services

    @post("/browser", opt=OWN)
    async def add(request: AnyRequest) -> Redirect:
        """Keep this browser, which the customer has just allowed messages."""
        fields = await form(desk, request)
        caller = services.doors.attempt(request, Audience.CUSTOMER, "").caller
        async with desk.sitting(request) as sitting:
            try:
                number = await subscribing.add(
                    sitting.tx,
                    sitting.visit.profile_id,
                    Pii(fields.get("subscription", "")),
                    device=caller.device,
                    actor=sitting.actor,
                    exchange=services.exchange,
                )
            except BadMessage as error:
                raise NotABrowser from error
            except NoSuchConnection as error:
                raise NoBrowserMessages from error
            except NoKey as error:
                raise Erased from error
        answer = see_other(f"{URL}?done=added")
        answer.set_cookie(mark(services, number))
        return answer

    @post("/browser/stop", opt=OWN)
    async def stop(request: AnyRequest) -> Redirect:
        """Forget one browser; one that is gone already is stopped as well."""
        fields = await form(desk, request)
        which = _uuid(fields.get("which", ""))
        async with desk.sitting(request) as sitting:
            with suppress(NoSuchBrowser):  # it is not there: that is what was asked for
                await subscribing.remove(
                    sitting.tx,
                    sitting.person.profile_ids,
                    which,
                    actor=sitting.actor,
                    exchange=services.exchange,
                )
        answer = see_other(f"{URL}?done=stopped")
        if which == marked(services, request):
            answer.set_cookie(mark(services, None))
        return answer

    return [add, stop]


def _test(desk: Desk) -> HTTPRouteHandler:
    services = desk.services

    @post("/browser/test", opt=OWN)
    async def test(request: AnyRequest) -> Redirect:
        """Send a message to all browsers of the customer, because they ask for it."""
        await form(desk, request)
        async with desk.sitting(request) as sitting:
            ids, actor = sitting.person.profile_ids, sitting.actor
            names = await services.vault.pseudonyms(sitting.tx, [sitting.visit.profile_id])
            with reading(sitting.reader):
                words = testing.Words(
                    locale=sitting.reader.language_tag,
                    title=sitting.rules.in_force.document.company,
                    text=str(_("This is the test that you asked for. Messages come through.")),
                    link=URL,
                )
        async with services.database.tx() as tx:
            taken = await services.throttles.take(tx, _TESTS, str(actor.id))
        if not taken.is_allowed:
            raise TooMany(taken.wait_seconds)
        try:
            tried = await testing.send_to_own_browsers(
                services.exchange, ids, words, subject=next(iter(names), None), actor=actor
            )
        except NoSuchBrowser:
            return see_other(f"{URL}?done=none")
        except NoSuchConnection as error:
            raise NoBrowserMessages from error
        return see_other(f"{URL}?done=tested-{tried.taken}-{tried.gone}-{tried.failed}")

    return test


async def _held(request: AnyRequest, desk: Desk, sitting: Sitting) -> Held:
    tx, head, policy = sitting.tx, sitting.person.head_id, sitting.rules.policy
    stands = await preferences.standing(tx, head, policy=policy)
    if stands is None:
        raise NoSuchProfile
    return Held(
        key=await _key(tx, desk.services.exchange),
        browsers=await subscribing.of_person(tx, sitting.person.profile_ids),
        this=marked(desk.services, request),
        stands=stands,
        decisions=await gate.explained(tx, head, policy=policy, now=sitting.reader.now),
        done=request.query_params.get("done", ""),
        is_restricted=(await gate.states(tx, [head]))[head].standing == Standing.RESTRICTED,
    )


async def _key(tx: ReadTx, exchange: Exchange) -> str | None:
    """Return the key that browsers are bound to; None: nothing can be sent to them now."""
    connection = await subscribing.offered(tx)
    if connection is None:
        return None
    try:
        return subscribing.public_key(connection, exchange)
    except BadConnection:
        return None


def _uuid(text: str) -> UUID:
    """Return which browser a form names; what names none is found nowhere."""
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)

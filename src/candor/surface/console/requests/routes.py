"""The queue of requests, one request with everything, and opening what was written."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from candor.domain.access.model.roles import Permission
from candor.domain.audit import service as audit
from candor.domain.audit.model import Entry
from candor.domain.consent.service import gate
from candor.domain.rights.model.request import Request
from candor.domain.rights.service import certificates, holds, words
from candor.domain.rights.service import reading as requests
from candor.infra.db.pool import ReadTx
from candor.infra.web.reading import reading
from candor.kernel.errors import Kind, Refused
from candor.kernel.ids import ProfileId
from candor.surface.console.desk import Desk, actor_of, asked, permitted
from candor.surface.console.person.volume import admit
from candor.surface.console.requests import beside, opening, queue
from candor.surface.console.requests.telling import Known, request_page
from candor.surface.console.requests.views import (
    QueuePage,
    RequestPage,
    WordsPage,
)
from candor.surface.console.views import Option, Pager
from candor.surface.plain.answers import HEADERS, AnyRequest
from candor.surface.plain.visits import Visit, short

PLACE: Final = "requests/queue"
_READ: Final = {"permission": Permission.REQUESTS_READ}
_OPEN: Final = {
    "permission": Permission.REQUESTS_WORK, "proof": "opens what people wrote",
}  # fmt: skip
_ENTRIES: Final = 200
_INVALID: Final = 400
_WHY: Final = (
    Option("answer", "To answer this request"),
    Option("find", "To find whose it is"),
    Option("dispute", "For a complaint or a case about it"),
)
_USES: Final = {
    words.WORDS: "What they wrote",
    words.ANSWER: "What we wrote to them",
    words.ADDRESS: "Where they want the answer",
}


class NoCertificate(Refused):
    """There is no certificate of this request."""

    code = "console.no_certificate"
    kind = Kind.NOT_FOUND
    default_hint = "One is signed when an erasure is done, and searched for what was left."


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the routes of looking at requests."""

    @get("/requests", opt=_READ)
    async def every(request: AnyRequest) -> Response[str]:
        """Show requests by urgency, with what the address asks for."""
        visit = desk.visit(request)
        async with desk.reading(visit) as tx:
            view = await _queue(desk, tx, visit, request)
            return await desk.show(tx, visit, PLACE, "console/requests.html", view)

    @get("/requests/{request_id:uuid}", opt=_READ)
    async def one(request: AnyRequest, request_id: FromPath[UUID]) -> Response[str]:
        """Show one request with everything that belongs to it."""
        visit = desk.visit(request)
        async with desk.reading(visit) as tx:
            view = await page_of(desk, tx, visit, request_id, done=asked(request, "done"))
            return await desk.show(tx, visit, PLACE, "console/request.html", view)

    @get("/requests/{request_id:uuid}/certificate", opt=_READ)
    async def certificate(request: AnyRequest, request_id: FromPath[UUID]) -> Response[str]:
        """Give the signed certificate, which names nobody."""
        visit = desk.visit(request)
        async with desk.reading(visit) as tx:
            await requests.find(tx, request_id)
            body = await certificates.body_of(tx, request_id)
        if body is None:
            raise NoCertificate
        name = f"candor-certificate-{request_id.hex[-8:]}.jws"
        headers = {**HEADERS, "content-disposition": f'attachment; filename="{name}"'}
        return Response(body, headers=headers, media_type="application/jose")

    return [every, one, certificate, *_words(desk)]


def _words(desk: Desk) -> list[HTTPRouteHandler]:
    @get("/requests/{request_id:uuid}/words", opt=_OPEN)
    async def ask(request: AnyRequest, request_id: FromPath[UUID]) -> Response[str]:
        """Ask why somebody needs to read what was written."""
        visit = desk.visit(request)
        async with desk.reading(visit) as tx:
            found = await requests.find(tx, request_id)
            view = _words_page(visit, found)
            return await desk.show(tx, visit, PLACE, "console/request_words.html", view)

    @post("/requests/{request_id:uuid}/words", opt=_OPEN)
    async def read(request: AnyRequest, request_id: FromPath[UUID]) -> Response[str]:
        """Open what was written; it is written down before it is shown."""
        fields = await desk.form(request)
        visit = desk.visit(request)
        why = fields.get("purpose", "")
        async with desk.reading(visit) as tx:
            found = await requests.find(tx, request_id)
            if why not in {option.code for option in _WHY}:
                view = _words_page(visit, found, error="Choose why you need to read it.")
                return await desk.show(
                    tx, visit, PLACE, "console/request_words.html", view, status=_INVALID
                )
        await admit(desk, visit, ProfileId(found.profile_id or found.request_id))
        async with desk.acting(visit) as tx:
            opened = await words.read(
                tx, found, uses=tuple(_USES), actor=actor_of(visit),
                office=desk.services.office, why=why,
            )  # fmt: skip
            lines = opening.shown(opened, _USES, await desk.colleagues(tx))
            view = replace(_words_page(visit, found), notes=lines, purpose=why)
            return await desk.show(tx, visit, PLACE, "console/request_words.html", view)

    return [ask, read]


def _words_page(visit: Visit, found: Request, *, error: str | None = None) -> WordsPage:
    url = f"{queue.URL}/{found.request_id}"
    return WordsPage(
        eyebrow=f"Request {short(found.request_id)}",
        back_url=url,
        url=f"{url}/words",
        csrf_token=visit.csrf_token,
        purposes=_WHY,
        error=error,
    )


async def _queue(desk: Desk, tx: ReadTx, visit: Visit, request: AnyRequest) -> QueuePage:
    now = desk.clock.now()
    staff = await desk.colleagues(tx)
    names = ("state", "right", "law", "channel", "assignee", "only")
    chosen = queue.read_filter({name: asked(request, name) for name in names}, staff)
    after = asked(request, "after")
    found = await requests.queue(
        tx,
        queue.wanted(chosen, visit.member.staff_id, now),
        after=queue.read_place(after),
        at_most=requests.PAGE + 1,
    )
    shown = found[: requests.PAGE]
    stuck = await _stuck(tx, shown)
    first = queue.first_week(now)
    weeks = await requests.weeks(tx, since=first)
    figures = await requests.figures(tx, since=now - queue.YEAR, until=now)
    more = len(found) > len(shown)
    with reading(desk.reader()):
        columns = queue.columns_of(weeks, first)
        return QueuePage(
            url=queue.URL,
            chosen=chosen,
            states=queue.STATES,
            rights=queue.RIGHTS,
            laws=queue.LAWS,
            channels=queue.CHANNELS,
            assignees=queue.assignees(staff),
            onlies=queue.ONLIES,
            is_filtered=queue.address(chosen) != queue.URL,
            lines=tuple(queue.line_of(one, staff, stuck, now) for one in shown),
            pager=Pager(
                queue.address(chosen) if after else None,
                queue.address(chosen, queue.place_text(shown[-1])) if more else None,
            ),
            figures=queue.figures_of(await requests.counts(tx, now)),
            weeks=columns,
            is_any=any(column.value for column in columns),
            pace=queue.pace_of(figures, weeks, first),
            new_url=permitted(visit, Permission.REQUESTS_CAPTURE, f"{queue.URL}/new"),
        )


async def _stuck(tx: ReadTx, shown: Sequence[Request]) -> frozenset[UUID]:
    """Return which of some requests wait for a person."""
    return frozenset(await requests.stuck_among(tx, [one.request_id for one in shown]))


async def page_of(
    desk: Desk,
    tx: ReadTx,
    visit: Visit,
    request_id: UUID,
    *,
    done: str = "",
    refused: str | None = None,
) -> RequestPage:
    """Return the page of one request.

    Raises:
        NoSuchRequest: there is none.
    """
    found = await requests.find(tx, request_id)
    known = await _known(desk, tx, found)
    with reading(desk.reader()):
        view = request_page(known, visit, desk.clock.now(), done)
    return replace(view, refused=refused)


async def _known(desk: Desk, tx: ReadTx, found: Request) -> Known:
    members = await gate.members(tx, ProfileId(found.profile_id)) if found.profile_id else []
    return Known(
        request=found,
        events=await requests.events(tx, found.request_id),
        tasks=await requests.tasks(tx, found.request_id),
        holds=[hold for hold in await holds.of_person(tx, members) if hold.lifted_at is None],
        related=await _related(tx, found, members),
        certificate=await beside.certificate_of(tx, found),
        entries=await _entries(tx, found),
        has_words=bool(set(_USES) & set(await words.uses(tx, found.request_id))),
        agent=await beside.agent_name(tx, found.agent_id),
        staff=await desk.colleagues(tx),
        laws=desk.services.office.laws,
        in_force=(await desk.rules(tx)).in_force,
    )


async def _entries(tx: ReadTx, found: Request) -> Sequence[Entry]:
    if found.subject is None:
        return ()
    return await audit.about(tx, [found.subject], at_most=_ENTRIES)


async def _related(
    tx: ReadTx, found: Request, members: Sequence[ProfileId]
) -> Sequence[Request]:
    """Return the other requests of the same person, and what this one is about."""
    others = await requests.of_person(tx, members) if members else []
    related = {one.request_id: one for one in others}
    for linked in (found.about_request_id, found.duplicate_of):
        if linked is not None and linked not in related:
            related[linked] = await requests.find(tx, linked)
    related.pop(found.request_id, None)
    return sorted(related.values(), key=_received, reverse=True)


def _received(request: Request) -> datetime:
    return request.received_at

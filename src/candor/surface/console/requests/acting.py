"""What a privacy officer does with a request. Each act locks it, and is written down.

Two at once: the second is told what the first did, and nothing of theirs is done.
"""

from collections.abc import Awaitable, Callable
from typing import Final, Protocol
from uuid import UUID

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from candor.domain.access.model.roles import Permission, may
from candor.domain.access.service import members
from candor.domain.audit.model import Actor
from candor.domain.rights.errors import (
    Held,
    NoSuchTask,
    NotExtendable,
    NotPausable,
    NotProved,
    TooManyProofs,
    UnknownRight,
    WrongMove,
)
from candor.domain.rights.service import deciding
from candor.domain.rights.service import reading as requests
from candor.domain.rights.service.office import Office
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.web.reading import reading
from candor.kernel.errors import Kind, Refused
from candor.surface.console.desk import Desk, Page, actor_of, asked
from candor.surface.console.requests import asking, letters, queue
from candor.surface.console.requests.routes import PLACE, page_of
from candor.surface.plain.answers import AnyRequest, see_other
from candor.surface.plain.visits import Visit

Deed = Callable[[Tx], Awaitable[object]]


class Pressed(Protocol):
    """An act of the service that needs nothing but the request."""

    def __call__(
        self, tx: Tx, request_id: UUID, *, actor: Actor, office: Office
    ) -> Awaitable[object]:
        """Do it."""
        ...


_MAY: Final = {"permission": Permission.REQUESTS_WORK}
_GRAVE: Final = {
    "permission": Permission.REQUESTS_WORK, "proof": "decides about somebody’s right",
}  # fmt: skip
_INVALID: Final = 400
_CONFLICT: Final = 409
_TOO_LATE: Final = (
    WrongMove,
    NotExtendable,
    NotPausable,
    NotProved,
    TooManyProofs,
    UnknownRight,
    Held,
)


class NoSuchColleague(Refused):
    """Nobody who works on requests is called that."""

    code = "console.no_such_colleague"
    kind = Kind.INVALID
    default_hint = "Choose somebody of the list."


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the routes of acting on a request."""
    return [
        *_at_once(desk),
        *_asked_first(desk, "prove", asking.prove),
        *_asked_first(desk, "extend", asking.extend),
        *_asked_first(desk, "pause", asking.pause),
        *_asked_first(desk, "sort", asking.sort),
        *_asked_first(desk, "refuse", asking.refuse),
        *_asked_first(desk, "fulfil", asking.fulfil),
        *_asked_first(desk, "withdraw", asking.withdraw),
        *_tasks(desk),
    ]


def _at_once(desk: Desk) -> list[HTTPRouteHandler]:
    office = desk.services.office

    @post("/requests/{request_id:uuid}/assign", opt=_MAY)
    async def assign(request: AnyRequest, request_id: FromPath[UUID]) -> Page:
        """Say who sees to a request."""
        fields = await desk.form(request)
        visit = desk.visit(request)
        who = fields.get("who", "")

        async def deed(tx: Tx) -> object:
            staff_id = await _worker(tx, who) if who else None
            return await deciding.assign(
                tx, request_id, staff_id, actor=actor_of(visit), office=office
            )

        return await _done(desk, visit, request_id, deed, "assigned")

    return [
        assign,
        _pressed(desk, "acknowledge", deciding.acknowledge, "acknowledged"),
        _pressed(desk, "link", deciding.ask_again, "linked"),
        _pressed(desk, "resume", deciding.resume, "resumed"),
    ]


def _pressed(desk: Desk, name: str, deed: Pressed, done: str) -> HTTPRouteHandler:
    """Return the route of an act that needs no more than a press."""

    @post(f"/requests/{{request_id:uuid}}/{name}", opt=_MAY, name=f"request-{name}")
    async def press(request: AnyRequest, request_id: FromPath[UUID]) -> Page:
        """Do it."""
        await desk.form(request)
        visit = desk.visit(request)

        async def do(tx: Tx) -> object:
            return await deed(
                tx, request_id, actor=actor_of(visit), office=desk.services.office
            )

        return await _done(desk, visit, request_id, do, done)

    return press


async def _worker(tx: ReadTx, text: str) -> UUID:
    """Return who is to see to a request.

    Raises:
        NoSuchColleague: nobody, or somebody whose role does not work on requests.
    """
    try:
        found = await members.find(tx, UUID(text))
    except ValueError:
        found = None
    if found is None or not may(found.role, Permission.REQUESTS_WORK):
        raise NoSuchColleague
    return found.staff_id


async def _done(desk: Desk, visit: Visit, request_id: UUID, deed: Deed, done: str) -> Page:
    """Do something with a request and show it, or say that somebody was faster."""
    try:
        async with desk.acting(visit) as tx:
            await deed(tx)
    except _TOO_LATE as late:
        return await _too_late(desk, visit, request_id, late)
    return see_other(f"{queue.URL}/{request_id}?done={done}")


async def _too_late(desk: Desk, visit: Visit, request_id: UUID, late: Refused) -> Response[str]:
    """Show the request as it is now, with what was done meanwhile."""
    async with desk.reading(visit) as tx:
        view = await page_of(desk, tx, visit, request_id)
        last = view.events[-1] if view.events else None
        with reading(desk.reader()):
            said = letters.too_late(late, last)
        view = await page_of(desk, tx, visit, request_id, refused=said)
        return await desk.show(tx, visit, PLACE, "console/request.html", view, status=_CONFLICT)


def _asked_first(desk: Desk, name: str, act: asking.Act) -> list[HTTPRouteHandler]:
    """Return the two routes of an act that says first what it will do."""
    opt = _GRAVE if act.is_grave else _MAY
    path = f"/requests/{{request_id:uuid}}/{name}"

    async def show(
        tx: ReadTx, visit: Visit, request_id: UUID, entered: asking.Entered, status: int
    ) -> Response[str]:
        known = await requests.find(tx, request_id)
        if not known.is_open:
            view = await page_of(desk, tx, visit, request_id, refused=letters.CLOSED)
            return await desk.show(
                tx, visit, PLACE, "console/request.html", view, status=_CONFLICT
            )
        about = await asking.About.of(desk, tx, known, visit)
        with reading(desk.reader()):
            view = act.page(about, entered)
        return await desk.show(
            tx, visit, PLACE, "console/request_act.html", view, status=status
        )

    @get(path, opt=opt, name=f"request-{name}")
    async def ask(request: AnyRequest, request_id: FromPath[UUID]) -> Response[str]:
        """Say what the act will do."""
        visit = desk.visit(request)
        entered = asking.Entered({key: asked(request, key) for key in ("ground",)})
        async with desk.reading(visit) as tx:
            return await show(tx, visit, request_id, entered, 200)

    @post(path, opt=opt, name=f"request-{name}-do")
    async def do(request: AnyRequest, request_id: FromPath[UUID]) -> Page:
        """Do it, or say what is missing."""
        fields = await desk.form(request)
        visit = desk.visit(request)
        entered = act.read(fields)
        if entered.errors or entered.is_look:
            async with desk.reading(visit) as tx:
                status = _INVALID if entered.errors else 200
                return await show(tx, visit, request_id, entered, status)

        async def deed(tx: Tx) -> object:
            return await act.do(
                tx, request_id, entered, actor=actor_of(visit), office=desk.services.office
            )

        return await _done(desk, visit, request_id, deed, act.done_of(entered))

    return [ask, do]


def _tasks(desk: Desk) -> list[HTTPRouteHandler]:
    office = desk.services.office

    @get("/requests/{request_id:uuid}/tasks/{task_id:uuid}", opt=_MAY)
    async def ask(
        request: AnyRequest, request_id: FromPath[UUID], task_id: FromPath[UUID]
    ) -> Response[str]:
        """Ask what was done by hand."""
        visit = desk.visit(request)
        async with desk.reading(visit) as tx:
            return await _task_page(desk, tx, visit, request_id, task_id, asking.Entered({}))

    @post("/requests/{request_id:uuid}/tasks/{task_id:uuid}", opt=_GRAVE)
    async def settle(
        request: AnyRequest, request_id: FromPath[UUID], task_id: FromPath[UUID]
    ) -> Page:
        """Note that a task was done by hand, with its evidence."""
        fields = await desk.form(request)
        visit = desk.visit(request)
        entered = asking.read_settling(fields)
        if entered.errors:
            async with desk.reading(visit) as tx:
                return await _task_page(desk, tx, visit, request_id, task_id, entered)

        async def deed(tx: Tx) -> object:
            return await deciding.settle_task(
                tx, request_id, task_id, asking.evidence_of(entered),
                actor=actor_of(visit), office=office,
            )  # fmt: skip

        return await _task_done(desk, visit, (request_id, task_id), deed, "settled")

    @post("/requests/{request_id:uuid}/tasks/{task_id:uuid}/retry", opt=_MAY)
    async def retry(
        request: AnyRequest, request_id: FromPath[UUID], task_id: FromPath[UUID]
    ) -> Page:
        """Let the machine try a stuck task again."""
        await desk.form(request)
        visit = desk.visit(request)

        async def deed(tx: Tx) -> object:
            return await deciding.retry_task(
                tx, request_id, task_id, actor=actor_of(visit), office=office
            )

        return await _task_done(desk, visit, (request_id, task_id), deed, "retried")

    return [ask, settle, retry]


async def _task_page(
    desk: Desk,
    tx: ReadTx,
    visit: Visit,
    request_id: UUID,
    task_id: UUID,
    entered: asking.Entered,
) -> Response[str]:
    known = await requests.find(tx, request_id)
    tasks = await requests.tasks(tx, request_id)
    task = next((one for one in tasks if one.task_id == task_id), None)
    if task is None:
        raise NoSuchTask
    view = asking.settling_page(known, task, visit, entered)
    status = _INVALID if entered.errors else 200
    return await desk.show(tx, visit, PLACE, "console/request_act.html", view, status=status)


async def _task_done(
    desk: Desk, visit: Visit, named: tuple[UUID, UUID], deed: Deed, done: str
) -> Page:
    """Do something with a task; one that somebody settled meanwhile is no missing one.

    Raises:
        NoSuchTask: this request never had it.
    """
    request_id, task_id = named
    try:
        return await _done(desk, visit, request_id, deed, done)
    except NoSuchTask as late:
        async with desk.reading(visit) as tx:
            tasks = await requests.tasks(tx, request_id)
        if all(one.task_id != task_id for one in tasks):
            raise
        return await _too_late(desk, visit, request_id, late)

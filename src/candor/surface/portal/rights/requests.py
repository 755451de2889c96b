"""One request: its clock, its steps, its end, and what can still be done about it."""

from collections.abc import Mapping, Sequence
from typing import Final

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect

from candor.domain.audit.model import Actor
from candor.domain.rights.errors import NoSuchRequest
from candor.domain.rights.model.request import Outcome, Proof, Request, Right, State
from candor.domain.rights.model.task import Task, TaskState
from candor.domain.rights.service import certificates, deciding
from candor.domain.rights.service import reading as looking
from candor.domain.rights.service import words as written
from candor.infra.db.pool import Tx
from candor.infra.web.reading import reading
from candor.infra.web.reading import translate as _
from candor.surface.plain import entitled
from candor.surface.plain.answers import HEADERS, AnyRequest, see_other
from candor.surface.portal.desk import OWN, Desk, Sitting
from candor.surface.portal.rights import telling
from candor.surface.portal.rights.asking import own
from candor.surface.portal.rights.cards import URL
from candor.surface.portal.rights.complaining import may_appeal
from candor.surface.portal.rights.views import Archive, RequestPage
from candor.surface.portal.steering import form

_PROOF: Final = {**OWN, "proof": "says that it was they who asked for everything about them"}
_GIVEN_OUT: Final = frozenset({Right.ACCESS, Right.PORTABILITY})
_TALKS: Final = frozenset({Right.COMPLAINT, Right.APPEAL})


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the routes of one request."""

    @get("/rights/{request_id:str}", opt=OWN)
    async def show(request: AnyRequest, request_id: FromPath[str]) -> Response[str]:
        """Show how a request goes. Somebody else's is answered as one that does not exist."""
        async with desk.sitting(request) as sitting:
            view = await _view(desk, sitting, await own(sitting, request_id), request)
        return desk.show(sitting, "portal/request.html", view, "rights")

    @get("/rights/{request_id:str}/certificate", opt=OWN)
    async def certificate(request: AnyRequest, request_id: FromPath[str]) -> Response[str]:
        """Give the signed certificate of what was done, as a file."""
        async with desk.sitting(request) as sitting:
            found = await own(sitting, request_id)
            body = await certificates.body_of(sitting.tx, found.request_id)
        return certificate_file(found, body)

    return [show, certificate, *_steers(desk)]


def _steers(desk: Desk) -> list[HTTPRouteHandler]:
    @post("/rights/{request_id:str}/withdraw", opt=OWN)
    async def withdraw(request: AnyRequest, request_id: FromPath[str]) -> Redirect:
        """Take a request back."""
        await form(desk, request)
        async with desk.sitting(request) as sitting:
            found = await own(sitting, request_id)
            if found.state is not State.WITHDRAWN:  # pressed twice: it is as they want it
                await deciding.withdraw(
                    sitting.tx,
                    found.request_id,
                    actor=sitting.actor,
                    office=desk.services.office,
                )
        return see_other(f"{URL}/{found.request_id}")

    @post("/rights/{request_id:str}/confirm", opt=_PROOF)
    async def confirm(request: AnyRequest, request_id: FromPath[str]) -> Redirect:
        """Say that what was asked for by another way was asked for by them."""
        await form(desk, request)
        async with desk.sitting(request) as sitting:
            found = await own(sitting, request_id)
            if waits_for_yes(found):
                await deciding.prove(
                    sitting.tx,
                    found.request_id,
                    Proof.ACCOUNT,
                    actor=sitting.actor,
                    office=desk.services.office,
                )
        is_end = found.kind is Right.ERASURE
        ticket = desk.services.office.ticket_of(found.request_id)
        return see_other(f"/rights/{ticket}" if is_end else f"{URL}/{found.request_id}")

    @post("/rights/{request_id:str}/deny", opt=OWN)
    async def deny(request: AnyRequest, request_id: FromPath[str]) -> Redirect:
        """Say that what was asked for by another way was asked for by somebody else."""
        await form(desk, request)
        async with desk.sitting(request) as sitting:
            found = await own(sitting, request_id)
            if found.state is not State.WITHDRAWN:  # pressed twice: it is as they want it
                await deciding.deny(
                    sitting.tx,
                    found.request_id,
                    actor=sitting.actor,
                    office=desk.services.office,
                )
        return see_other(f"{URL}/{found.request_id}")

    return [withdraw, confirm, deny]


def waits_for_yes(request: Request) -> bool:
    """Tell whether it begins as soon as the person says that it was they."""
    return request.state in {State.RECEIVED, State.VERIFYING}


def may_withdraw(request: Request, tasks: Sequence[Task]) -> bool:
    """Tell whether a request can still be taken back: not once the key is destroyed."""
    is_done = any(t.step == "destroy" and t.state is TaskState.DONE for t in tasks)
    return request.is_open and not is_done


def certificate_file(request: Request, body: str | None) -> Response[str]:
    """Return a certificate for somebody to keep; the browser saves it.

    Raises:
        NoSuchRequest: there is none for this request.
    """
    if body is None:
        raise NoSuchRequest
    name = f"candor-certificate-{request.request_id.hex[-8:]}.jws"
    headers = {**HEADERS, "content-disposition": f'attachment; filename="{name}"'}
    return Response(body, headers=headers, media_type="application/jose")


async def answer_in_words(
    desk: Desk, tx: Tx, request: Request, actor: Actor, use: str
) -> str | None:
    """Return what was written, by the person or to them; opened for them, and audited."""
    found = await written.read(
        tx, request, uses=[use], actor=actor, office=desk.services.office
    )
    return "\n\n".join(one.text.reveal() for one in found) or None


async def _view(
    desk: Desk, sitting: Sitting, found: Request, request: AnyRequest
) -> RequestPage:
    tx, asked = sitting.tx, request.query_params
    events = await looking.events(tx, found.request_id)
    tasks = await looking.tasks(tx, found.request_id)
    has_certificate = await certificates.body_of(tx, found.request_id) is not None
    words = await answer_in_words(desk, tx, found, sitting.actor, written.WORDS)
    answered = None
    if not found.is_open:
        answered = await answer_in_words(desk, tx, found, sitting.actor, written.ANSWER)
    here = f"{URL}/{found.request_id}"
    is_over = not found.is_open and found.state is not State.WITHDRAWN
    with reading(sitting.reader):
        state, tone = entitled.state(found)
        clock, urgency = entitled.clock(found, sitting.reader.now)
        return RequestPage(
            title=entitled.asked_for(found.kind),
            what=telling.what(found, sitting.rules.in_force),
            asked_at=found.received_at,
            state=state,
            tone=tone,
            clock=clock,
            urgency=urgency,
            steps=telling.steps(found, events, tasks),
            answer=telling.answer(found, tasks, answered),
            is_live=telling.is_live(found, tasks),
            back_url=URL,
            here_url=here,
            certificate_url=f"{here}/certificate" if has_certificate else None,
            archive=_archive(found, sitting, here),
            confirm_url=f"{here}/confirm" if waits_for_yes(found) else None,
            deny_url=f"{here}/deny" if waits_for_yes(found) else None,
            withdraw_url=(
                f"{here}/withdraw"
                if may_withdraw(found, tasks) and not waits_for_yes(found)
                else None
            ),
            appeal_url=f"{here}/appeal" if may_appeal(desk, found) else None,
            complain_url=(
                f"{URL}/complain?about={found.request_id}"
                if is_over and found.kind not in _TALKS and _may_complain(desk, found)
                else None
            ),
            is_no=found.state is State.REFUSED or found.outcome is Outcome.PART,
            authority=sitting.rules.in_force.document.controller.authority,
            words=words,
            said=_said(asked),
        )


def _may_complain(desk: Desk, request: Request) -> bool:
    return desk.services.office.laws.knows(request.regime, Right.COMPLAINT)


def _said(asked: Mapping[str, str]) -> str | None:
    if "twice" in asked:
        return str(_("You asked for this before, and it is under way. This is it."))
    if "new" in asked:
        return str(_("We have it. You see here how it goes."))
    return None


def _archive(request: Request, sitting: Sitting, here: str) -> Archive | None:
    """Return what can be downloaded; None before it is ready, and after its time."""
    until = request.results_until
    if (
        request.kind not in _GIVEN_OUT
        or request.state is not State.FULFILLED
        or until is None
        or until <= sitting.reader.now
    ):
        return None
    return Archive(f"{here}/archive", until, request.downloads)

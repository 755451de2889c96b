"""Requests by API: what people ask for of another system, and what its officers decide there.

A key proves nothing about a person. What its system knows of who asks counts only with the scope
`rights:prove`; else the person confirms it by the letter to the address that we had before. The
secret link to a request never leaves by this way.
"""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from candor.domain.access.model.keys import Scope
from candor.domain.profiles.service import addresses, returning
from candor.domain.rights.errors import NoSuchRequest
from candor.domain.rights.model.request import Channel, Ground, Request, Right
from candor.domain.rights.service import capturing, deciding, exchanging, reading
from candor.domain.rights.service.asking import Asked
from candor.domain.rights.service.reading import Figure
from candor.domain.vault.service import normalise
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.ids import ProfileId
from candor.kernel.pii import Pii
from candor.surface.api.v1.call import Call
from candor.surface.api.v1.keys import require
from candor.surface.api.v1.operation import LARGE, Operation
from candor.surface.api.v1.problems import NotDeclared
from candor.surface.api.v1.request_shapes import (
    ComebackIn,
    ComebackTold,
    EventTold,
    ExtensionIn,
    FiguresQuery,
    FigureTold,
    MailTaken,
    Nothing,
    Progress,
    Proved,
    RefusalIn,
    RequestFigures,
    RequestIn,
    RequestOpened,
    Requests,
    RequestTold,
    SettledIn,
    TaskTold,
)

_MOMENT: Final = timedelta(seconds=1)
_LONG_AGO: Final = datetime(1990, 1, 1, tzinfo=UTC)


async def opened(call: Call, given: RequestIn) -> RequestOpened:
    """Take a request; the same reference again, unchanged, is the same request."""
    if given.proof is not Proved.NONE:
        require(call.key, Scope.RIGHTS_PROVE)
    received = None if given.received_at is None else call.instant(given.received_at)
    office = call.services.office
    async with call.services.database.tx(call.request_id) as tx:
        who = await call.person(tx, given.profile)
        taken = await exchanging.take(
            tx,
            Asked(
                kind=given.right,
                channel=Channel.API,
                profile_id=who,
                locale=given.locale,
                regime=given.regime,
                scope=_codes(given),
                proof=given.proof.proof,
                received_at=received,
                about_request_id=await _about(tx, call, given, who),
                words=None if given.words is None else Pii(given.words),
            ),
            exchanging.Sent(
                party=f"api:{call.key.source_code or call.key.key_id.hex}",
                ref=given.external_ref,
                word=given.right.value,
                content=msgspec.json.encode([who, given.right, _codes(given)]),
            ),
            actor=call.actor,
            office=office,
        )
    is_new = taken.is_new and taken.exchange.is_own
    return RequestOpened(request=_told(taken.request), is_new=is_new)


async def captured(call: Call, raw: bytes) -> MailTaken:
    """Take what a mail asks for; machines are ignored, and the same mail again changes nothing."""
    mail = await asyncio.to_thread(capturing.read, raw)
    services = call.services
    async with services.database.tx(call.request_id) as tx:
        in_force = (await call.rules(tx)).in_force

        async def whose(tx: ReadTx, text: str) -> ProfileId | None:
            marks = addresses.marks_of(text, in_force=in_force, vault=services.vault)
            return await addresses.holder_of(tx, marks)

        found = await capturing.capture(
            tx,
            mail,
            whose,
            throttles=services.throttles,
            actor=call.actor,
            office=services.office,
        )
    if found.request is None:
        return MailTaken(status="known" if found.is_over else "ignored", request=None)
    status = "request" if found.is_new else "known"
    return MailTaken(status=status, request=found.request.request_id)


async def shown(call: Call, _: None) -> RequestTold:
    """Return a request; written down as a read about the person."""
    async with call.services.database.tx(call.request_id) as tx:
        request = await reading.find(tx, _id(call))
        await _looked(call, tx, request)
    return _told(request)


async def listed(call: Call, _: None) -> Requests:
    """Return the requests of a person; written down as a read about them."""
    async with call.services.database.tx(call.request_id) as tx:
        members = await call.members(tx, call.profile_id)
        found = await reading.of_person(tx, members)
        await call.write_down(tx, "rights.requests_read", [call.profile_id])
    return Requests(items=[_told(one) for one in found])


async def progress(call: Call, _: None) -> Progress:
    """Return what happened to a request, and what is done for it."""
    async with call.services.database.tx(call.request_id) as tx:
        request = await reading.find(tx, _id(call))
        events = await reading.events(tx, request.request_id)
        tasks = await reading.tasks(tx, request.request_id)
        await _looked(call, tx, request)
    return Progress(
        events=[EventTold(at=one.at, what=one.what, code=one.code) for one in events],
        tasks=[
            TaskTold(
                id=one.task_id,
                step=one.step,
                state=one.state,
                due_at=one.due_at,
                done_at=one.done_at,
                problem=one.problem,
            )
            for one in tasks
        ],
    )


async def withdrawn(call: Call, _: Nothing) -> RequestTold:
    """Take a request back for the person."""
    async with call.services.database.tx(call.request_id) as tx:
        return _told(
            await deciding.withdraw(
                tx, _id(call), actor=call.actor, office=call.services.office
            )
        )


async def extended(call: Call, given: ExtensionIn) -> RequestTold:
    """Take the longer time that the law gives."""
    async with call.services.database.tx(call.request_id) as tx:
        return _told(
            await deciding.extend(
                tx,
                _id(call),
                Ground(given.ground),
                actor=call.actor,
                office=call.services.office,
            )
        )


async def refused(call: Call, given: RefusalIn) -> RequestTold:
    """Refuse a request with a ground."""
    async with call.services.database.tx(call.request_id) as tx:
        return _told(
            await deciding.refuse(
                tx,
                _id(call),
                Ground(given.ground),
                words=None if given.words is None else Pii(given.words),
                actor=call.actor,
                office=call.services.office,
            )
        )


async def settled(call: Call, given: SettledIn) -> RequestTold:
    """Note that a task which waits for a person was done."""
    async with call.services.database.tx(call.request_id) as tx:
        return _told(
            await deciding.settle_task(
                tx,
                _id(call),
                UUID(call.places["task_id"]),
                {"reference": given.reference},
                actor=call.actor,
                office=call.services.office,
            )
        )


async def figures(call: Call, query: FiguresQuery) -> RequestFigures:
    """Return what was asked between two instants, and what became of it."""
    now = call.services.clock.now()
    async with call.services.database.read(call.request_id) as tx:
        found = await reading.figures(
            tx, since=query.since or _LONG_AGO, until=query.until or now + _MOMENT
        )
    return RequestFigures(items=[_figure(one) for one in found])


async def came_back(call: Call, given: ComebackIn) -> ComebackTold:
    """Let somebody who was erased be known again by an identifier."""
    async with call.services.database.tx(call.request_id) as tx:
        in_force = (await call.rules(tx)).in_force
        declared = in_force.identifiers.get(given.kind)
        value = normalise(declared.normalise, given.value) if declared else None
        if value is None:
            message = "The catalogue declares no such identifier, or this is none."
            raise NotDeclared(message)
        lifted = await returning.lift(
            tx,
            [(given.kind, value)],
            ground=given.ground,
            actor=call.actor,
            vault=call.services.vault,
            clock=call.services.clock,
        )
    return ComebackTold(lifted=lifted)


def _id(call: Call) -> UUID:
    return UUID(call.places["request_id"])


def _codes(given: RequestIn) -> Mapping[str, Any]:
    named = msgspec.structs.asdict(given.scope)
    return {name: code for name, code in named.items() if code is not None}


async def _about(tx: ReadTx, call: Call, given: RequestIn, who: ProfileId) -> UUID | None:
    """Return the request that an appeal or complaint is about: one of the same person.

    Raises:
        NoSuchRequest: there is none, or of somebody else.
    """
    if given.about_request is None:
        return None
    request = await reading.find(tx, given.about_request)
    members = await call.members(tx, who)
    if request.person not in members:
        raise NoSuchRequest
    return request.request_id


async def _looked(call: Call, tx: Tx, request: Request) -> None:
    if request.person is not None:
        await call.write_down(tx, "rights.requests_read", [request.person])


def _told(request: Request) -> RequestTold:
    return RequestTold(
        id=request.request_id,
        profile=request.profile_id,
        right=request.kind,
        regime=request.regime,
        channel=request.channel,
        requester=request.requester,
        state=request.state,
        outcome=request.outcome,
        ground=request.ground,
        proof=request.proof,
        external_ref=request.external_ref,
        received_at=request.received_at.astimezone(UTC),
        acknowledge_by=_utc(request.acknowledge_by),
        due_at=_utc(request.due_at),
        extended_at=_utc(request.extended_at),
        closed_at=_utc(request.closed_at),
    )


def _utc(at: datetime | None) -> datetime | None:
    return None if at is None else at.astimezone(UTC)


def _figure(one: Figure) -> FigureTold:
    return FigureTold(
        right=Right(one.kind),
        received=one.received,
        in_full=one.in_full,
        in_part=one.in_part,
        refused=one.refused,
        withdrawn=one.withdrawn,
        in_time=one.in_time,
        median_days=one.median_days,
        mean_days=one.mean_days,
    )


_EXAMPLE: Final = {
    "profile": {"id": "0193f1a2-7c1e-7d43-8a55-2f6f0c9d1e00"},
    "right": "objection",
    "scope": {"purpose": "newsletter"},
    "external_ref": "ticket/2026-0815",
    "locale": "de",
}
_ONE: Final = "/requests/{request_id}"


def _post(path: str, name: str, summary: str, about: str, **more: Any) -> Operation:  # noqa: ANN401
    """Return an operation that moves a request."""
    return Operation(
        method="POST",
        path=path,
        name=name,
        tag="requests",
        summary=summary,
        about=about,
        scope=Scope.RIGHTS_WRITE,
        gives=RequestTold,
        errors=(404, 409),
        **more,
    )


OPERATIONS: Final = (
    Operation(
        method="POST",
        path="/requests",
        name="open_request",
        tag="requests",
        summary="Take what a person asks for",
        about=(
            "The same `external_ref` again, unchanged, is the same request; with another content "
            "it is refused. The same thing that is under way already is not begun twice: "
            "`is_new` says so. A `proof` other than `none` needs the scope `rights:prove`: your "
            "system made sure of it. Without, the person is asked to confirm it by a letter to "
            "the address that was known before, unless the right needs no proof."
        ),
        scope=Scope.RIGHTS_WRITE,
        takes=RequestIn,
        gives=RequestOpened,
        run=opened,
        errors=(404, 409, 429),
        example=_EXAMPLE,
    ),
    Operation(
        method="POST",
        path="/requests/mail",
        name="capture_mail",
        tag="requests",
        summary="Take a request that came by mail",
        about=(
            "The mail as it was received (RFC 5322), 1 MiB at most. What it asks for is guessed "
            "from its words, and sorted by a person where they are not plain. The person proves "
            "it by a letter to the address that was known before; no Reply-To is used. Mails of "
            "machines and lists are ignored."
        ),
        scope=Scope.RIGHTS_WRITE,
        takes=bytes,
        gives=MailTaken,
        run=captured,
        reads="message/rfc822",
        largest=LARGE,
        errors=(404, 409, 429),
        example="From: ada@example.org\r\nSubject: Please delete my data\r\n\r\nThank you.\r\n",
    ),
    Operation(
        method="GET",
        path="/request-figures",
        name="request_figures",
        tag="requests",
        summary="What was asked, and what became of it",
        about="Per right: received, done in full or part, refused, days (11 CCR 7102).",
        scope=Scope.RIGHTS_READ,
        takes=FiguresQuery,
        gives=RequestFigures,
        run=figures,
    ),
    Operation(
        method="GET",
        path=_ONE,
        name="read_request",
        tag="requests",
        summary="How a request stands",
        about="A read about a person: they find it in their history.",
        scope=Scope.RIGHTS_READ,
        gives=RequestTold,
        run=shown,
        errors=(404,),
    ),
    Operation(
        method="GET",
        path=f"{_ONE}/progress",
        name="read_request_progress",
        tag="requests",
        summary="What happened to a request, and what is done for it",
        about="A read about a person: they find it in their history.",
        scope=Scope.RIGHTS_READ,
        gives=Progress,
        run=progress,
        errors=(404,),
    ),
    Operation(
        method="GET",
        path="/profiles/{profile_id}/requests",
        name="list_requests",
        tag="requests",
        summary="What a person asked for, newest first",
        about="A read about a person: they find it in their history.",
        scope=Scope.RIGHTS_READ,
        gives=Requests,
        run=listed,
        errors=(404,),
    ),
    _post(
        f"{_ONE}/withdrawal",
        "withdraw_request",
        "Take a request back for the person",
        "Not when it is over, or the person is erased already.",
        takes=Nothing,
        example={},
        run=withdrawn,
    ),
    _post(
        f"{_ONE}/extension",
        "extend_request",
        "Take the longer time that the law gives, once",
        "The person is told, with the ground: `complex` or `many_requests`.",
        takes=ExtensionIn,
        run=extended,
        example={"ground": "complex"},
    ),
    _post(
        f"{_ONE}/refusal",
        "refuse_request",
        "Refuse a request with a ground",
        "The person is told the ground in their language, and where they can complain.",
        takes=RefusalIn,
        run=refused,
        example={"ground": "unfounded"},
    ),
    _post(
        f"{_ONE}/tasks/{{task_id}}/done",
        "settle_request_task",
        "Note that a task which waits for a person was done",
        "For tasks by hand, and those at which the machine gave up.",
        takes=SettledIn,
        run=settled,
        example={"reference": "ticket/2026-0816"},
    ),
    Operation(
        method="POST",
        path="/comebacks",
        name="lift_tombstone",
        tag="requests",
        summary="Let somebody who was erased be known again by an identifier",
        about=(
            "What names an erased person is refused until then. Nothing that was erased comes "
            "back: a new profile begins."
        ),
        scope=Scope.TOMBSTONES_LIFT,
        takes=ComebackIn,
        gives=ComebackTold,
        run=came_back,
        example={"kind": "email", "value": "ada@example.org", "ground": "new_contract"},
    ),
)

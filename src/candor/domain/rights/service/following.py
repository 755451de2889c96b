"""Requests reach connections: one task for each that holds the person, until it acknowledged.

The task makes a delivery due before everything else and waits for its end; the delivery itself is
tried again, paced and parked by the connection. What does not come to an end in time, or cannot, is
for a person to see to.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from candor.domain.rights.model.following import Followed, Stand
from candor.domain.rights.model.request import Request, Right
from candor.domain.rights.model.task import (
    Answer,
    ByHand,
    Done,
    Later,
    Planned,
    TaskState,
)
from candor.domain.rights.queries import requests as stored_requests
from candor.domain.rights.queries import tasks as stored
from candor.domain.rights.service.downstream import planned as systems_planned
from candor.domain.rights.service.erasure.plan import OUTSIDE
from candor.domain.rights.service.office import Office, Work, go_on
from candor.domain.rights.service.people import members_of
from candor.infra.db.pool import ReadTx
from candor.infra.holder import instant
from candor.kernel.ids import new_id

FOLLOW: Final = "follow"
PATIENCE: Final = timedelta(
    days=3
)  # then somebody asks there; never beyond the task's own time
_PART: Final = "rights"
_SOON: Final = timedelta(milliseconds=100)
_SELDOM: Final = timedelta(minutes=15)
_MOST_DOUBLINGS: Final = 14
_AT_ONCE: Final = 500
# What changes what stands about a person, so that whoever holds something is told.
_REACHES: Final = frozenset(
    {
        Right.ERASURE,
        Right.RECTIFICATION,
        Right.RESTRICTION,
        Right.OBJECTION,
        Right.SALE_OPT_OUT,
        Right.LIMIT_SENSITIVE,
    }
)


async def outside(tx: ReadTx, request: Request, office: Office) -> Sequence[Planned]:
    """Return a task for whoever outside must hear of a request: connections, and systems.

    Both stand after what is done here: what they are told is what stands then.
    """
    return (
        *await planned(tx, request, office),
        *await systems_planned(tx, request, stage=OUTSIDE),
    )


async def planned(tx: ReadTx, request: Request, office: Office) -> Sequence[Planned]:
    """Return a task for each connection that holds the person of a request."""
    if request.kind not in _REACHES or request.person is None:
        return ()
    codes = await office.followers.holding(tx, await members_of(tx, request))
    return [_task(code, request) for code in codes]


def _task(code: str, request: Request) -> Planned:
    return Planned(FOLLOW, party=code, stage=OUTSIDE, due_at=request.due_at)


async def follow(work: Work) -> Answer:
    """Have one connection told, and look how far that has come. Harmless twice."""
    office, task = work.office, work.task
    known = dict(task.evidence)
    async with office.database.tx(_PART) as tx:
        members = await members_of(tx, work.request)
        if "asked" not in known:
            asked = await office.followers.ask(
                tx, members, code=task.party, task_id=task.task_id
            )
            known |= {
                "asked": [str(one) for one in asked],
                "until": _until(work).isoformat(),
                "looks": 0,
            }
            await work.progress(tx, known)
        ids = [UUID(one) for one in known["asked"]]
        stand = await office.followers.stand(tx, members, code=task.party, asked=ids)
        answer = _answer(work, known, stand)
        if isinstance(answer, ByHand):
            await work.progress(tx, {})  # whoever has it tried again wants it asked again
    return answer


def _until(work: Work) -> datetime:
    """Return how long it is waited for: three days, or as long as the task has."""
    until = work.office.clock.now() + PATIENCE
    return until if work.task.due_at is None else min(until, work.task.due_at)


def _answer(work: Work, known: dict[str, Any], stand: Stand) -> Answer:
    now = work.office.clock.now()
    evidence = {"system": stand.name}
    match stand.followed:
        case Followed.ACKNOWLEDGED:
            acts = " ".join(stand.acts) or "none"  # none: it held the same already
            return Done(evidence | {"acknowledged_at": instant(stand.at), "act": acts})
        case Followed.NOTHING:
            return Done(evidence | {"held": "nothing"})
        case Followed.ENDED:
            return Done(evidence | {"not_told": "ended"})
        case Followed.PARKED | Followed.GIVEN_UP:
            return ByHand(stand.problem or stand.followed.value)
        case Followed.UNDER_WAY:
            return _waiting(known | evidence, now)


def _waiting(known: dict[str, Any], now: datetime) -> Answer:
    until = datetime.fromisoformat(str(known["until"]))
    if now >= until:
        return ByHand("no_answer")
    looks = int(known["looks"])
    wait = min(_SOON * 2 ** min(looks, _MOST_DOUBLINGS), _SELDOM)
    return Later(min(now + wait, until), known | {"looks": looks + 1}, is_asked=True)


async def wake(office: Office) -> int:
    """Look again at tasks whose connections have answered; return how many. Harmless any time.

    One that a person was to see to goes on by itself when its delivery was acknowledged after all.
    """
    async with office.database.read(_PART) as tx:
        waiting = await stored.following(tx, step=FOLLOW, at_most=_AT_ONCE)
        ended = await office.followers.ended(tx, [one.task_id for one in waiting])
    woken = [
        one.task_id
        for one in waiting
        if ended.get(one.task_id)
        or (one.task_id in ended and one.state == TaskState.ASKED.value)
    ]
    if not woken:
        return 0
    async with office.database.tx(_PART) as tx:
        for request_id in set(
            await stored.wake_tasks(tx, task_ids=woken, now=office.clock.now())
        ):
            request = await stored_requests.request(tx, request_id=request_id)
            if request is not None:
                await go_on(tx, request)
    return len(woken)


async def let_go(work: Work) -> Answer:
    """Forget what had to be known to remove an erased person elsewhere, once all have answered.

    Whoever came to hold something between the planning and the erasure is told first.
    """
    office, request = work.office, work.request
    async with office.database.tx(_PART) as tx:
        members = await members_of(tx, request)
        tasks = await stored.tasks(tx, request_id=request.request_id)
        told = {task.party for task in tasks if task.step == FOLLOW}
        missed = [
            code for code in await office.followers.holding(tx, members) if code not in told
        ]
        for code in missed:
            await stored.insert_task(
                tx,
                _task(code, request),
                request_id=request.request_id,
                task_id=new_id(),
                at=office.clock.now(),
            )
        if missed:
            return Later(office.clock.now(), {"told_too": len(missed)})
        gone = await office.followers.let_go(tx, members)
    return Done({"gone": {table: rows for table, rows in gone.items() if rows}})

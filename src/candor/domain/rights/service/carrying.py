"""Doing what requests ask for: one task after the other, by any number of workers.

A task is leased in a transaction of its own, done by its step, and what came of it is written in a
third. A worker that dies anywhere leaves a lease that runs out; then another does the step again.
So nothing is lost, and a step that is harmless twice is done once in effect.
"""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from candor.domain.audit.model import Actor
from candor.domain.rights.model.happening import What
from candor.domain.rights.model.request import State
from candor.domain.rights.model.task import (
    LEASE,
    MOST_ATTEMPTS,
    Answer,
    ByHand,
    Done,
    Failed,
    Later,
    Task,
    TaskState,
    wait_after,
)
from candor.domain.rights.queries import requests as stored
from candor.domain.rights.queries import tasks as stored_tasks
from candor.domain.rights.service import deciding
from candor.domain.rights.service.office import Office, Work, happened, write_to
from candor.infra import log
from candor.kernel.errors import CandorError

WORKER: Final = Actor.machine("rights")
_PART: Final = "rights"
_LOG: Final = log.logger(_PART)
_PATIENCE: Final = timedelta(seconds=10)  # so long a worker waits itself for what comes next
_BREATH: Final = timedelta(milliseconds=20)
_AT_ONCE: Final = 200
_REMIND_AGAIN: Final = timedelta(days=2)


async def carry(office: Office, request_id: UUID) -> None:
    """Do all tasks of a request that can be done now, and close it when all are over.

    Harmless at any time, twice, and by several workers at once.
    """
    patience = _PATIENCE
    while True:
        work = await _take(office, request_id)
        if work is not None:
            await _write(work, await _try(work))
            continue
        if await _close(office, request_id):
            return
        soon = await _next(office, request_id)
        wait = _PATIENCE if soon is None else max(_BREATH, soon - office.clock.now())
        if wait > patience or soon is None:
            return
        patience -= wait
        before = office.clock.now()
        await asyncio.sleep(wait.total_seconds())
        if office.clock.now() == before:
            return  # a clock that stands never gets there


async def carry_due(office: Office) -> int:
    """Go on with whatever waits: leases that ran out, tries that are due; return how many.

    The watchdog: also notes once when a clock ran out, and reminds people of tasks that wait.
    """
    now = office.clock.now()
    async with office.database.read(_PART) as tx:
        due = await stored_tasks.due_requests(tx, now=now, at_most=_AT_ONCE)
    for request_id in due:
        await carry(office, request_id)
    await _note_overdue(office, now)
    await _remind(office, now)
    return len(due)


async def _take(office: Office, request_id: UUID) -> Work | None:
    """Lease what can be done next; None: nothing."""
    now = office.clock.now()
    async with office.database.tx(_PART) as tx:
        request = await stored.request(tx, request_id=request_id)
        if request is None or request.state is not State.IN_PROGRESS:
            return None
        task = await stored_tasks.take_task(
            tx, request_id=request_id, now=now, leased_until=now + LEASE
        )
    return None if task is None else Work(office, request, task)


async def _try(work: Work) -> Answer:
    """Do a step; whatever goes wrong becomes an answer, and is logged."""
    step = work.office.steps.get(work.task.step)
    if step is None:
        return ByHand("no_machine_can")
    if work.task.attempts > MOST_ATTEMPTS:
        return Failed("worker_died")  # time and again, before it could say anything
    try:
        return await step(work)
    except CandorError as error:
        _LOG.warning("a task failed", step=work.task.step, code=error.code)
        return Failed(error.code)
    except Exception:  # noqa: BLE001 - whatever it is, the request must not be lost
        _LOG.exception("a task broke", step=work.task.step)
        return Failed("candor.bug")


async def _write(work: Work, answer: Answer) -> None:
    """Write what came of a task, unless its lease went to another worker meanwhile."""
    office = work.office
    after = _after(work.task, answer, office.clock.now())
    async with office.database.tx(_PART) as tx:
        failed = isinstance(answer, Failed | ByHand)
        if not await stored_tasks.write_task(tx, after, keeps_progress=failed):
            return
        what = _SAID.get(after.state)
        if what is not None and not _is_said(work.task, after):
            await happened(
                tx,
                work.request,
                what,
                actor=WORKER,
                office=office,
                code=after.step,
                detail={"party": after.party} if after.party else {},
            )
        if after.state is TaskState.STUCK:
            await write_to(tx, work.request, "stuck")


def _is_said(before: Task, after: Task) -> bool:
    """Tell whether it was said already that a system was asked: it is asked once."""
    if after.state is not TaskState.ASKED or "asked" not in before.evidence:
        return False
    return before.evidence["asked"] == after.evidence.get("asked")


_SAID: Final = {
    TaskState.DONE: What.TASK_DONE,
    TaskState.STUCK: What.TASK_STUCK,
    TaskState.MANUAL: What.TASK_BY_HAND,
    TaskState.ASKED: What.TASK_ASKED,
}


def _after(task: Task, answer: Answer, now: datetime) -> Task:
    """Return how a task stands after an answer; the lease stays, for the comparison."""
    match answer:
        case Done(evidence):
            return replace(
                task,
                state=TaskState.DONE,
                evidence=dict(evidence),
                done_at=now,
                done_by=WORKER.label,
                problem=None,
            )
        case Later(at, evidence, is_asked):
            return replace(
                task,
                state=TaskState.ASKED if is_asked else TaskState.WAITING,
                attempts=max(0, task.attempts - 1),
                not_before=at,
                evidence=dict(evidence),
                problem=None,
            )
        case Failed(problem):
            is_over = task.attempts >= MOST_ATTEMPTS
            return replace(
                task,
                state=TaskState.STUCK if is_over else TaskState.WAITING,
                not_before=now + wait_after(max(1, task.attempts)),
                problem=problem,
            )
        case ByHand(why):
            return replace(task, state=TaskState.MANUAL, problem=why)


async def _close(office: Office, request_id: UUID) -> bool:
    """Close a request when all of its tasks are over; tell whether it is closed, or gone."""
    async with office.database.tx(_PART) as tx:
        if await stored.request(tx, request_id=request_id) is None:
            return True
        closed = await deciding.close_when_over(tx, request_id, actor=WORKER, office=office)
    return closed is not None


async def _next(office: Office, request_id: UUID) -> datetime | None:
    """Return when something of a request can be tried next; None: nothing will by itself."""
    async with office.database.read(_PART) as tx:
        request = await stored.request(tx, request_id=request_id)
        tasks = await stored_tasks.tasks(tx, request_id=request_id)
    if request is None or request.state is not State.IN_PROGRESS:
        return None
    stage = min(
        (t.stage for t in tasks if t.state not in {TaskState.DONE, TaskState.DROPPED}),
        default=0,
    )
    waiting = {TaskState.WAITING, TaskState.ASKED}
    return min(
        (t.not_before for t in tasks if t.state in waiting and t.stage == stage), default=None
    )


async def _note_overdue(office: Office, now: datetime) -> None:
    """Write down, once each, that a clock ran out, and tell those who can see to it."""
    async with office.database.read(_PART) as tx:
        overdue = await stored.overdue_ids(tx, now=now, at_most=_AT_ONCE)
    for request_id in overdue:
        async with office.database.tx(_PART) as tx:
            request = await deciding.locked(tx, request_id)
            events = await stored.events(tx, request_id=request_id)
            if request.is_overdue(now) and not any(one.what == What.OVERDUE for one in events):
                await happened(tx, request, What.OVERDUE, actor=WORKER, office=office)
                await write_to(tx, request, "overdue")


async def _remind(office: Office, now: datetime) -> None:
    """Remind people of tasks that wait for them, every two days."""
    async with office.database.tx(_PART) as tx:
        waiting = await stored_tasks.tasks_to_remind(
            tx, now=now, since=now - _REMIND_AGAIN, at_most=_AT_ONCE
        )
        for task in waiting:
            request = await deciding.locked(tx, task.request_id)
            await stored_tasks.mark_reminded(tx, task, now=now)
            await happened(
                tx, request, What.REMINDED, actor=WORKER, office=office, code=task.step
            )
            await write_to(tx, request, "reminder")

"""The statements about tasks."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from candor.domain.rights.model.task import Planned, Task, TaskState
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load


@dataclass(frozen=True, slots=True)
class FollowingRow:
    """A task that waits for systems outside, or for a person because of them."""

    task_id: UUID
    state: str


_sql: Final = load(__file__)
_FOLLOWING: Final = _sql.rows("following", FollowingRow)
_WAKE: Final = _sql.rows("wake_tasks", UUID)
_INSERT: Final = _sql.command("insert_task")
_TASKS: Final = _sql.rows("tasks", Task)
_LOCKED: Final = _sql.rows("locked_task", Task)
_TAKE: Final = _sql.rows("take_task", Task)
_WRITE: Final = _sql.command("write_task")
_PROGRESS: Final = _sql.command("note_progress")
_DROP: Final = _sql.command("drop_tasks")
_DUE: Final = _sql.rows("due_requests", UUID)
_REMIND: Final = _sql.rows("tasks_to_remind", Task)
_STUCK_AMONG: Final = _sql.rows("stuck_among", UUID)
_MARK_REMINDED: Final = _sql.command("mark_reminded")


async def insert_task(
    tx: Tx, planned: Planned, *, request_id: UUID, task_id: UUID, at: datetime
) -> None:
    """Make a task; one that is there already stays as it is."""
    state = TaskState.MANUAL if planned.is_manual else TaskState.WAITING
    params = {
        "request_id": request_id, "task_id": task_id, "step": planned.step,
        "party": planned.party, "stage": planned.stage, "state": state.value,
        "not_before": at, "due_at": planned.due_at,
    }  # fmt: skip
    await tx.run(_INSERT, params)


async def tasks(tx: ReadTx, *, request_id: UUID) -> list[Task]:
    """Return the tasks of a request in the order in which they are done."""
    return await tx.all(_TASKS, {"request_id": request_id})


async def locked_task(tx: Tx, *, request_id: UUID, task_id: UUID) -> Task | None:
    """Return one task and lock it."""
    return await tx.maybe(_LOCKED, {"request_id": request_id, "task_id": task_id})


async def take_task(
    tx: Tx, *, request_id: UUID, now: datetime, leased_until: datetime
) -> Task | None:
    """Lease one task of a request that can be done now."""
    params = {"request_id": request_id, "now": now, "leased_until": leased_until}
    return await tx.maybe(_TAKE, params)


async def write_task(tx: Tx, task: Task, *, keeps_progress: bool = False) -> bool:
    """Write how a task stands, its lease given back; tell whether the lease was still ours.

    `task.leased_until` is the lease that was given; None for a task that nobody holds.
    `keeps_progress`: the evidence stays as the step itself wrote it last.
    """
    names = (
        "request_id", "task_id", "attempts", "not_before", "leased_until", "assignee_id",
        "reminded_at", "problem", "done_at", "done_by", "due_at",
    )  # fmt: skip
    params: dict[str, Any] = {name: getattr(task, name) for name in names}
    evidence = None if keeps_progress else json.dumps(dict(task.evidence))
    params |= {"state": task.state.value, "evidence": evidence}
    return await tx.run(_WRITE, params) == 1


async def note_progress(tx: Tx, task: Task, evidence: Mapping[str, Any]) -> None:
    """Write how far a running task is."""
    params = {
        "request_id": task.request_id, "task_id": task.task_id,
        "evidence": json.dumps(dict(evidence)),
    }  # fmt: skip
    await tx.run(_PROGRESS, params)


async def drop_tasks(tx: Tx, *, request_id: UUID) -> None:
    """Drop what is not done yet of a request."""
    await tx.run(_DROP, {"request_id": request_id})


async def due_requests(tx: ReadTx, *, now: datetime, at_most: int) -> list[UUID]:
    """Return requests with a task that can be tried."""
    return await tx.values(_DUE, {"now": now, "at_most": at_most})


async def tasks_to_remind(
    tx: ReadTx, *, now: datetime, since: datetime, at_most: int
) -> list[Task]:
    """Return tasks for people that are due and of which nobody was reminded since an instant."""
    return await tx.all(_REMIND, {"now": now, "since": since, "at_most": at_most})


async def mark_reminded(tx: Tx, task: Task, *, now: datetime) -> None:
    """Note that somebody was reminded."""
    params = {"request_id": task.request_id, "task_id": task.task_id, "now": now}
    await tx.run(_MARK_REMINDED, params)


async def stuck_among(tx: ReadTx, *, request_ids: Sequence[UUID]) -> list[UUID]:
    """Return which of some requests have a task that waits for a person."""
    return await tx.values(_STUCK_AMONG, {"request_ids": list(request_ids)})


async def following(tx: ReadTx, *, step: str, at_most: int) -> list[FollowingRow]:
    """Return tasks of one step that wait for systems outside, or for a person because of them."""
    return await tx.all(_FOLLOWING, {"step": step, "at_most": at_most})


async def wake_tasks(tx: Tx, *, task_ids: Sequence[UUID], now: datetime) -> list[UUID]:
    """Let tasks be looked at now; return their requests."""
    return await tx.values(_WAKE, {"task_ids": list(task_ids), "now": now})

"""Signing what was done: the certificate of an erasure, once per request."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, cast

from candor.domain.audit.service import checkpoints
from candor.domain.rights.model import certificate as form
from candor.domain.rights.model.certificate import Certificate, Outside, Scan, Stays
from candor.domain.rights.model.happening import What
from candor.domain.rights.model.request import Event
from candor.domain.rights.model.task import Answer, ByHand, Done, Task, TaskState
from candor.domain.rights.queries import erasure as stored
from candor.domain.rights.queries import requests as stored_requests
from candor.domain.rights.queries import tasks as stored_tasks
from candor.domain.rights.service.erasure import destroying, scanning
from candor.domain.rights.service.erasure.means import Means
from candor.domain.rights.service.erasure.plan import (
    CERTIFICATE,
    DESTROY,
    LET_GO,
    PURGE,
    PURGE_AGAIN,
    SCAN,
)
from candor.domain.rights.service.office import Step, Work, happened
from candor.domain.rights.service.people import WORKER
from candor.infra.db.pool import Tx
from candor.infra.holder import instant
from candor.kernel.errors import Bug

CERTIFIED: Final = What.CERTIFIED
_PART: Final = "rights"
_OURS: Final = frozenset({DESTROY, PURGE, PURGE_AGAIN, LET_GO, SCAN, CERTIFICATE})


def certifying(means: Means) -> Step:
    """Return the step that signs the certificate, when a scan found nothing that may not stay."""

    async def certify(work: Work) -> Answer:
        async with work.office.database.tx(_PART) as tx:
            return await _certify(tx, work, means)

    return certify


async def _certify(tx: Tx, work: Work, means: Means) -> Answer:
    office, request = work.office, work.request
    tasks = await stored_tasks.tasks(tx, request_id=request.request_id)
    # Whoever settled a scan by hand has seen to what it found: it is looked for again.
    scan = await scanning.looked(tx, work)
    if scan["left"]:
        await scanning.report(tx, work, scan["left"])
        return ByHand(scanning.TRACE_FOUND.value)
    signer = await means.signer(tx)
    made = await _made(tx, work, tasks, scan, means)
    body = signer.sign(form.payload_of(made), kind=form.KIND)
    evidence = {"key": signer.public.kid, "backups_gone_by": made.backups_gone_by}
    if await stored.insert_certificate(
        tx, request_id=request.request_id, body=body, at=office.clock.now()
    ):
        await happened(tx, request, CERTIFIED, actor=WORKER, office=office)
    return Done(evidence)


async def _made(
    tx: Tx, work: Work, tasks: Sequence[Task], scan: Mapping[str, Any], means: Means
) -> Certificate:
    """Put together what is certified."""
    office, request = work.office, work.request
    unreadable = _unreadable(await stored_requests.events(tx, request_id=request.request_id))
    purged = max(
        (t.done_at for t in tasks if t.step == PURGE_AGAIN and t.done_at), default=None
    )
    gone, stays = _rows(tasks)
    checkpoint = await checkpoints.latest(tx)
    gone_by = means.backups_gone_by(purged or office.clock.now())
    return Certificate(
        schema=form.SCHEMA,
        company=(await office.rulebook.rules(tx)).in_force.document.company,
        request=str(request.request_id),
        law=None if request.regime is None else request.regime.value,
        asked_at=_moment(request.received_at),
        unreadable_at=_moment(unreadable.at),
        purged_at=_moment(purged or office.clock.now()),
        profiles=int(unreadable.detail["profiles"]),
        gone=gone,
        stays=stays,
        outside=_outside(tasks),
        scan=Scan(scan["at"], scan["words"], scan["columns"], scan["stay"]),
        backups_gone_by=None if gone_by is None else gone_by.isoformat(),
        log_size=0 if checkpoint is None else checkpoint.size,
        issued_at=_moment(office.clock.now()),
    )


def _unreadable(events: Sequence[Event]) -> Event:
    for event in events:
        if event.what == destroying.UNREADABLE:
            return event
    message = "an erasure that destroyed nothing is not certified"
    raise Bug(message)


def _rows(tasks: Sequence[Task]) -> tuple[dict[str, int], tuple[Stays, ...]]:
    """Return what went and what stays, over all tasks."""
    gone: Counter[str] = Counter()
    stays: dict[str, Stays] = {}
    for task in tasks:
        if task.step not in {DESTROY, PURGE, PURGE_AGAIN, LET_GO}:
            continue
        gone.update(cast("Mapping[str, int]", task.evidence.get("gone", {})))
        kept = cast("Mapping[str, Sequence[Any]]", task.evidence.get("stays", {}))
        for table, (rows, ground) in kept.items():
            before = stays.get(table)
            if before is None or before.rows < rows:
                stays[table] = Stays(table, rows, ground)
    went = {table: rows for table, rows in sorted(gone.items()) if rows}
    return went, tuple(stays[table] for table in sorted(stays))


def _outside(tasks: Sequence[Task]) -> tuple[Outside, ...]:
    return tuple(
        Outside(
            task.party or task.step,
            _digest(task.evidence),
            name=_text(task.evidence.get("system")),
            acknowledged_at=_text(task.evidence.get("acknowledged_at")),
        )
        for task in tasks
        if task.step not in _OURS and task.state is TaskState.DONE
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _digest(evidence: Mapping[str, Any]) -> str:
    text = json.dumps(dict(evidence), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _moment(at: datetime) -> str:
    return instant(at) or ""

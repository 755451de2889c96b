"""The statements about requests, what happened to them and what was written."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from candor.domain.rights.model.request import Event, Request
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load


@dataclass(frozen=True, slots=True)
class Note:
    """Sealed words of a request."""

    bearer_id: UUID
    note_id: UUID
    use: str
    author: str
    sealed: bytes
    written_at: datetime


@dataclass(frozen=True, slots=True)
class Counts:
    """How the queue stands."""

    open: int
    waiting_for_proof: int
    overdue: int
    due_soon: int
    unassigned: int
    stuck: int


@dataclass(frozen=True, slots=True)
class Figure:
    """What became of the requests for one right; days are None while none was answered."""

    kind: str
    received: int
    in_full: int
    in_part: int
    refused: int
    withdrawn: int
    in_time: int
    median_days: float | None
    mean_days: float | None


@dataclass(frozen=True, slots=True)
class Week:
    """How many requests for one right came in the week that begins with an instant."""

    week: datetime
    kind: str
    received: int


_sql: Final = load(__file__)
_INSERT: Final = _sql.command("insert_request")
_ONE: Final = _sql.rows("request", Request)
_LOCKED: Final = _sql.rows("locked_request", Request)
_BY_TICKET: Final = _sql.rows("request_by_ticket", Request)
_BY_REF: Final = _sql.rows("request_by_ref", Request)
_OF: Final = _sql.rows("requests_of", Request)
_ALIKE: Final = _sql.rows("open_alike", Request)
_SINCE: Final = _sql.rows("count_since", int)
_WRITE: Final = _sql.command("write_request")
_LOCK_ASKING: Final = _sql.rows("lock_asking", str)
_QUEUE: Final = _sql.rows("queue", Request)
_COUNTS: Final = _sql.rows("counts", Counts)
_FIGURES: Final = _sql.rows("figures", Figure)
_WEEKS: Final = _sql.rows("weeks", Week)
_OVERDUE: Final = _sql.rows("overdue_ids", UUID)
_INSERT_EVENT: Final = _sql.command("insert_event")
_EVENTS: Final = _sql.rows("events", Event)
_INSERT_NOTE: Final = _sql.command("insert_note")
_NOTES: Final = _sql.rows("notes", Note)
_DELETE_NOTES: Final = _sql.rows("delete_notes", int)

_WRITTEN: Final = (
    "request_id", "profile_id", "subject", "kind", "regime", "channel", "requester", "agent_id",
    "state", "outcome", "ground", "locale", "external_ref", "received_at", "acknowledge_by",
    "acknowledged_at", "due_at", "extended_at", "extension_ground", "paused_at", "paused_for",
    "proof", "proved_at", "failures", "assignee_id", "duplicate_of", "about_request_id",
    "results_until", "downloads", "begun_at", "closed_at",
)  # fmt: skip


def _params(request: Request) -> dict[str, Any]:
    params: dict[str, Any] = {name: getattr(request, name) for name in _WRITTEN}
    params["scope"] = json.dumps(dict(request.scope))
    return params


async def insert_request(tx: Tx, request: Request, *, ticket_hash: bytes | None) -> None:
    """Keep a new request."""
    await tx.run(_INSERT, {**_params(request), "ticket_hash": ticket_hash})


async def request(tx: ReadTx, *, request_id: UUID) -> Request | None:
    """Return one request."""
    return await tx.maybe(_ONE, {"request_id": request_id})


async def locked_request(tx: Tx, *, request_id: UUID) -> Request | None:
    """Return one request and lock it."""
    return await tx.maybe(_LOCKED, {"request_id": request_id})


async def request_by_ticket(tx: ReadTx, *, ticket_hash: bytes) -> Request | None:
    """Return the request whose progress a secret link shows."""
    return await tx.maybe(_BY_TICKET, {"ticket_hash": ticket_hash})


async def request_by_ref(tx: ReadTx, *, channel: str, external_ref: str) -> Request | None:
    """Return the request that a system outside calls so."""
    return await tx.maybe(_BY_REF, {"channel": channel, "external_ref": external_ref})


async def requests_of(
    tx: ReadTx, *, profile_ids: Sequence[UUID], at_most: int
) -> list[Request]:
    """Return the requests about some profiles, newest first."""
    return await tx.all(_OF, {"profile_ids": list(profile_ids), "at_most": at_most})


async def lock_asking(tx: Tx, *, person: UUID) -> None:
    """Wait until nobody else asks for the same person."""
    await tx.value(_LOCK_ASKING, {"person": str(person)})


async def open_alike(
    tx: ReadTx, *, profile_ids: Sequence[UUID], kind: str, scope: Mapping[str, Any]
) -> Request | None:
    """Return the oldest open request about the same people for the same thing."""
    params = {
        "profile_ids": list(profile_ids), "kind": kind, "scope": json.dumps(dict(scope)),
    }  # fmt: skip
    return await tx.maybe(_ALIKE, params)


async def count_since(tx: ReadTx, *, profile_ids: Sequence[UUID], since: datetime) -> int:
    """Return how many requests were taken about some profiles since an instant."""
    return await tx.value(_SINCE, {"profile_ids": list(profile_ids), "since": since}) or 0


async def write_request(tx: Tx, request: Request) -> None:
    """Write what can change on a request."""
    await tx.run(_WRITE, _params(request))


async def queue(tx: ReadTx, params: Mapping[str, Any]) -> list[Request]:
    """Return requests by urgency; the parameters are those of `service.reading.Filter`."""
    return await tx.all(_QUEUE, params)


async def counts(tx: ReadTx, *, now: datetime, soon: datetime) -> Counts:
    """Return how the queue stands."""
    return await tx.one(_COUNTS, {"now": now, "soon": soon})


async def figures(tx: ReadTx, *, since: datetime, until: datetime) -> list[Figure]:
    """Return what was asked between two instants and what became of it, per right."""
    return await tx.all(_FIGURES, {"since": since, "until": until})


async def weeks(tx: ReadTx, *, since: datetime) -> list[Week]:
    """Return how many requests came in each week since an instant, per right."""
    return await tx.all(_WEEKS, {"since": since})


async def overdue_ids(tx: ReadTx, *, now: datetime, at_most: int) -> list[UUID]:
    """Return open requests whose clock ran out."""
    return await tx.values(_OVERDUE, {"now": now, "at_most": at_most})


async def insert_event(
    tx: Tx,
    *,
    request_id: UUID,
    at: datetime,
    actor: str,
    what: str,
    code: str | None,
    detail: Mapping[str, Any],
) -> None:
    """Write what happened to a request."""
    params = {
        "request_id": request_id, "at": at, "actor": actor, "what": what, "code": code,
        "detail": json.dumps(dict(detail)),
    }  # fmt: skip
    await tx.run(_INSERT_EVENT, params)


async def events(tx: ReadTx, *, request_id: UUID) -> list[Event]:
    """Return what happened to a request, in order."""
    return await tx.all(_EVENTS, {"request_id": request_id})


async def insert_note(tx: Tx, note: Note, *, request_id: UUID) -> None:
    """Keep sealed words."""
    params = {
        "bearer_id": note.bearer_id, "note_id": note.note_id, "request_id": request_id,
        "use": note.use, "author": note.author, "sealed": note.sealed, "at": note.written_at,
    }  # fmt: skip
    await tx.run(_INSERT_NOTE, params)


async def notes(tx: ReadTx, *, request_id: UUID) -> list[Note]:
    """Return the sealed words of a request, in order."""
    return await tx.all(_NOTES, {"request_id": request_id})


async def delete_notes(tx: Tx, *, request_id: UUID, uses: Sequence[str]) -> int:
    """Delete words of a request of some uses; return how many."""
    return await tx.value(_DELETE_NOTES, {"request_id": request_id, "uses": list(uses)}) or 0

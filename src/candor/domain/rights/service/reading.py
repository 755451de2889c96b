"""Looking at requests: one, a person's, the queue, and figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from candor.domain.rights.errors import NoSuchRequest
from candor.domain.rights.model.request import Channel, Event, Request, Right, State
from candor.domain.rights.model.task import Task
from candor.domain.rights.queries import requests as stored
from candor.domain.rights.queries import tasks as stored_tasks
from candor.domain.rights.queries.requests import Counts, Figure, Week
from candor.domain.rights.service.office import hash_of
from candor.infra.db.pool import ReadTx
from candor.kernel.ids import ProfileId

PAGE: Final = 50
SOON: Final = timedelta(days=7)
_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TICKET_SIGNS: Final = 43


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of the queue begins: after this one."""

    due_at: datetime = _LONG_AGO
    request_id: UUID = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which requests to show; None and False: whatever."""

    states: Sequence[State] | None = None
    kinds: Sequence[Right] | None = None
    regimes: Sequence[str] | None = None  # `unknown` for none
    channels: Sequence[Channel] | None = None
    assignee_id: UUID | None = None
    is_unassigned: bool = False
    is_stuck: bool = False
    due_before: datetime | None = None
    received_from: datetime | None = None
    received_before: datetime | None = None


def place_of(request: Request) -> Place:
    """Return where the page after this request begins."""
    return Place(request.due_at or request.received_at, request.request_id)


async def find(tx: ReadTx, request_id: UUID) -> Request:
    """Return a request.

    Raises:
        NoSuchRequest: there is none.
    """
    request = await stored.request(tx, request_id=request_id)
    if request is None:
        raise NoSuchRequest
    return request


async def by_ticket(tx: ReadTx, ticket: str) -> Request:
    """Return the request whose progress a secret link shows.

    Raises:
        NoSuchRequest: none; an edited, old or invented link.
    """
    request = None
    if len(ticket) == _TICKET_SIGNS:
        request = await stored.request_by_ticket(tx, ticket_hash=hash_of(ticket))
    if request is None:
        raise NoSuchRequest
    return request


async def of_person(
    tx: ReadTx, members: Sequence[ProfileId], *, at_most: int = PAGE
) -> list[Request]:
    """Return the requests of a person, newest first."""
    return await stored.requests_of(tx, profile_ids=members, at_most=at_most)


async def events(tx: ReadTx, request_id: UUID) -> list[Event]:
    """Return what happened to a request, in order."""
    return await stored.events(tx, request_id=request_id)


async def tasks(tx: ReadTx, request_id: UUID) -> list[Task]:
    """Return the tasks of a request in the order in which they are done."""
    return await stored_tasks.tasks(tx, request_id=request_id)


async def queue(
    tx: ReadTx, wanted: Filter, *, after: Place | None = None, at_most: int = PAGE
) -> list[Request]:
    """Return requests by urgency: what is due first comes first."""
    start = after or Place()
    return await stored.queue(
        tx,
        {
            "states": _texts(wanted.states),
            "kinds": _texts(wanted.kinds),
            "regimes": _texts(wanted.regimes),
            "channels": _texts(wanted.channels),
            "assignee_id": wanted.assignee_id,
            "is_unassigned": wanted.is_unassigned,
            "is_stuck": wanted.is_stuck,
            "due_before": wanted.due_before,
            "received_from": wanted.received_from,
            "received_before": wanted.received_before,
            "after": start.due_at,
            "after_id": start.request_id,
            "at_most": at_most,
        },
    )


def _texts(words: Sequence[str] | None) -> list[str] | None:
    return None if words is None else [str(word) for word in words]


async def stuck_among(tx: ReadTx, request_ids: Sequence[UUID]) -> list[UUID]:
    """Return which of some requests have a task that waits for a person."""
    return await stored_tasks.stuck_among(tx, request_ids=request_ids)


async def counts(tx: ReadTx, now: datetime) -> Counts:
    """Return how the queue stands: open, due within a week, overdue, stuck, waiting for proof."""
    return await stored.counts(tx, now=now, soon=now + SOON)


async def figures(tx: ReadTx, *, since: datetime, until: datetime) -> list[Figure]:
    """Return what was asked between two instants and what became of it, per right.

    What 11 CCR 7102 wants published: received, complied with in whole or part, denied, and the
    median and mean days until the answer.
    """
    return await stored.figures(tx, since=since, until=until)


async def weeks(tx: ReadTx, *, since: datetime) -> list[Week]:
    """Return how many requests came in each week since an instant, per right."""
    return await stored.weeks(tx, since=since)

"""Giving a person what they did, and what was counted from it (GDPR Art. 15, 20)."""

from collections.abc import AsyncIterator, Sequence
from typing import Final

import msgspec

from candor.domain.catalogue import service as catalogue
from candor.domain.catalogue.model import InForce
from candor.domain.collect import queries
from candor.domain.collect.queries import DayRow, EventRow, FavouriteRow, TallyRow
from candor.domain.collect.service.take import EVENT
from candor.infra.db.pool import ReadTx
from candor.infra.holder import (
    Batch,
    Column,
    Exported,
    Kind,
    Opener,
    Origin,
    Row,
    Section,
    instant,
)
from candor.infra.web.reading import message
from candor.kernel.ids import ProfileId

AT_ONCE: Final = 1_000
_ALL: Final = 1_000_000
_EVENT: Final = Column("event", Kind.CODE)
_TITLE: Final = Column("title", Kind.WORDS, message("What"))
EXPORTED: Final = (
    Exported(
        "collect.total",
        Section.FACTS,
        Origin.INFERRED,
        message("What we count about you"),
        (
            _EVENT,
            _TITLE,
            Column("count", Kind.NUMBER, message("How often")),
            Column("sum_minor", Kind.MINOR, message("Sum")),
            Column("first_day", Kind.DAY, message("First")),
            Column("last_at", Kind.INSTANT, message("Last")),
        ),
    ),
    Exported(
        "collect.tally",
        Section.FACTS,
        Origin.INFERRED,
        message("The same, day by day"),
        (
            _EVENT,
            Column("day", Kind.DAY),
            Column("count", Kind.NUMBER),
            Column("sum_minor", Kind.MINOR),
        ),
    ),
    Exported(
        "collect.favourite",
        Section.FACTS,
        Origin.INFERRED,
        message("What you have most to do with"),
        (
            _EVENT,
            _TITLE,
            Column("value", Kind.WORDS, message("Value")),
            Column("count", Kind.NUMBER, message("How often")),
        ),
    ),
    Exported(
        "collect.event",
        Section.ACTIVITY,
        Origin.OBSERVED,
        message("Purchases and visits"),
        (
            Column("event_id"),
            Column("profile_id"),
            _EVENT,
            Column("occurred_at", Kind.INSTANT, message("When")),
            _TITLE,
            Column("properties", Kind.VALUE, message("Details")),
            Column(
                "personal",
                Kind.VALUE,
                message("Details, sealed with your key"),
                holds=("sealed",),
            ),
            Column("source", Kind.CODE),
            Column("place", Kind.WORDS, message("Where it came from")),
            Column("received_at", Kind.INSTANT),
            Column("purposes", Kind.PURPOSES, message("What for")),
        ),
    ),
)


async def give(
    tx: ReadTx, members: Sequence[ProfileId], opener: Opener
) -> AsyncIterator[Batch]:
    """Give what is counted, and events, newest first, some at a time, as in `EXPORTED`."""
    in_force = await catalogue.current(tx)
    totals = await queries.tallies_of(tx, profile_ids=members)
    yield Batch("collect.total", [_total(row, in_force) for row in totals])
    days = await queries.days_of(tx, profile_ids=members)
    for start in range(0, len(days), AT_ONCE):
        some = days[start : start + AT_ONCE]
        yield Batch("collect.tally", [_day(row, in_force) for row in some])
    favourites = await queries.favourites_of(tx, profile_ids=members, at_most=_ALL)
    yield Batch("collect.favourite", [_favourite(row, in_force) for row in favourites])
    async for rows in queries.all_events(tx, profile_ids=members, at_once=AT_ONCE):
        yield Batch("collect.event", [_event(row, opener, in_force) for row in rows])


def _code(event_type_id: int, in_force: InForce) -> str:
    found = in_force.events_by_id.get(event_type_id)
    return found.code if found else f"event_{event_type_id}"


def _title(event_type_id: int, in_force: InForce) -> str | None:
    found = in_force.events_by_id.get(event_type_id)
    return found.title if found else None


def _event(row: EventRow, opener: Opener, in_force: InForce) -> Row:
    personal = None
    if row.sealed is not None:
        personal = opener(
            EVENT.table,
            EVENT.column,
            ProfileId(row.profile_id),
            row.sealed,
            row.event_id.bytes,
        ).map(msgspec.json.decode)
    return {
        "event_id": str(row.event_id),
        "profile_id": str(row.profile_id),
        "event": _code(row.event_type_id, in_force),
        "occurred_at": instant(row.occurred_at),
        "title": _title(row.event_type_id, in_force),
        "properties": row.properties,
        "personal": personal,
        "source": in_force.source_code(row.source_id),
        "place": in_force.place(row.source_id),
        "received_at": instant(row.received_at),
        "purposes": in_force.codes_of(row.purposes),
    }


def _total(row: TallyRow, in_force: InForce) -> Row:
    return {
        "event": _code(row.event_type_id, in_force),
        "title": _title(row.event_type_id, in_force),
        "count": row.count,
        "sum_minor": row.sum_minor,
        "first_day": row.first_day.isoformat(),
        "last_at": instant(row.last_at),
    }


def _day(row: DayRow, in_force: InForce) -> Row:
    return {
        "event": _code(row.event_type_id, in_force),
        "day": row.day.isoformat(),
        "count": row.count,
        "sum_minor": row.sum_minor,
    }


def _favourite(row: FavouriteRow, in_force: InForce) -> Row:
    return {
        "event": _code(row.event_type_id, in_force),
        "title": _title(row.event_type_id, in_force),
        "value": row.value,
        "count": row.count,
    }

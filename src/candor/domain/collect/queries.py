"""The statements of the door."""

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load


@dataclass(frozen=True, slots=True)
class Flush:
    """A group commit that waits to be folded."""

    flush_id: int
    flushed_at: datetime
    counts: list[list[Any]]


@dataclass(frozen=True, slots=True)
class CounterRow:
    """What the door did, and how often."""

    source_id: int
    outcome: str
    what: str
    count: int


@dataclass(frozen=True, slots=True)
class HourRow:
    """What the door did in one hour."""

    source_id: int
    outcome: str
    hour: datetime
    count: int


@dataclass(frozen=True, slots=True)
class RefusalRow:
    """A masked sample of what was refused."""

    refusal_id: UUID
    source_id: int
    reason: str
    what: str
    message: str
    sample: Any
    refused_at: datetime


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event, its personal part sealed."""

    profile_id: UUID
    occurred_at: datetime
    event_id: UUID
    event_type_id: int
    source_id: int
    received_at: datetime
    purposes: int
    properties: dict[str, Any]
    sealed: bytes | None


@dataclass(frozen=True, slots=True)
class TallyRow:
    """How often somebody did something, for how much, and when."""

    event_type_id: int
    count: int
    sum_minor: int
    first_day: date
    last_at: datetime


@dataclass(frozen=True, slots=True)
class DayRow:
    """How often somebody did something on one day, and for how much."""

    event_type_id: int
    day: date
    count: int
    sum_minor: int


@dataclass(frozen=True, slots=True)
class EventCount:
    """How many events a profile has."""

    profile_id: UUID
    count: int


@dataclass(frozen=True, slots=True)
class CurrencyRow:
    """The one currency in which something was always done."""

    event_type_id: int
    currency: str


@dataclass(frozen=True, slots=True)
class FavouriteRow:
    """What somebody has to do with, and how often."""

    event_type_id: int
    value: str
    count: int


@dataclass(frozen=True, slots=True)
class Totals:
    """How many events are kept, how many group commits wait, how many events are tallied."""

    events: int
    unfolded: int
    tallied: int


@dataclass(frozen=True, slots=True)
class Kept:
    """How many events of somebody are kept, and since when."""

    events: int
    since: datetime | None


@dataclass(frozen=True, slots=True)
class KeptSums:
    """How many events went, and how many sums of them stay."""

    events: int
    sums: int


_sql: Final = load(__file__)
_DELETE_SOME_EVENTS: Final = _sql.command("delete_some_events")
_KEEP_SUMS: Final = _sql.rows("keep_sums", KeptSums)
_INSERT_FLUSH: Final = _sql.rows("insert_flush", int)
_STORE_FEW: Final = _sql.rows("store_few", int)
_REMEMBER: Final = _sql.rows("remember_messages", list[UUID])
_ENSURE_MONTH: Final = _sql.rows("ensure_month", str)
_COPY: Final = _sql.command("copy_events")
_INSERT_REFUSALS: Final = _sql.command("insert_refusals")
_TAKE: Final = _sql.rows("take_flushes", Flush)
_FOLD_TALLIES: Final = _sql.command("fold_tallies")
_FOLD_FAVOURITES: Final = _sql.command("fold_favourites")
_ADD_COUNTERS: Final = _sql.command("add_counters")
_TRIM: Final = _sql.command("trim_refusals")
_FORGET: Final = _sql.command("forget_messages")
_COUNTERS: Final = _sql.rows("counters", CounterRow)
_HOURLY: Final = _sql.rows("hourly", HourRow)
_REFUSALS: Final = _sql.rows("refusals", RefusalRow)
_EVENTS_OF: Final = _sql.rows("events_of", EventRow)
_ALL_EVENTS: Final = _sql.rows("all_events", EventRow)
_DAYS_OF: Final = _sql.rows("days_of", DayRow)
_KEPT_OF: Final = _sql.rows("kept_of", Kept)
_CURRENCIES_OF: Final = _sql.rows("currencies_of", CurrencyRow)
_TALLIES_OF: Final = _sql.rows("tallies_of", TallyRow)
_EVENT_COUNTS: Final = _sql.rows("event_counts", EventCount)
_FAVOURITES_OF: Final = _sql.rows("favourites_of", FavouriteRow)
_TOTALS: Final = _sql.rows("count_events", Totals)
_DELETE_EVENTS: Final = _sql.command("delete_events")
_DELETE_TALLIES: Final = _sql.command("delete_tallies")
_DELETE_FAVOURITES: Final = _sql.command("delete_favourites")


async def insert_flush(tx: Tx, *, at: datetime, counts: str) -> int:
    """Begin a group commit; return its number."""
    return await tx.value(_INSERT_FLUSH, {"at": at, "counts": counts}) or 0


async def remember_messages(
    tx: Tx, *, message_keys: Sequence[bytes], today: date
) -> set[bytes] | None:
    """Remember messages by their distinct keys; return those never seen before, None for all."""
    # Written as the text of an array: thousands of keys, on the hot path.
    keys = "{" + ",".join([key.hex() for key in message_keys]) + "}"
    fresh: list[UUID] | None = await tx.value(_REMEMBER, {"message_keys": keys, "today": today})
    return None if fresh is None else {key.bytes for key in fresh}


async def ensure_month(tx: Tx, *, day: date) -> None:
    """Make the partition for a month, when it is missing."""
    await tx.values(_ENSURE_MONTH, {"day": day})


async def store_few(tx: Tx, *, at: datetime, counts: str, rows: str) -> int:
    """Begin a group commit and store its events, one at least; return its number."""
    return await tx.value(_STORE_FEW, {"at": at, "counts": counts, "rows": rows}) or 0


async def copy_events(tx: Tx, rows: Iterable[bytes]) -> None:
    """Take events as `rows.copied` gives them."""
    await tx.copy(_COPY, rows)


async def insert_refusals(tx: Tx, columns: Mapping[str, Any]) -> None:
    """Keep masked samples, given as one list per column."""
    await tx.run(_INSERT_REFUSALS, columns)


async def take_flushes(tx: Tx, *, at_most: int) -> list[Flush]:
    """Take some group commits to fold, and forget them."""
    return await tx.all(_TAKE, {"at_most": at_most})


async def fold_tallies(tx: Tx, *, flush_ids: Sequence[int], amounts: Mapping[int, str]) -> None:
    """Add the events of these group commits to the tallies."""
    params: dict[str, Any] = {
        "flush_ids": list(flush_ids),
        "amount_types": list(amounts),
        "amount_properties": list(amounts.values()),
    }
    await tx.run(_FOLD_TALLIES, params)


async def fold_favourites(
    tx: Tx, *, flush_ids: Sequence[int], wanted: Sequence[tuple[int, str, str]]
) -> None:
    """Count declared values in lists: event type, list, field."""
    params: dict[str, Any] = {
        "flush_ids": list(flush_ids),
        "favourite_types": [one[0] for one in wanted],
        "lists": [one[1] for one in wanted],
        "fields": [one[2] for one in wanted],
    }
    await tx.run(_FOLD_FAVOURITES, params)


async def add_counters(tx: Tx, columns: Mapping[str, Any]) -> None:
    """Add counts of the door, given as one list per column."""
    await tx.run(_ADD_COUNTERS, columns)


async def trim_refusals(tx: Tx, *, keep: int) -> int:
    """Keep the youngest samples of each source and reason; return how many went."""
    return await tx.run(_TRIM, {"keep": keep})


async def forget_messages(tx: Tx, *, before: date) -> int:
    """Forget messages that came before a day; return how many."""
    return await tx.run(_FORGET, {"before": before})


async def counters(tx: ReadTx, *, since: datetime) -> list[CounterRow]:
    """Return what the door did since an instant."""
    return await tx.all(_COUNTERS, {"since": since})


async def hourly(tx: ReadTx, *, since: datetime) -> list[HourRow]:
    """Return what the door did per hour since an instant."""
    return await tx.all(_HOURLY, {"since": since})


async def refusals(
    tx: ReadTx, *, source_id: int | None, reason: str | None, at_most: int
) -> list[RefusalRow]:
    """Return the youngest samples, of one source and reason or of all."""
    params: dict[str, Any] = {"source_id": source_id, "reason": reason, "at_most": at_most}
    return await tx.all(_REFUSALS, params)


async def events_of(
    tx: ReadTx,
    *,
    profile_ids: Sequence[UUID],
    before: datetime,
    before_id: UUID,
    at_most: int,
) -> list[EventRow]:
    """Return the newest events of these profiles before a place in time."""
    params: dict[str, Any] = {
        "profile_ids": list(profile_ids),
        "before": before,
        "before_id": before_id,
        "at_most": at_most,
    }
    return await tx.all(_EVENTS_OF, params)


async def kept_of(tx: ReadTx, *, profile_ids: Sequence[UUID]) -> Kept:
    """Return how many events of these profiles are kept."""
    return await tx.one(_KEPT_OF, {"profile_ids": list(profile_ids)})


async def all_events(
    tx: ReadTx, *, profile_ids: Sequence[UUID], at_once: int
) -> AsyncGenerator[list[EventRow], None]:
    """Give all events of these profiles, newest first, some at a time."""
    params = {"profile_ids": list(profile_ids)}
    async for rows in tx.pages(_ALL_EVENTS, params, at_most=at_once):
        yield [EventRow(*row) for row in rows]


async def days_of(tx: ReadTx, *, profile_ids: Sequence[UUID]) -> list[DayRow]:
    """Return how often these profiles did each thing, day by day, newest first."""
    return await tx.all(_DAYS_OF, {"profile_ids": list(profile_ids)})


async def currencies_of(tx: ReadTx, *, profile_ids: Sequence[UUID]) -> list[CurrencyRow]:
    """Return in which currency these profiles did each thing, where it was always one."""
    return await tx.all(_CURRENCIES_OF, {"profile_ids": list(profile_ids)})


async def tallies_of(tx: ReadTx, *, profile_ids: Sequence[UUID]) -> list[TallyRow]:
    """Return how often these profiles did each thing."""
    return await tx.all(_TALLIES_OF, {"profile_ids": list(profile_ids)})


async def event_counts(tx: ReadTx, *, profile_ids: Sequence[UUID]) -> list[EventCount]:
    """Return how many events each of these profiles has."""
    return await tx.all(_EVENT_COUNTS, {"profile_ids": list(profile_ids)})


async def favourites_of(
    tx: ReadTx, *, profile_ids: Sequence[UUID], at_most: int
) -> list[FavouriteRow]:
    """Return what these profiles have to do with most."""
    return await tx.all(_FAVOURITES_OF, {"profile_ids": list(profile_ids), "at_most": at_most})


async def totals(tx: ReadTx) -> Totals:
    """Return how many events are kept, waiting and tallied. Reads all partitions."""
    return await tx.one(_TOTALS)


async def delete_events(tx: Tx, *, profile_ids: Sequence[UUID]) -> int:
    """Erase events; return how many."""
    return await tx.run(_DELETE_EVENTS, {"profile_ids": list(profile_ids)})


async def delete_tallies(tx: Tx, *, profile_ids: Sequence[UUID]) -> int:
    """Erase tallies; return how many."""
    return await tx.run(_DELETE_TALLIES, {"profile_ids": list(profile_ids)})


async def delete_favourites(tx: Tx, *, profile_ids: Sequence[UUID]) -> int:
    """Erase favourites; return how many."""
    return await tx.run(_DELETE_FAVOURITES, {"profile_ids": list(profile_ids)})


async def delete_some_events(tx: Tx, *, profile_ids: Sequence[UUID], at_most: int) -> int:
    """Erase some events of these profiles; return how many."""
    params = {"profile_ids": list(profile_ids), "at_most": at_most}
    return await tx.run(_DELETE_SOME_EVENTS, params)


async def keep_sums(
    tx: Tx,
    *,
    profile_ids: Sequence[UUID],
    account_id: UUID,
    wanted: Sequence[tuple[int, str, str]],
) -> KeptSums:
    """Erase events whose sums a law keeps, and keep those under an account number.

    `wanted` names event types, how long each is kept (ISO 8601) and which property is added up.
    """
    return await tx.one(
        _KEEP_SUMS,
        {
            "profile_ids": list(profile_ids),
            "account_id": account_id,
            "event_type_ids": [number for number, _, _ in wanted],
            "keeps": [keep for _, keep, _ in wanted],
            "properties": [name for _, _, name in wanted],
        },
    )

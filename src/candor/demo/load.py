"""Loading the demo company: its year, day by day, through the door like anybody's data.

A few lanes send at once, each over its own connection. Everything about one person stays in one
lane, and a lane delivers a day source after source (the CRM's night first), so that what happens
to one person keeps its order. `sentAt` is deliberately not sent: the door would take it for the
clock of the source and move history to today.

A load that is stopped goes on at the last day that all lanes finished. Days that some lanes were
ahead are sent again; the message ids make that harmless.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Final

import msgspec

from candor.demo import journey
from candor.demo.calls import Source
from candor.demo.door import Door
from candor.demo.expected import Expected
from candor.demo.stream import Stream, shift_weeks

LANES: Final = 3  # requests in flight; more would only wait for the same two cores
BATCH_BYTES: Final = 480_000  # the door takes 500 KB
BATCH_EVENTS: Final = 2_500  # and so many calls
_DAYS_AHEAD: Final = 2  # how far a quick lane may run before a slow one
_START, _END = b'{"batch":[', b"]}"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a load is. `day` is the last one that is complete, None before the first."""

    events_sent: int
    events_total: int
    day: date | None


@dataclass(frozen=True, slots=True)
class Report:
    """What a load did."""

    expected: Expected
    events_sent: int  # by this load; fewer than expected after a resumption
    requests: int
    retries: int  # attempts beyond the first
    first_day: date  # the day at which this load began
    was_resumed: bool
    is_complete: bool  # every day of the year is in


class State(msgspec.Struct, frozen=True):
    """What a stopped load leaves behind."""

    weeks: int  # the shift in time, so that a resumption claims the same dates
    households: int | None
    days_done: int


@dataclass(frozen=True, slots=True)
class _Batch:
    source: Source
    count: int
    body: bytes


@dataclass(slots=True)
class _Lane:
    """One connection and the days that wait for it."""

    door: Door
    days: asyncio.Queue[tuple[int, list[_Batch]] | None] = field(
        default_factory=lambda: asyncio.Queue(_DAYS_AHEAD)
    )
    done: int = 0  # days that are complete
    sent: int = 0
    requests: int = 0


async def load(
    base_url: str,
    write_keys: Mapping[str, str],
    *,
    now: datetime,
    state_file: Path,
    progress: Callable[[Progress], None],
    limit_days: int | None = None,
    households: int | None = None,
) -> Report:
    """Send the year to the door, or what is left of it.

    `write_keys` maps each source of the catalogue to its key. `limit_days` stops after so many
    days of the year, counted from its first; a later load goes on from there. `households` takes
    only the first so many, for tests. Raises `DoorClosedError`, `DoorRefusedError`,
    `DataMissingError`, and `ValueError` for a missing key; after the first, loading again goes on.
    """
    missing = [source.code for source in Source if source.code not in write_keys]
    if missing:
        raise ValueError(f"no write key for {', '.join(missing)}")
    stream, state = await asyncio.to_thread(_prepare, now, state_file, households)
    expected = stream.expected(limit_days)
    end = min(stream.days, limit_days or stream.days)
    first = min(state.days_done, end)
    already = stream.expected(first).events_sent if first else 0
    lanes = [_Lane(Door(base_url), done=first) for _ in range(LANES)]
    done = first

    def advance() -> None:
        nonlocal done
        sent = already + sum(lane.sent for lane in lanes)
        reached = min(lane.done for lane in lanes)
        if reached > done:
            done = reached
            _save(state_file, State(state.weeks, households, done))
        day = stream.date_of(done - 1) if done else None
        progress(Progress(min(sent, expected.events_sent), expected.events_sent, day))

    advance()
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_fill(stream, range(first, end), lanes))
            for lane in lanes:
                tasks.create_task(_drain(lane, write_keys, advance))
    except ExceptionGroup as failures:  # the first lane that failed stopped the others
        raise failures.exceptions[0] from None
    finally:
        for lane in lanes:
            await lane.door.close()
    return Report(
        expected=expected,
        events_sent=sum(lane.sent for lane in lanes),
        requests=sum(lane.requests for lane in lanes),
        retries=sum(lane.door.retries for lane in lanes),
        first_day=stream.date_of(min(first, stream.days - 1)),
        was_resumed=first > 0,
        is_complete=end == stream.days,
    )


def _prepare(now: datetime, state_file: Path, households: int | None) -> tuple[Stream, State]:
    data = journey.read()
    state = _restored(state_file)
    if state is None or state.households != households:
        weeks = state.weeks if state else shift_weeks(data, now)
        state = State(weeks, households, 0)
    return Stream(data, weeks=state.weeks, households=households), state


def _restored(state_file: Path) -> State | None:
    """Return what an earlier load left; None when there is nothing readable."""
    try:
        return msgspec.json.decode(state_file.read_bytes(), type=State)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def _save(state_file: Path, state: State) -> None:
    """Write the state in one go, so that a kill leaves the old one or the new one."""
    state_file.parent.mkdir(parents=True, exist_ok=True)
    beside = state_file.with_name(state_file.name + ".new")
    beside.write_bytes(msgspec.json.encode(state))
    beside.replace(state_file)


async def _fill(stream: Stream, days: range, lanes: list[_Lane]) -> None:
    for day in days:
        for lane, batches in zip(lanes, _batches(stream, day, len(lanes)), strict=True):
            await lane.days.put((day, batches))
    for lane in lanes:
        await lane.days.put(None)


async def _drain(
    lane: _Lane, write_keys: Mapping[str, str], advance: Callable[[], None]
) -> None:
    while (item := await lane.days.get()) is not None:
        day, batches = item
        for batch in batches:
            await lane.door.batch(write_keys[batch.source.code], batch.body)
            lane.sent += batch.count
            lane.requests += 1
        lane.done = day + 1
        advance()


def _batches(stream: Stream, day: int, lanes: int) -> Iterator[list[_Batch]]:
    """Yield, lane by lane, what a day sends: source after source, in order of time."""
    sorted_out: list[list[list[bytes]]] = [[[] for _ in Source] for _ in range(lanes)]
    for source, cluster, body in stream.day(day):
        sorted_out[cluster % lanes][source].append(body)
    for by_source in sorted_out:
        yield [
            _Batch(source, count, body)
            for source, bodies in zip(Source, by_source, strict=True)
            for count, body in _packed(bodies)
        ]


def _packed(bodies: list[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield the calls in batches that the door takes: how many, and the JSON."""
    first, size = 0, 0
    for place, body in enumerate(bodies):
        if place > first and (size + len(body) > BATCH_BYTES or place - first == BATCH_EVENTS):
            yield place - first, _START + b",".join(bodies[first:place]) + _END
            first, size = place, 0
        size += len(body) + 1
    if first < len(bodies):
        yield len(bodies) - first, _START + b",".join(bodies[first:]) + _END

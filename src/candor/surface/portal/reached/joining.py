"""Which trip carries which change: what a person did, and what went out for it. Pure.

A delivery carries whatever stood when it was sent, so it carries every change from the first that
began it until it was acknowledged; a change came to a system with the first of those.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from candor.domain.connections.service.reaching import Trip

# What a person did is written down a moment before it stands in the feed, in one transaction.
_SAME_MOMENT: Final = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that a person did, in words; `channels` are those that it closed or opened."""

    at: datetime
    said: str
    channels: tuple[str, ...] = ()
    is_no: bool = False


@dataclass(frozen=True, slots=True)
class Joined:
    """What was done at one moment, and the trips that carry it, one for each system."""

    at: datetime
    deeds: tuple[Deed, ...]
    trips: tuple[Trip, ...]
    cause: str = ""  # of what nobody of us can name better


def join(deeds: Sequence[Deed], trips: Sequence[Trip]) -> list[Joined]:
    """Return every change with what carries it, newest first.

    Trips that carry nothing the person did stand by themselves, those of one moment together.
    """
    by_moment: dict[datetime, list[Deed]] = {}
    for deed in deeds:
        by_moment.setdefault(deed.at, []).append(deed)
    found: list[Joined] = []
    carried: set[int] = set()
    for at, done in by_moment.items():
        carrying = _carrying(at, trips)
        carried.update(id(trip) for trip in carrying)
        found.append(Joined(at, tuple(done), carrying))
    alone: dict[tuple[datetime, str], list[Trip]] = {}
    for trip in trips:
        if id(trip) not in carried:
            key = (trip.changed_at.replace(microsecond=0), trip.cause)
            alone.setdefault(key, []).append(trip)
    for (_, cause), rest in alone.items():
        at = min(trip.changed_at for trip in rest)
        found.append(Joined(at, (), _by_name(rest), cause))
    return sorted(found, key=lambda one: one.at, reverse=True)


def _carrying(at: datetime, trips: Sequence[Trip]) -> tuple[Trip, ...]:
    """Return, for each system, the first trip that carries a change of this moment."""
    first: dict[str, Trip] = {}
    for trip in trips:
        is_over = trip.reached_at is not None and trip.reached_at < at
        if is_over or trip.changed_at > at + _SAME_MOMENT:
            continue
        before = first.get(trip.where.code)
        if before is None or trip.changed_at < before.changed_at:
            first[trip.where.code] = trip
    return _by_name(first.values())


def _by_name(trips: Iterable[Trip]) -> tuple[Trip, ...]:
    return tuple(sorted(trips, key=lambda trip: (trip.where.name.casefold(), trip.where.code)))


def since(one: Joined, trip: Trip) -> timedelta:
    """Return how long a trip took from the change to the acknowledgement; not less than nothing."""
    if trip.reached_at is None:
        return timedelta(0)
    return max(trip.reached_at - one.at, timedelta(0))


def as_of(one: Joined, trip: Trip) -> Trip:
    """Return a trip as it stands to one change: it is on its way since that was made."""
    return replace(trip, changed_at=max(trip.changed_at, one.at))

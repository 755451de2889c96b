"""Showing what the door did, and what a person did."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from candor.domain.audit.model import Actor
from candor.domain.collect import queries
from candor.domain.collect.queries import (
    CounterRow,
    EventRow,
    FavouriteRow,
    HourRow,
    Kept,
    RefusalRow,
    TallyRow,
    Totals,
)
from candor.domain.collect.service.take import EVENT
from candor.domain.vault.service import SealedField, Vault
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.ids import ProfileId
from candor.kernel.pii import Pii

__all__ = [
    "CounterRow",
    "FavouriteRow",
    "Happened",
    "HourRow",
    "Kept",
    "RefusalRow",
    "TallyRow",
    "Totals",
    "counters",
    "currencies",
    "event_counts",
    "events",
    "hourly",
    "kept",
    "refusals",
    "totals",
    "traits",
]

PAGE: Final = 25
LATEST: Final = datetime.max.replace(tzinfo=UTC)
LAST_ID: Final = UUID(int=(1 << 128) - 1)


@dataclass(frozen=True, slots=True)
class Happened:
    """One event of a person; the personal part is None where it was not opened."""

    row: EventRow
    personal: Pii[dict[str, Any]] | None


@dataclass(frozen=True, slots=True)
class Traits:
    """What is counted about a person: how often, how much, how lately, what most."""

    tallies: tuple[TallyRow, ...]
    favourites: tuple[FavouriteRow, ...]


async def counters(tx: ReadTx, *, since: datetime) -> list[CounterRow]:
    """Return what the door did since an instant, to the last commit."""
    return await queries.counters(tx, since=since)


async def hourly(tx: ReadTx, *, since: datetime) -> list[HourRow]:
    """Return what the door did per hour since an instant."""
    return await queries.hourly(tx, since=since)


async def refusals(
    tx: ReadTx, *, source_id: int | None = None, reason: str | None = None, at_most: int = 50
) -> list[RefusalRow]:
    """Return the youngest masked samples, of one source and reason or of all."""
    return await queries.refusals(tx, source_id=source_id, reason=reason, at_most=at_most)


async def totals(tx: ReadTx) -> Totals:
    """Return how many events are kept, waiting to be folded, and tallied."""
    return await queries.totals(tx)


async def kept(tx: ReadTx, profile_ids: Sequence[ProfileId]) -> Kept:
    """Return how many events of a person are kept, and since when; exact, not from the tallies."""
    return await queries.kept_of(tx, profile_ids=profile_ids)


async def traits(tx: ReadTx, profile_ids: Sequence[ProfileId], *, top: int = 5) -> Traits:
    """Return what is counted about a person: pseudonymous, nothing is opened."""
    return Traits(
        tuple(await queries.tallies_of(tx, profile_ids=profile_ids)),
        tuple(await queries.favourites_of(tx, profile_ids=profile_ids, at_most=top)),
    )


async def currencies(tx: ReadTx, profile_ids: Sequence[ProfileId]) -> dict[int, str]:
    """Return in which currency a person did what is counted, by the number of the event.

    Tallies hold numbers alone: what was done in several currencies, or in one that was not said,
    is missing here, and its sum is a number without any. Looks at every event of the person.
    """
    found = await queries.currencies_of(tx, profile_ids=profile_ids)
    return {row.event_type_id: row.currency for row in found}


async def event_counts(tx: ReadTx, profile_ids: Sequence[ProfileId]) -> dict[ProfileId, int]:
    """Return how many events each of these profiles has, as far as they are folded."""
    found = await queries.event_counts(tx, profile_ids=profile_ids)
    return {ProfileId(row.profile_id): row.count for row in found}


async def events(
    tx: Tx,
    profile_ids: Sequence[ProfileId],
    *,
    purpose: str,
    actor: Actor,
    vault: Vault,
    before: datetime = LATEST,
    before_id: UUID = LAST_ID,
    at_most: int = PAGE,
    opened: bool = True,
    types: Collection[int] | None = None,
) -> list[Happened]:
    """Return a page of what a person did, newest first, personal parts opened for the purpose.

    Args:
        tx: the transaction; it writes the audit entries.
        profile_ids: all profiles of the person.
        purpose: what it is read for.
        actor: who reads.
        vault: opens.
        before: events before this instant.
        before_id: and, at that instant, before this event.
        at_most: events on a page.
        opened: whether personal parts are opened at all.
        types: numbers of the events that the purpose needs; None: all.

    Raises:
        NotAllowed: the purpose is refused for the person.
    """
    rows = await queries.events_of(
        tx, profile_ids=profile_ids, before=before, before_id=before_id, at_most=at_most
    )
    needed = [row for row in rows if types is None or row.event_type_id in types]
    sealed = [row for row in needed if row.sealed is not None] if opened else []
    if not sealed:
        return [Happened(row, None) for row in rows]
    values = await vault.open(
        tx,
        [
            SealedField(
                name="event details",
                profile_id=ProfileId(row.profile_id),
                place=EVENT,
                sealed=row.sealed or b"",
                row=row.event_id.bytes,
            )
            for row in sealed
        ],
        purpose=purpose,
        actor=actor,
    )
    plain = {row.event_id: value for row, value in zip(sealed, values, strict=True)}
    return [
        Happened(
            row, found.map(msgspec.json.decode) if (found := plain.get(row.event_id)) else None
        )
        for row in rows
    ]

"""The statements of the catalogue. There is none that changes or deletes: versions only add."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from candor.domain.catalogue.model import Version
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A stored catalogue, its document as JSON text."""

    version_id: int
    digest: bytes
    document: str


@dataclass(frozen=True, slots=True)
class NumberRow:
    """The number of one name."""

    kind: str
    code: str
    number: int


_sql: Final = load(__file__)
_LOCK: Final = _sql.rows("lock_catalogue", str)
_NEWEST: Final = _sql.rows("newest_version", VersionRow)
_FIND: Final = _sql.rows("find_version", VersionRow)
_NEWEST_ID: Final = _sql.rows("newest_version_id", int)
_VERSIONS: Final = _sql.rows("all_versions", Version)
_NUMBERS: Final = _sql.rows("all_numbers", NumberRow)
_PURPOSES: Final = _sql.command("insert_purposes")
_ATTRIBUTES: Final = _sql.command("insert_attributes")
_EVENT_TYPES: Final = _sql.command("insert_event_types")
_SOURCES: Final = _sql.command("insert_sources")
_CHANNELS: Final = _sql.command("insert_channels")
_TOPICS: Final = _sql.command("insert_topics")
_INSERT: Final = _sql.rows("insert_version", int)


async def lock_catalogue(tx: Tx) -> None:
    """Wait until nobody else applies a catalogue."""
    await tx.value(_LOCK)


async def newest_version(tx: ReadTx) -> VersionRow | None:
    """Return the catalogue in force."""
    return await tx.maybe(_NEWEST)


async def find_version(tx: ReadTx, *, version_id: int) -> VersionRow | None:
    """Return one catalogue that was in force."""
    return await tx.maybe(_FIND, {"version_id": version_id})


async def newest_version_id(tx: ReadTx) -> int | None:
    """Return the number of the catalogue in force."""
    return await tx.value(_NEWEST_ID)


async def all_versions(tx: ReadTx) -> list[Version]:
    """Return every catalogue that was in force, newest first."""
    return await tx.all(_VERSIONS)


async def all_numbers(tx: ReadTx) -> list[NumberRow]:
    """Return every name that ever had a number."""
    return await tx.all(_NUMBERS)


async def insert_purposes(tx: Tx, *, numbers: Sequence[int], codes: Sequence[str]) -> None:
    """Give bits to new purposes."""
    await tx.run(_PURPOSES, {"numbers": list(numbers), "codes": list(codes)})


async def insert_attributes(tx: Tx, *, codes: Sequence[str]) -> None:
    """Give numbers to new attributes."""
    await tx.run(_ATTRIBUTES, {"codes": list(codes)})


async def insert_event_types(tx: Tx, *, codes: Sequence[str]) -> None:
    """Give numbers to new events."""
    await tx.run(_EVENT_TYPES, {"codes": list(codes)})


async def insert_sources(tx: Tx, *, codes: Sequence[str]) -> None:
    """Give numbers to new sources."""
    await tx.run(_SOURCES, {"codes": list(codes)})


async def insert_channels(tx: Tx, *, numbers: Sequence[int], codes: Sequence[str]) -> None:
    """Give bits to new channels."""
    await tx.run(_CHANNELS, {"numbers": list(numbers), "codes": list(codes)})


async def insert_topics(tx: Tx, *, numbers: Sequence[int], codes: Sequence[str]) -> None:
    """Give bits to new topics."""
    await tx.run(_TOPICS, {"numbers": list(numbers), "codes": list(codes)})


async def insert_version(
    tx: Tx, *, at: datetime, by: str, digest: bytes, document: str
) -> int | None:
    """Put a catalogue in force; return its number."""
    return await tx.value(_INSERT, {"at": at, "by": by, "digest": digest, "document": document})

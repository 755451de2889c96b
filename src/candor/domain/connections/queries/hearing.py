"""The statements with which other systems are heard."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load


@dataclass(frozen=True, slots=True)
class LinkRow:
    """What is known of one record at another system."""

    profile_id: UUID
    remote_id: bytes = field(repr=False)
    remote_index: bytes
    base: dict[str, str]
    version: str | None
    told_at: datetime | None
    refused: dict[str, str]  # when a no of ours was acknowledged, by the choice there
    heard_at: datetime | None
    removed_at: datetime | None
    heard_as: bytes | None  # hash of the record as it was heard, when that came to nothing


@dataclass(frozen=True, slots=True)
class OpenRow:
    """A delivery that is open: which fields left last, and whether that was acknowledged."""

    profile_id: UUID
    fields: list[str] | None
    is_tried: bool
    sent_at: datetime | None

    @property
    def tried(self) -> frozenset[str]:
        """Return the fields that left and were not acknowledged."""
        return frozenset(self.fields or ()) if self.is_tried else frozenset()


@dataclass(frozen=True, slots=True)
class TallyRow:
    """How often something was heard in an hour."""

    hour: datetime
    what: str
    count: int


_sql: Final = load(__file__)
_BY_INDEX: Final = _sql.rows("links_by_index", LinkRow)
_LINKS_OF: Final = _sql.rows("links_of", LinkRow)
_LOCK_OPEN: Final = _sql.rows("lock_open", OpenRow)
_LOCK_LINKS: Final = _sql.rows("lock_links", LinkRow)
_ARE_TRIED: Final = _sql.rows("tried_of", UUID)
_HEARD: Final = _sql.rows("heard_messages", bytes)
_REMEMBER: Final = _sql.rows("remember_messages", bytes)
_PUT_LINK: Final = _sql.command("put_link")
_NOTE_HEARD: Final = _sql.command("note_heard")
_LET_GO: Final = _sql.command("let_go")
_COUNT: Final = _sql.command("count_heard")
_TALLIES: Final = _sql.rows("tallies", TallyRow)


async def links_by_index(
    tx: ReadTx, *, connection_id: UUID, indexes: Sequence[bytes]
) -> list[LinkRow]:
    """Return what is known of records, by how the other side calls them."""
    if not indexes:
        return []
    return await tx.all(_BY_INDEX, {"connection_id": connection_id, "indexes": list(indexes)})


async def links_of(
    tx: ReadTx, *, connection_id: UUID, profile_ids: Sequence[UUID]
) -> list[LinkRow]:
    """Return what a system holds, or held, about these profiles."""
    params = {"connection_id": connection_id, "profile_ids": list(profile_ids)}
    return await tx.all(_LINKS_OF, params)


async def lock_open(
    tx: Tx, *, connection_id: UUID, profile_ids: Sequence[UUID]
) -> dict[UUID, OpenRow]:
    """Lock the open deliveries of these profiles; return them. Comes before `lock_links`."""
    params = {"connection_id": connection_id, "profile_ids": list(profile_ids)}
    return {row.profile_id: row for row in await tx.all(_LOCK_OPEN, params)}


async def lock_links(
    tx: Tx, *, connection_id: UUID, profile_ids: Sequence[UUID]
) -> list[LinkRow]:
    """Lock and return the links of these profiles."""
    params = {"connection_id": connection_id, "profile_ids": list(profile_ids)}
    return await tx.all(_LOCK_LINKS, params)


async def tried_of(
    tx: ReadTx, *, connection_id: UUID, profile_ids: Sequence[UUID]
) -> frozenset[UUID]:
    """Return those of these profiles of whom something left and was not acknowledged."""
    if not profile_ids:
        return frozenset()
    params = {"connection_id": connection_id, "profile_ids": list(profile_ids)}
    return frozenset(await tx.values(_ARE_TRIED, params))


async def heard_messages(
    tx: ReadTx, *, connection_id: UUID, keys: Sequence[bytes]
) -> frozenset[bytes]:
    """Return which of these messages were taken before."""
    if not keys:
        return frozenset()
    params = {"connection_id": connection_id, "keys": list(keys)}
    return frozenset(map(bytes, await tx.values(_HEARD, params)))


async def remember_messages(
    tx: Tx, *, connection_id: UUID, keys: Sequence[bytes], at: datetime
) -> frozenset[bytes]:
    """Remember messages that are taken; return those that were not before."""
    if not keys:
        return frozenset()
    params = {"connection_id": connection_id, "keys": sorted(set(keys)), "at": at}
    return frozenset(map(bytes, await tx.values(_REMEMBER, params)))


async def put_link(
    tx: Tx,
    *,
    connection_id: UUID,
    profile_id: UUID,
    remote_id: bytes,
    remote_index: bytes,
    base: Mapping[str, str],
    version: str | None,
    at: datetime,
) -> bool:
    """Write a link where there was none, or a removed one; tell whether it was written."""
    params = {
        "connection_id": connection_id,
        "profile_id": profile_id,
        "remote_id": remote_id,
        "remote_index": remote_index,
        "base": json.dumps(dict(base)),
        "version": version,
        "at": at,
    }
    return bool(await tx.run(_PUT_LINK, params))


async def note_heard(
    tx: Tx,
    *,
    connection_id: UUID,
    profile_id: UUID,
    base: Mapping[str, str],
    version: str | None,
    heard_as: bytes | None,
    at: datetime,
) -> None:
    """Note what both sides agree on now; `heard_as`: None when it must be weighed again."""
    params = {
        "connection_id": connection_id,
        "profile_id": profile_id,
        "base": json.dumps(dict(base)),
        "version": version,
        "heard_as": heard_as,
        "at": at,
    }
    await tx.run(_NOTE_HEARD, params)


async def let_go(tx: Tx, *, connection_id: UUID, profile_id: UUID, at: datetime) -> bool:
    """Note that the other side removed a person by itself; tell whether it was linked."""
    params = {"connection_id": connection_id, "profile_id": profile_id, "at": at}
    return bool(await tx.run(_LET_GO, params))


async def count_heard(
    tx: Tx, *, connection_id: UUID, counts: Mapping[str, int], at: datetime
) -> None:
    """Count what became of what was heard, by the hour."""
    rows = sorted((what, number) for what, number in counts.items() if number)
    if rows:
        params = {
            "connection_id": connection_id,
            "at": at,
            "whats": [what for what, _ in rows],
            "numbers": [number for _, number in rows],
        }
        await tx.run(_COUNT, params)


async def tallies(tx: ReadTx, *, connection_id: UUID, since: datetime) -> list[TallyRow]:
    """Return what was heard of a connection since an instant, by the hour."""
    return await tx.all(_TALLIES, {"connection_id": connection_id, "since": since})

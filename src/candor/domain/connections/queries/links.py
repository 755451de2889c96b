"""The statements about what the other side holds."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load

_FIRST: Final = UUID(int=0)


@dataclass(frozen=True, slots=True)
class HeldRow:
    """What a system holds of a profile by our books."""

    profile_id: UUID
    remote_id: bytes = field(repr=False)
    base: dict[str, str]
    purposes: int
    version: str | None
    refused: dict[str, str]  # when a no of ours was acknowledged, by the choice there
    heard_at: datetime | None
    removed_at: datetime | None
    is_let_go: bool  # they removed the person by themselves


@dataclass(frozen=True, slots=True)
class HolderRow:
    """Whose a record is."""

    remote_index: bytes
    profile_id: UUID


@dataclass(frozen=True, slots=True)
class Told:
    """What a system acknowledged that it holds of a profile."""

    profile_id: UUID
    remote_id: bytes = field(repr=False)
    remote_index: bytes
    base: dict[str, str]
    purposes: int
    version: str | None
    refused: frozenset[str] = frozenset()  # choices there of which it acknowledged a no now


_sql: Final = load(__file__)
_AT: Final = _sql.rows("links_at", HeldRow)
_BETWEEN: Final = _sql.rows("linked_between", UUID)
_UNATTENDED: Final = _sql.rows("unattended", UUID)
_ADOPT: Final = _sql.rows("let_heads_adopt", UUID)
_HOLDERS: Final = _sql.rows("holders_of", HolderRow)
_FORGET: Final = _sql.command("forget_links")
_PUT: Final = _sql.command("put_links")
_REMOVE: Final = _sql.command("remove_links")
_FORGET_BASES: Final = _sql.command("forget_bases")


async def links_at(
    tx: ReadTx, *, connection_id: UUID, profile_ids: Sequence[UUID]
) -> dict[UUID, HeldRow]:
    """Return what a system holds of these profiles, also what is gone there."""
    values = {"connection_id": connection_id, "profile_ids": list(profile_ids)}
    return {row.profile_id: row for row in await tx.all(_AT, values)}


async def linked_between(
    tx: ReadTx,
    *,
    connection_id: UUID,
    after: UUID | None,
    up_to: UUID | None,
    at_most: int,
) -> list[UUID]:
    """Return whom a system holds, in the order of their ids, behind one and up to one."""
    values = {
        "connection_id": connection_id,
        "after": after or _FIRST,
        "up_to": up_to,
        "at_most": at_most,
    }
    return await tx.values(_BETWEEN, values)


async def unattended(tx: ReadTx, *, connection_id: UUID, at_most: int) -> list[UUID]:
    """Return people whom a system holds and about whom no delivery is open."""
    return await tx.values(_UNATTENDED, {"connection_id": connection_id, "at_most": at_most})


async def let_heads_adopt(
    tx: Tx, *, connection_id: UUID, profile_ids: Sequence[UUID], head_ids: Sequence[UUID]
) -> list[UUID]:
    """Give records of merged profiles to their heads; return the heads that got one."""
    values = {
        "connection_id": connection_id,
        "profile_ids": list(profile_ids),
        "head_ids": list(head_ids),
    }
    return await tx.values(_ADOPT, values)


async def holders_of(
    tx: ReadTx, *, connection_id: UUID, indexes: Sequence[bytes]
) -> dict[bytes, UUID]:
    """Return whose records these are by our books."""
    values = {"connection_id": connection_id, "indexes": list(indexes)}
    return {row.remote_index: row.profile_id for row in await tx.all(_HOLDERS, values)}


async def forget_links(tx: Tx, *, connection_id: UUID, profile_ids: Sequence[UUID]) -> None:
    """Forget records that another profile took over."""
    values = {"connection_id": connection_id, "profile_ids": list(profile_ids)}
    await tx.run(_FORGET, values)


async def put_links(tx: Tx, told: Sequence[Told], *, connection_id: UUID, at: datetime) -> None:
    """Write down what a system acknowledged that it holds."""
    if not told:
        return
    values = {
        "connection_id": connection_id,
        "at": at,
        "profile_ids": [one.profile_id for one in told],
        "remote_ids": [one.remote_id for one in told],
        "indexes": [one.remote_index for one in told],
        "bases": [msgspec.json.encode(one.base).decode() for one in told],
        "purposes": [one.purposes for one in told],
        "versions": [one.version for one in told],
        "refused": [
            msgspec.json.encode(dict.fromkeys(sorted(one.refused), at)).decode() for one in told
        ],
    }
    await tx.run(_PUT, values)


async def remove_links(
    tx: Tx, *, connection_id: UUID, profile_ids: Sequence[UUID], at: datetime
) -> None:
    """Write down that a system holds nothing of these profiles any more."""
    values = {"connection_id": connection_id, "profile_ids": list(profile_ids), "at": at}
    if profile_ids:
        await tx.run(_REMOVE, values)


async def forget_bases(tx: Tx, *, connection_id: UUID, profile_ids: Sequence[UUID]) -> None:
    """Forget what was agreed on about these profiles."""
    values = {"connection_id": connection_id, "profile_ids": list(profile_ids)}
    await tx.run(_FORGET_BASES, values)

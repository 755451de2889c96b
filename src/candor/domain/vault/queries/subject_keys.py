"""Subject keys, read through functions that candor_vault owns; and who was erased."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A subject key as the database keeps it."""

    profile_id: UUID
    epoch_id: int
    wrapped: bytes


_sql: Final = load(__file__)
_INSERT: Final = _sql.command("insert_keys")
_READ: Final = _sql.rows("read_keys", WrappedKey)
_TO_REWRAP: Final = _sql.rows("next_to_rewrap", WrappedKey)
_REWRAP: Final = _sql.rows("rewrap_keys", int)
_DESTROY: Final = _sql.rows("destroy_keys", int)


async def insert_keys(
    tx: Tx,
    *,
    epoch_id: int,
    profile_ids: Sequence[UUID],
    wrapped: Sequence[bytes],
    at: datetime,
) -> bool:
    """Keep the wrapped keys of new profiles; tell whether the epoch is still open.

    If it is not, nothing is kept: wrap them again in the one that is. The epoch cannot be
    destroyed before this transaction ends.
    """
    kept = await tx.run(
        _INSERT,
        {
            "epoch_id": epoch_id,
            "profile_ids": list(profile_ids),
            "wrapped": list(wrapped),
            "at": at,
        },
    )
    return kept == len(profile_ids)


async def read_keys(tx: ReadTx, *, profile_ids: Sequence[UUID]) -> list[WrappedKey]:
    """Return the wrapped keys of these profiles; a profile without a key is missing."""
    return await tx.all(_READ, {"profile_ids": list(profile_ids)})


async def next_to_rewrap(tx: Tx, *, below: int, after: UUID, at_most: int) -> list[WrappedKey]:
    """Return and lock the next keys that an older epoch wraps, in the order of their profiles.

    Skips those that another worker has locked.
    """
    rows = await tx.tuples(_TO_REWRAP, {"below": below, "after": after, "at_most": at_most})
    return [WrappedKey(*row) for row in rows]


async def rewrap_keys(
    tx: Tx, *, epoch_id: int, profile_ids: Sequence[UUID], wrapped: Sequence[bytes]
) -> int:
    """Replace wrapped keys; return how many."""
    params: dict[str, Any] = {
        "epoch_id": epoch_id,
        "profile_ids": list(profile_ids),
        "wrapped": list(wrapped),
    }
    return await tx.value(_REWRAP, params) or 0


async def destroy_keys(tx: Tx, *, profile_ids: Sequence[UUID]) -> int:
    """Destroy the keys of these profiles; return how many there were."""
    return await tx.value(_DESTROY, {"profile_ids": list(profile_ids)}) or 0

"""The statements of the vault. Keys are read through functions that candor_vault owns."""

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


@dataclass(frozen=True, slots=True)
class Epoch:
    """The life of a key-encryption key."""

    epoch_id: int
    opened_at: datetime
    closed_at: datetime | None
    destroyed_at: datetime | None
    keys: int


_sql: Final = load(__file__)
_INSERT: Final = _sql.command("insert_keys")
_READ: Final = _sql.rows("read_keys", WrappedKey)
_TO_REWRAP: Final = _sql.rows("keys_to_rewrap", WrappedKey)
_REWRAP: Final = _sql.rows("rewrap_keys", int)
_DESTROY: Final = _sql.rows("destroy_keys", int)
_INSERT_ERASURES: Final = _sql.rows("insert_erasures", int)
_OPEN_EPOCH: Final = _sql.rows("open_epoch", int)
_LOCK_EPOCHS: Final = _sql.rows("lock_epochs", str)
_CLOSE: Final = _sql.command("close_epochs")
_INSERT_EPOCH: Final = _sql.rows("insert_epoch", int)
_MARK_DESTROYED: Final = _sql.command("mark_destroyed")
_EPOCHS: Final = _sql.rows("epochs", Epoch)


async def insert_keys(
    tx: Tx,
    *,
    epoch_id: int,
    profile_ids: Sequence[UUID],
    wrapped: Sequence[bytes],
    at: datetime,
) -> None:
    """Keep the wrapped keys of new profiles."""
    await tx.run(
        _INSERT,
        {
            "epoch_id": epoch_id,
            "profile_ids": list(profile_ids),
            "wrapped": list(wrapped),
            "at": at,
        },
    )


async def read_keys(tx: ReadTx, *, profile_ids: Sequence[UUID]) -> list[WrappedKey]:
    """Return the wrapped keys of these profiles; a profile without a key is missing."""
    return await tx.all(_READ, {"profile_ids": list(profile_ids)})


async def keys_to_rewrap(tx: Tx, *, below: int, at_most: int) -> list[WrappedKey]:
    """Return and lock some keys that an older epoch wraps."""
    return await tx.all(_TO_REWRAP, {"below": below, "at_most": at_most})


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


async def insert_erasures(tx: Tx, *, profile_ids: Sequence[UUID], at: datetime) -> int:
    """Note whose keys were destroyed; return the number of this transaction."""
    number = await tx.value(_INSERT_ERASURES, {"profile_ids": list(profile_ids), "at": at})
    return number or 0


async def open_epoch(tx: ReadTx) -> int | None:
    """Return the epoch that new keys are wrapped in."""
    return await tx.value(_OPEN_EPOCH)


async def lock_epochs(tx: Tx) -> None:
    """Let one opener of epochs in at a time, until the transaction ends."""
    await tx.values(_LOCK_EPOCHS)


async def close_epochs(tx: Tx, *, at: datetime) -> None:
    """Close the open epoch."""
    await tx.run(_CLOSE, {"at": at})


async def insert_epoch(tx: Tx, *, at: datetime) -> int:
    """Open the next epoch; return its number."""
    return await tx.value(_INSERT_EPOCH, {"at": at}) or 0


async def mark_destroyed(tx: Tx, *, epoch_id: int, at: datetime) -> None:
    """Note that the key of an epoch was destroyed."""
    await tx.run(_MARK_DESTROYED, {"epoch_id": epoch_id, "at": at})


async def epochs(tx: ReadTx) -> list[Epoch]:
    """Return all epochs, newest first."""
    return await tx.all(_EPOCHS)

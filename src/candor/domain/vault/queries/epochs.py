"""The life of key-encryption keys; the keys themselves are in the keyring."""

from datetime import datetime
from typing import Final

from candor.domain.vault.model.life import Epoch
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load

_sql: Final = load(__file__)
_OPEN_EPOCH: Final = _sql.rows("open_epoch", int)
_LOCK_EPOCHS: Final = _sql.rows("lock_epochs", str)
_CLOSE: Final = _sql.command("close_epochs")
_INSERT_EPOCH: Final = _sql.rows("insert_epoch", int)
_LOCK_EPOCH: Final = _sql.rows("lock_epoch", int)
_MARK_EMPTIED: Final = _sql.command("mark_emptied")
_MARK_DESTROYED: Final = _sql.command("mark_destroyed")
_EPOCHS: Final = _sql.rows("epochs", Epoch)


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


async def lock_epoch(tx: Tx, *, epoch_id: int) -> None:
    """Wait for all who are making keys in an epoch, and keep others out until the end."""
    await tx.value(_LOCK_EPOCH, {"epoch_id": epoch_id})


async def mark_emptied(tx: Tx, *, at: datetime) -> None:
    """Note which closed epochs wrap nothing any more."""
    await tx.run(_MARK_EMPTIED, {"at": at})


async def mark_destroyed(tx: Tx, *, epoch_id: int, at: datetime) -> None:
    """Note that the key of an epoch was destroyed."""
    await tx.run(_MARK_DESTROYED, {"epoch_id": epoch_id, "at": at})


async def epochs(tx: ReadTx) -> list[Epoch]:
    """Return all epochs, newest first."""
    return await tx.all(_EPOCHS)

"""What the vault leaves to the worker: the life of epochs.

A new epoch opens, living keys are wrapped in it, and the epoch before the last is destroyed. So a
backup that is older than two epochs can no longer open the keys of people who were erased, while
those of the living were wrapped anew and travel with each backup.
"""

from candor.domain.audit.model import Actor
from candor.domain.vault.service import Vault
from candor.infra.db.pool import Database
from candor.infra.log import logger

_log = logger("vault")
_ACTOR = Actor.machine("worker")
_KEPT_EPOCHS = 2


async def rotate(database: Database, vault: Vault) -> None:
    """Open an epoch, wrap everything in it, destroy the epoch before the last.

    Killed midway it goes on where it stood: wrapping anew is resumed by the next run, and an
    epoch that still wraps a living key is never destroyed.
    """
    async with database.tx("vault.rotate") as tx:
        await vault.open_epoch(tx, _ACTOR)
    await rewrap_all(database, vault)
    async with database.read() as tx:
        epochs = await vault.epochs(tx)
    for epoch in epochs[_KEPT_EPOCHS:]:
        if epoch.destroyed_at is None and epoch.closed_at is not None and not epoch.keys:
            async with database.tx("vault.destroy_epoch") as tx:
                await vault.destroy_epoch(tx, epoch.epoch_id, _ACTOR)


async def rewrap_all(database: Database, vault: Vault) -> int:
    """Wrap all keys of older epochs in the open one, in small transactions; return how many."""
    total = 0
    while True:
        async with database.tx("vault.rewrap") as tx:
            done = await vault.rewrap(tx)
        total += done
        if not done:
            _log.info("wrapped keys in the open epoch", keys=total)
            return total

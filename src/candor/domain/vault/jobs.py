"""What the vault leaves to the worker: the life of epochs.

Every night: when the epoch has lasted long enough a new one opens; living keys are wrapped in
it; an epoch that was closed long enough ago is destroyed. So a backup that is older than two
epochs can no longer open the keys of people who were erased, while those of the living were
wrapped anew and travel with each backup.
"""

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import Final

from candor.domain.audit.model import Actor
from candor.domain.vault.model.life import Epoch
from candor.domain.vault.service import Vault
from candor.domain.vault.service.epochs import BATCH, FIRST
from candor.infra.db.pool import Database
from candor.infra.log import logger
from candor.kernel.clock import Clock

_log: Final = logger("vault")
_WORKER: Final = Actor.machine("worker")
_LANES: Final = 2  # one computes while the other waits for the database
_TELL_SECONDS: Final = 10.0
Tell = Callable[[int], None]


async def rotate(
    database: Database,
    vault: Vault,
    clock: Clock,
    *,
    is_forced: bool = False,
    actor: Actor = _WORKER,
    tell: Tell | None = None,
) -> int:
    """Open an epoch if it is time, wrap everything in it, destroy what nobody needs any more.

    Killed midway it goes on where it stood. Two of them at once open one epoch, and share the
    work. Returns how many keys were wrapped.

    Args:
        database: transactions of our own, one per batch.
        vault: the keys.
        clock: tells whether it is time.
        is_forced: open an epoch in any case.
        actor: in whose name.
        tell: is told how many keys are done so far.
    """
    async with database.read() as tx:
        epochs = await vault.epochs.every(tx)
    last = next((epoch for epoch in epochs if epoch.closed_at is None), None)
    if last and (is_forced or last.is_due(clock.now(), vault.epochs.lasts)):
        async with database.tx("vault.rotate") as tx:
            await vault.epochs.open(tx, actor, after=last.epoch_id)
    done = await rewrap_all(database, vault, tell=tell)
    async with database.tx("vault.settle") as tx:
        await vault.epochs.settle(tx)
    await destroy_due(database, vault, clock, actor)
    return done


async def destroy_due(database: Database, vault: Vault, clock: Clock, actor: Actor) -> int:
    """Destroy the epochs whose time has come, each in its own transaction; return how many."""
    async with database.read() as tx:
        epochs = await vault.epochs.every(tx)
    due = [e for e in epochs if e.may_be_destroyed(clock.now(), vault.epochs.lasts)]
    for epoch in reversed(due):  # oldest first
        async with database.tx("vault.destroy_epoch") as tx:
            await vault.epochs.destroy(tx, epoch.epoch_id, actor)
        _log.info("destroyed the key of an epoch", epoch=epoch.epoch_id)
    return len(due)


async def rewrap_all(
    database: Database, vault: Vault, *, at_most: int = BATCH, tell: Tell | None = None
) -> int:
    """Wrap all keys of older epochs in the open one, in small transactions; return how many.

    Passes over all profiles, in two lanes that skip each other's batches, until a pass finds
    nothing. Memory holds two batches, however many keys there are.
    """
    progress = _Progress(tell)
    while True:
        before = progress.keys
        await asyncio.gather(
            *(_lane(database, vault, at_most, progress) for _ in range(_LANES))
        )
        if progress.keys == before:
            break
    if progress.keys:
        _log.info("wrapped all keys in the open epoch", keys=progress.keys)
    return progress.keys


async def _lane(database: Database, vault: Vault, at_most: int, progress: "_Progress") -> None:
    after = FIRST
    while True:
        async with database.tx("vault.rewrap") as tx:
            batch = await vault.epochs.rewrap(tx, after=after, at_most=at_most)
        progress.add(batch.keys)
        if batch.last is None:
            return
        after = batch.last


class _Progress:
    """How far it is, told now and then."""

    def __init__(self, tell: Tell | None) -> None:
        self.keys = 0
        self._tell = tell
        self._told = monotonic()

    def add(self, keys: int) -> None:
        self.keys += keys
        if self._tell is not None:
            self._tell(self.keys)
        if keys and monotonic() - self._told > _TELL_SECONDS:
            self._told = monotonic()
            _log.info("wrapping keys in the open epoch", keys=self.keys)


def left(epochs: list[Epoch]) -> int:
    """Return how many keys an older epoch still wraps."""
    return sum(epoch.keys for epoch in epochs if epoch.closed_at is not None)

"""The life of epochs: opened, emptied by wrapping every key anew, destroyed.

Nobody is harmed meanwhile. Who makes a key holds its epoch until the commit, so that it cannot
be destroyed before; who read a wrapped key just before it was wrapped anew finds the old epoch's
key for `GRACE` and longer; who erases somebody waits for one batch at most. A run that was
killed anywhere is taken up by the next: what an older epoch wraps is the list of what is left.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.domain.vault.model import EpochKey
from candor.domain.vault.model.life import Epoch
from candor.domain.vault.queries import epochs as queries
from candor.domain.vault.queries import subject_keys
from candor.domain.vault.queries.subject_keys import WrappedKey
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.keyring import KeyProvider
from candor.kernel.clock import Clock
from candor.kernel.errors import Bug

FIRST: Final = UUID(int=0)
BATCH: Final = 5_000


@dataclass(frozen=True, slots=True)
class Rewrapped:
    """What one batch did: how many keys, and after whom the next begins (None: the end)."""

    keys: int
    last: UUID | None


class Epochs:
    """The epochs of one installation."""

    def __init__(self, keyring: KeyProvider, clock: Clock, lasts: timedelta) -> None:
        """Take the keyring, and how long an epoch lasts."""
        self._keyring = keyring
        self._clock = clock
        self.lasts = lasts

    async def every(self, tx: ReadTx) -> list[Epoch]:
        """Return all epochs with the number of keys that each wraps, newest first. Counts keys."""
        return await queries.epochs(tx)

    async def key(self, epoch_id: int) -> EpochKey:
        """Return the key of an epoch, asking a key server in a thread where one has it.

        Raises:
            MissingEpoch: destroyed, or never here.
            KeyringUnavailable: the key server is away.
        """
        if self._keyring.is_at_hand(epoch_id):
            return EpochKey(epoch_id, self._keyring.epoch_key(epoch_id))
        return EpochKey(epoch_id, await asyncio.to_thread(self._keyring.epoch_key, epoch_id))

    async def current(self, tx: Tx) -> int:
        """Return the open epoch; open the first one if there is none."""
        epoch_id = await queries.open_epoch(tx)
        if epoch_id is None:
            epoch_id = await self.open(tx, Actor.machine("vault"), after=None)
        return epoch_id

    async def open(self, tx: Tx, actor: Actor, *, after: int | None) -> int:
        """Close the epoch `after` and open the next, audited; new keys are wrapped in it.

        When somebody else was quicker and another epoch is open, that one is returned and
        nothing is done.
        """
        await queries.lock_epochs(tx)
        there = await queries.open_epoch(tx)
        if there is not None and there != after:
            return there
        now = self._clock.now()
        await queries.close_epochs(tx, at=now)
        epoch_id = await queries.insert_epoch(tx, at=now)
        await asyncio.to_thread(self._keyring.create_epoch, epoch_id)
        await self._tell(tx, "vault.epoch_opened", epoch_id, actor)
        return epoch_id

    async def rewrap(self, tx: Tx, *, after: UUID = FIRST, at_most: int = BATCH) -> Rewrapped:
        """Wrap the next keys of older epochs in the open one, in the order of their profiles.

        Locks the rows, skipping those that another worker has: a pass that finds none may have
        passed some by.

        Raises:
            WrongKey, Malformed: a key was changed or put in another's place; the batch stands.
        """
        epoch_id = await self.current(tx)
        rows = await subject_keys.next_to_rewrap(
            tx, below=epoch_id, after=after, at_most=at_most
        )
        if not rows:
            return Rewrapped(0, None)
        into = await self.key(epoch_id)
        older = {n: await self.key(n) for n in {row.epoch_id for row in rows}}
        wrapped = await asyncio.to_thread(_wrapped_anew, rows, older, into)
        done = await subject_keys.rewrap_keys(
            tx,
            epoch_id=epoch_id,
            profile_ids=[row.profile_id for row in rows],
            wrapped=wrapped,
        )
        return Rewrapped(done, rows[-1].profile_id if len(rows) == at_most else None)

    async def settle(self, tx: Tx) -> None:
        """Note which closed epochs wrap nothing any more: from then on their grace counts."""
        await queries.mark_emptied(tx, at=self._clock.now())

    async def destroy(self, tx: Tx, epoch_id: int, actor: Actor) -> None:
        """Destroy the key of an epoch that nobody needs any more, audited.

        The key is gone before the commit: should that fail, nothing is lost, for nothing may be
        wrapped in a closed epoch, and the next run says it again.

        Raises:
            Bug: living keys are wrapped in it, or it is too early.
            KeyringUnavailable, TransitRefused: it could not be destroyed.
        """
        await queries.lock_epoch(tx, epoch_id=epoch_id)
        epoch = next((e for e in await queries.epochs(tx) if e.epoch_id == epoch_id), None)
        now = self._clock.now()
        if epoch is None or not epoch.may_be_destroyed(now, self.lasts):
            message = "an epoch that somebody may still need cannot be destroyed"
            raise Bug(message)
        await queries.mark_destroyed(tx, epoch_id=epoch_id, at=now)
        await self._tell(tx, "vault.epoch_destroyed", epoch_id, actor)
        await asyncio.to_thread(self._keyring.destroy_epoch, epoch_id)

    async def _tell(self, tx: Tx, action: str, epoch_id: int, actor: Actor) -> None:
        await audit.record(
            tx, actor=actor, action=action, clock=self._clock, detail={"epoch": epoch_id}
        )


def _wrapped_anew(
    rows: Sequence[WrappedKey], older: dict[int, EpochKey], into: EpochKey
) -> list[bytes]:
    return [
        into.wrap(row.profile_id, older[row.epoch_id].unwrap(row.profile_id, row.wrapped))
        for row in rows
    ]

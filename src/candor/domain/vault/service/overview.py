"""How the keys are doing: for the command, the console and the doctor, without a secret."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from candor.domain.vault.model import life
from candor.domain.vault.model.life import Epoch, KeyVersion, Root, Use
from candor.domain.vault.service import Vault, keys
from candor.infra.db.pool import ReadTx
from candor.infra.keyring import KeyProvider
from candor.kernel.errors import CandorError


@dataclass(frozen=True, slots=True)
class Overview:
    """What there is to know about the keys of this installation."""

    about: str
    fingerprint: str
    trouble: CandorError | None  # the provider's, just now
    needs_copies: bool  # whoever keeps the keys leaves copies of them to us
    has_copy: bool | None  # of the epochs, with the open one in it; None: none is kept
    root: Root | None
    epochs: tuple[Epoch, ...]
    versions: tuple[KeyVersion, ...]
    lasts: timedelta

    @property
    def is_confirmed(self) -> bool:
        """Tell whether a recovery copy of the root in use was read back."""
        return (
            self.root is not None
            and self.root.fingerprint == self.fingerprint
            and self.root.confirmed_at is not None
        )

    @property
    def is_safe(self) -> bool:
        """Tell whether a loss of the keyring could be made good."""
        return not self.needs_copies or (self.is_confirmed and self.has_copy is True)

    @property
    def keys(self) -> int:
        """Return how many subject keys there are."""
        return sum(epoch.keys for epoch in self.epochs)

    @property
    def left(self) -> int:
        """Return how many of them an older epoch still wraps."""
        return sum(epoch.keys for epoch in self.epochs if epoch.closed_at is not None)

    @property
    def unreadable_by(self) -> datetime | None:
        """Return the day by which who is erased today is unreadable in every copy."""
        return life.unreadable_by(self.epochs, self.lasts)

    @property
    def next_destruction(self) -> datetime | None:
        """Return when the next epoch's key will be destroyed."""
        return life.next_destruction(self.epochs, self.lasts)

    def moving(self, use: Use) -> int | None:
        """Return the older version that something still depends on, if there is one."""
        return life.unfinished(self.versions, use)

    def version(self, use: Use) -> int:
        """Return the version of a fixed key that is in use."""
        return life.current(self.versions, use)


async def overview(tx: ReadTx, vault: Vault, keyring: KeyProvider) -> Overview:
    """Look at everything. Counts the keys, asks the provider whether it is well."""
    epochs = tuple(await vault.epochs.every(tx))
    trouble: CandorError | None = None
    try:
        await asyncio.to_thread(keyring.check)
        for epoch in epochs:
            if epoch.destroyed_at is None:
                await vault.epochs.key(epoch.epoch_id)
    except CandorError as error:
        trouble = error
    opened = next((e.epoch_id for e in epochs if e.closed_at is None), None)
    return Overview(
        about=keyring.about,
        fingerprint=keyring.fingerprint,
        trouble=trouble,
        needs_copies=keyring.needs_copies,
        has_copy=await asyncio.to_thread(keyring.copy_holds, opened),
        root=await keys.root(tx),
        epochs=epochs,
        versions=tuple(await keys.versions(tx)),
        lasts=vault.epochs.lasts,
    )

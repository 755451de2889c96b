"""Where backups are taken, kept and brought back: what every verb of this slice works with."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from candor.domain.backup.errors import NoBackupFolder
from candor.domain.backup.service.replaying import Opener
from candor.infra.backup.ledger import Ledger
from candor.infra.backup.manifest import Seal
from candor.infra.backup.restoring import Shelf
from candor.infra.backup.taking import Source
from candor.infra.keyring import KeyProvider, MissingEpoch
from candor.infra.settings import Settings
from candor.kernel.clock import Clock

Progress = Callable[[str, int, int], None]  # what is being done, bytes done, bytes expected


def silent(_what: str, _done: int, _expected: int) -> None:
    """Say nothing of how far it is."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """One installation, as whoever backs it up sees it."""

    settings: Settings
    keyring: KeyProvider
    ledger: Ledger
    clock: Clock
    opener: Opener

    @property
    def folder(self) -> Path:
        """Return the folder of the backups.

        Raises:
            NoBackupFolder: none is set.
        """
        if self.settings.backup_folder is None:
            raise NoBackupFolder
        return self.settings.backup_folder

    @property
    def seal(self) -> Seal:
        """Return what backups are sealed with."""
        return Seal(self.keyring.fixed_key("backup"))

    @property
    def shelf(self) -> Shelf:
        """Return the folder of the backups with what opens them."""
        return Shelf(self.folder, self.seal)

    def source(self, owner_url: str) -> Source:
        """Return what is backed up."""
        return Source(
            url=owner_url,
            data_folder=self.settings.data_folder,
            folder=self.folder,
            seal=self.seal,
            ledger=self.ledger,
            clock=self.clock,
        )

    def has_epoch(self, epoch_id: int) -> bool:
        """Tell whether the key of an epoch is still there."""
        return has_epoch(self.keyring, epoch_id)


def has_epoch(keyring: KeyProvider, epoch_id: int) -> bool:
    """Tell whether a keyring still has the key of an epoch."""
    try:
        keyring.epoch_key(epoch_id)
    except MissingEpoch:
        return False
    return True


def shelf_of(settings: Settings, keyring: KeyProvider) -> Shelf | None:
    """Return the folder of the backups with what opens them; none where no folder is set."""
    if settings.backup_folder is None:
        return None
    return Shelf(settings.backup_folder, Seal(keyring.fixed_key("backup")))

"""What surfaces are given to work with. Made by the composition root, one per process."""

from dataclasses import dataclass

from candor.domain.consent.service.rulebook import Rulebook
from candor.domain.vault.service import Vault
from candor.infra.db.pool import Database
from candor.infra.keyring import KeyProvider
from candor.infra.settings import Settings
from candor.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class Services:
    """The parts of Candor that a page may need."""

    settings: Settings
    clock: Clock
    database: Database
    keyring: KeyProvider
    rulebook: Rulebook
    vault: Vault

    @property
    def is_demo(self) -> bool:
        """Tell whether the demo company is shown: no catalogue of one's own is set."""
        return self.settings.catalogue is None

    @property
    def is_secure(self) -> bool:
        """Tell whether people come over TLS; on a developer's machine they do not."""
        return self.settings.public_url.startswith("https://")

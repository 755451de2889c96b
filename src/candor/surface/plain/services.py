"""What surfaces are given to work with. Made by the composition root, one per process."""

from dataclasses import dataclass

from candor.domain.access.service.passwords import Passwords
from candor.domain.access.service.proposals import Deeds
from candor.domain.connections.service.exchange import Exchange
from candor.domain.consent.service.receipts import Issuer, issuer_of
from candor.domain.consent.service.rulebook import Rulebook
from candor.domain.rights.service.office import Office
from candor.domain.shield.service.measures import Deeds as MeasureDeeds
from candor.domain.shield.service.throttles import Throttles
from candor.domain.vault.service import Vault, keys
from candor.domain.vault.service.keys import Use
from candor.infra.db.pool import Database, ReadTx
from candor.infra.http import Outbound
from candor.infra.keyring import KeyProvider
from candor.infra.settings import Settings
from candor.kernel.clock import Clock
from candor.surface.plain.doors import Doors
from candor.surface.plain.pace import Pace


@dataclass(frozen=True, slots=True)
class Services:
    """The parts of Candor that a page may need."""

    settings: Settings
    clock: Clock
    database: Database
    keyring: KeyProvider
    rulebook: Rulebook
    vault: Vault
    throttles: Throttles
    outbound: Outbound
    deeds: Deeds
    doors: Doors
    pace: Pace
    measures: MeasureDeeds
    passwords: Passwords
    office: Office
    exchange: Exchange

    async def issuer(self, tx: ReadTx) -> Issuer:
        """Return who signs receipts here, by the version of the key that is in use now."""
        return issuer_of(
            self.keyring,
            number=max(self.settings.receipt_key, await keys.version(tx, Use.RECEIPT)),
            choose_at=f"{self.settings.public_url}/me/allow",
        )

    @property
    def is_demo(self) -> bool:
        """Tell whether the demo company is shown: no catalogue of one's own is set."""
        return self.settings.catalogue is None

    @property
    def is_secure(self) -> bool:
        """Tell whether people come over TLS; on a developer's machine they do not."""
        return self.settings.public_url.startswith("https://")

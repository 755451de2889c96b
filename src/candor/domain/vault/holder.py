"""How the vault answers rights: it keeps keys, and destroying them is the erasure."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from candor.domain.vault.service import Vault
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.holder import Exported
from candor.kernel.ids import ProfileId


class VaultHolder:
    """The holder of subject keys."""

    name: ClassVar[str] = "vault"

    def __init__(self, vault: Vault) -> None:
        """Take the vault of this process."""
        self._vault = vault

    async def export_person(self, tx: ReadTx, members: Sequence[ProfileId]) -> Exported:
        """Return nothing: a key says nothing about a person."""
        del tx, members
        return {}

    async def erase_person(self, tx: Tx, members: Sequence[ProfileId]) -> Mapping[str, int]:
        """Destroy the keys."""
        return {"vault.subject_key": await self._vault.destroy(tx, members)}

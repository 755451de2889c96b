"""How the vault answers rights: it keeps keys, and destroying them is the erasure."""

from collections.abc import AsyncIterator, Sequence
from typing import ClassVar

from typing_extensions import override

from candor.domain.vault.service import Vault
from candor.infra.db.pool import Tx
from candor.infra.holder import Batch, Erased, Holder
from candor.kernel.ids import ProfileId


class VaultHolder(Holder):
    """The holder of subject keys."""

    name: ClassVar[str] = "vault"

    def __init__(self, vault: Vault) -> None:
        """Take the vault of this process."""
        self._vault = vault

    @override
    async def export_person(self, tx: Tx, members: Sequence[ProfileId]) -> AsyncIterator[Batch]:
        """Return nothing: a key says nothing about a person."""
        del tx, members
        for nothing in ():
            yield nothing

    @override
    async def erase_person(self, tx: Tx, members: Sequence[ProfileId]) -> Erased:
        """Destroy the keys."""
        return Erased({"vault.subject_key": await self._vault.destroy(tx, members)})

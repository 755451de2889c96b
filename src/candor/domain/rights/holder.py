"""How rights answers rights: requests, words, holds, and what machines decided.

Requests stay after an erasure, as evidence of it, under a pseudonym that leads to nobody (CCPA
regulations 7101); what was written in them goes.
"""

from collections.abc import AsyncIterator, Sequence
from typing import ClassVar

from typing_extensions import override

from candor.domain.consent.service.rulebook import Rulebook
from candor.domain.rights.queries import holding
from candor.domain.rights.service import expiring, giving
from candor.domain.rights.service.laws import shipped
from candor.domain.vault.service import Vault
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.holder import Batch, Erased, Expired, Exported, Holder, Opener, Round
from candor.kernel.ids import ProfileId


class RightsHolder(Holder):
    """The holder of what people asked for."""

    name: ClassVar[str] = "rights"
    exported: ClassVar[Sequence[Exported]] = giving.EXPORTED

    def __init__(self, vault: Vault, rulebook: Rulebook) -> None:
        """Take the vault, whose keys seal what was written, and what is declared."""
        self._vault = vault
        self._rulebook = rulebook

    @override
    async def export_person(
        self, tx: ReadTx, members: Sequence[ProfileId], opener: Opener
    ) -> AsyncIterator[Batch]:
        """Give requests with what was written, holds and decisions."""
        async for batch in giving.give(tx, members, opener):
            yield batch

    @override
    async def erase_person(self, tx: Tx, members: Sequence[ProfileId]) -> Erased:
        """Erase words and decisions; the bare requests and holds stay."""
        return Erased(
            {
                "rights.note": await holding.delete_notes(tx, profile_ids=members),
                "rights.automated_decision": await holding.delete_decisions(
                    tx, profile_ids=members
                ),
                "rights.by_people_only": await holding.delete_people_only(
                    tx, profile_ids=members
                ),
            }
        )

    @override
    async def sweep(self, tx: Tx, round_: Round) -> Sequence[Expired]:
        """Remove requests as their law says, decisions by the catalogue, and lifted holds."""
        in_force = (await self._rulebook.rules(tx)).in_force
        return await expiring.sweep(
            tx, round_, in_force=in_force, laws=shipped(), vault=self._vault
        )

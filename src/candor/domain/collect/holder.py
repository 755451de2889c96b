"""How the door answers rights: events and what is counted from them."""

from collections.abc import AsyncIterator, Sequence
from typing import ClassVar

from typing_extensions import override

from candor.domain.collect.service import forgetting, giving, sweeping
from candor.domain.consent.service.rulebook import Rulebook
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.holder import Batch, Erased, Expired, Exported, Holder, Opener, Round
from candor.kernel.ids import ProfileId


class CollectHolder(Holder):
    """The holder of what people did."""

    name: ClassVar[str] = "collect"
    exported: ClassVar[Sequence[Exported]] = giving.EXPORTED

    def __init__(self, rulebook: Rulebook) -> None:
        """Take what is declared."""
        self._rulebook = rulebook

    @override
    async def export_person(
        self, tx: ReadTx, members: Sequence[ProfileId], opener: Opener
    ) -> AsyncIterator[Batch]:
        """Give events, and what was counted from them."""
        async for batch in giving.give(tx, members, opener):
            yield batch

    @override
    async def erase_person(self, tx: Tx, members: Sequence[ProfileId]) -> Erased:
        """Erase events and what was counted from them; sums that a law keeps stay."""
        in_force = (await self._rulebook.rules(tx)).in_force
        return await forgetting.forget(tx, members, in_force=in_force)

    @override
    async def erase_some(self, tx: Tx, members: Sequence[ProfileId], *, at_most: int) -> Erased:
        """Erase some events, and with the last of them the rest."""
        in_force = (await self._rulebook.rules(tx)).in_force
        return await forgetting.forget(tx, members, in_force=in_force, at_most=at_most)

    @override
    async def sweep(self, tx: Tx, round_: Round) -> Sequence[Expired]:
        """Remove events by the catalogue, and what was counted long ago."""
        in_force = (await self._rulebook.rules(tx)).in_force
        return await sweeping.sweep(tx, round_, in_force=in_force)

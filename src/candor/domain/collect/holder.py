"""How the door answers rights: events and what is counted from them."""

from collections.abc import AsyncIterator, Sequence
from typing import ClassVar

from typing_extensions import override

from candor.domain.collect import queries
from candor.domain.collect.service import giving
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.holder import Batch, Erased, Exported, Holder, Opener
from candor.kernel.ids import ProfileId


class CollectHolder(Holder):
    """The holder of what people did."""

    name: ClassVar[str] = "collect"
    exported: ClassVar[Sequence[Exported]] = giving.EXPORTED

    @override
    async def export_person(
        self, tx: ReadTx, members: Sequence[ProfileId], opener: Opener
    ) -> AsyncIterator[Batch]:
        """Give events, and what was counted from them."""
        async for batch in giving.give(tx, members, opener):
            yield batch

    @override
    async def erase_person(self, tx: Tx, members: Sequence[ProfileId]) -> Erased:
        """Erase events and what was counted from them."""
        return Erased(
            {
                "collect.event": await queries.delete_events(tx, profile_ids=members),
                "collect.tally": await queries.delete_tallies(tx, profile_ids=members),
                "collect.favourite": await queries.delete_favourites(tx, profile_ids=members),
            }
        )

"""How connections answer rights: what other systems were told, and what they still hold."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import ClassVar

from typing_extensions import override

from candor.domain.connections.queries import files, holding
from candor.domain.connections.service import giving, requests, sweeping
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.holder import Batch, Erased, Expired, Exported, Holder, Opener, Round
from candor.kernel.clock import Clock
from candor.kernel.ids import ProfileId


class ConnectionsHolder(Holder):
    """The holder of what went to other systems."""

    name: ClassVar[str] = "connections"
    exported: ClassVar[Sequence[Exported]] = giving.EXPORTED

    def __init__(self, clock: Clock) -> None:
        """Take the clock."""
        self._clock = clock

    @override
    async def export_person(
        self, tx: ReadTx, members: Sequence[ProfileId], opener: Opener
    ) -> AsyncIterator[Batch]:
        """Give what other systems hold and were sent, and the browsers that take messages."""
        async for batch in giving.give(tx, members, opener):
            yield batch

    @override
    async def cut_off(self, tx: Tx, members: Sequence[ProfileId]) -> Mapping[str, int]:
        """Have the person removed at every system that holds them, before everything else."""
        return await requests.cut_off(tx, members, clock=self._clock)

    @override
    async def erase_person(self, tx: Tx, members: Sequence[ProfileId]) -> Erased:
        """Erase deliveries and browsers, and records that are gone at the other side already.

        What is under way for the erasure itself stays, with what it is about, until every system
        has acknowledged that it holds nothing: then `requests.let_go` takes it.
        """
        return Erased(
            {
                "connections.delivery": await holding.erase_deliveries(tx, profile_ids=members),
                "connections.subscription": await holding.erase_subscriptions(
                    tx, profile_ids=members
                ),
                "connections.link": await holding.erase_links(tx, profile_ids=members),
                "connections.file_person": await files.forget_people(tx, members),
            }
        )

    @override
    async def sweep(self, tx: Tx, round_: Round) -> Sequence[Expired]:
        """Remove what was settled long ago."""
        return await sweeping.sweep(tx, round_)

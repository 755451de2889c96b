"""How the door answers rights: events and what is counted from them."""

from collections.abc import AsyncIterator, Sequence
from typing import ClassVar, Final

from typing_extensions import override

from candor.domain.collect import queries
from candor.domain.collect.service.read import LAST_ID, LATEST
from candor.infra.db.pool import Tx
from candor.infra.holder import Batch, Erased, Holder
from candor.kernel.ids import ProfileId

_ALL: Final = 1_000_000


class CollectHolder(Holder):
    """The holder of what people did."""

    name: ClassVar[str] = "collect"

    @override
    async def export_person(self, tx: Tx, members: Sequence[ProfileId]) -> AsyncIterator[Batch]:
        """Return events and tallies."""
        rows = await queries.events_of(
            tx, profile_ids=members, before=LATEST, before_id=LAST_ID, at_most=_ALL
        )
        tallies = await queries.tallies_of(tx, profile_ids=members)
        favourites = await queries.favourites_of(tx, profile_ids=members, at_most=_ALL)
        found = {
            "collect.event": [
                {
                    "event_id": str(row.event_id),
                    "event_type_id": row.event_type_id,
                    "occurred_at": row.occurred_at.isoformat(),
                    "properties": row.properties,
                }
                for row in rows
            ],
            "collect.tally": [
                {"event_type_id": t.event_type_id, "count": t.count, "sum_minor": t.sum_minor}
                for t in tallies
            ],
            "collect.favourite": [{"value": f.value, "count": f.count} for f in favourites],
        }
        for table, rows in found.items():
            yield Batch(table, rows)

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

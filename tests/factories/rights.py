"""What holders give out, and requests at any point of their life."""

from collections.abc import Sequence

from candor.infra.db.pool import Tx
from candor.infra.holder import Holder, Row
from candor.kernel.ids import ProfileId


async def given_out(
    holder: Holder, tx: Tx, members: Sequence[ProfileId]
) -> dict[str, list[Row]]:
    """Return what a holder gives out about a person: rows by table."""
    found: dict[str, list[Row]] = {}
    async for batch in holder.export_person(tx, members):
        found.setdefault(batch.table, []).extend(batch.rows)
    return found

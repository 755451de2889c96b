"""What holders give out, and requests at any point of their life."""

from collections.abc import Sequence

from candor.infra.db.pool import ReadTx
from candor.infra.holder import Holder, Opener, Row
from candor.kernel.ids import ProfileId
from candor.kernel.pii import Pii


def closed(
    table: str, column: str, profile_id: ProfileId, sealed: bytes, row: bytes = b""
) -> Pii[bytes]:
    """Open nothing: for holders that seal nothing."""
    del profile_id, sealed, row
    message = f"{table}.{column} is sealed"
    raise AssertionError(message)


async def given_out(
    holder: Holder, tx: ReadTx, members: Sequence[ProfileId], opener: Opener = closed
) -> dict[str, list[Row]]:
    """Return what a holder gives out about a person: rows by table."""
    found: dict[str, list[Row]] = {}
    async for batch in holder.export_person(tx, members, opener):
        found.setdefault(batch.table, []).extend(batch.rows)
    return found

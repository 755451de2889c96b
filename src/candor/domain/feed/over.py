"""The statement that sweeps changes that every follower has read."""

from datetime import datetime
from typing import Final

from candor.infra.db.pool import Tx
from candor.infra.db.sql import load
from candor.infra.holder import Round

_sql: Final = load(__file__)
_CHANGES: Final = _sql.rows("sweep_changes", int)


async def changes(tx: Tx, one: Round, *, before: datetime) -> int | None:
    """Remove changes before an instant, or count them."""
    return await tx.value(_CHANGES, one.params(before=before))

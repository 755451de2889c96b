"""The statements about challenges and tickets that were used."""

from datetime import datetime
from typing import Final

from candor.infra.db.pool import Tx
from candor.infra.db.sql import load

_sql: Final = load(__file__)
_SPEND: Final = _sql.rows("spend", bytes)
_SWEEP: Final = _sql.command("sweep_solved")


async def spend(tx: Tx, *, challenge: bytes, until: datetime) -> bool:
    """Note that a challenge was used; tell whether that was the first time."""
    found = await tx.value(_SPEND, {"challenge": challenge, "until": until})
    return found is not None


async def sweep_solved(tx: Tx, *, at: datetime) -> int:
    """Forget what is too old to be sent again; return how many."""
    return await tx.run(_SWEEP, {"at": at})

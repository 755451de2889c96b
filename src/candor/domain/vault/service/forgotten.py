"""What a database knows of erasures, held against the ledger outside of it."""

from collections.abc import Sequence

from candor.domain.vault.queries import erasures
from candor.infra.db.pool import ReadTx
from candor.kernel.ids import ProfileId


async def erased(tx: ReadTx, profile_ids: Sequence[ProfileId]) -> set[ProfileId]:
    """Return which of these profiles this database knows to be erased."""
    return set(await erasures.erased_among(tx, profile_ids=profile_ids))


async def fates(tx: ReadTx, transactions: Sequence[str]) -> dict[str, str]:
    """Return what became of transactions that noted an erasure, as this server knows it.

    "committed", "aborted" or "in progress"; missing when another server ran it, or when it lies
    ahead of this one, which was restored then.
    """
    rows = await erasures.fates(tx, transactions=transactions)
    return {row.transaction: row.fate for row in rows if row.fate is not None}

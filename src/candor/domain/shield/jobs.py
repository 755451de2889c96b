"""What the shield leaves to the worker."""

from candor.domain.shield.service.attempts import Attempts
from candor.infra.db.pool import Database


async def sweep(database: Database, attempts: Attempts) -> None:
    """Forget limits that are paid back, and challenges too old to be sent again. Idempotent."""
    async with database.tx("shield.sweep") as tx:
        await attempts.sweep(tx)

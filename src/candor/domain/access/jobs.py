"""What access leaves to the worker: forgetting sign-ins that ended long ago."""

from candor.domain.access.service import ceremonies, proposals, sessions
from candor.infra.db.pool import Database
from candor.kernel.clock import Clock


async def sweep(database: Database, clock: Clock) -> None:
    """Forget sessions and links that ended thirty days ago, ceremonies of yesterday. Idempotent."""
    async with database.tx("access.sweep") as tx:
        await sessions.sweep(tx, clock)
        await ceremonies.sweep(tx, clock)
        await proposals.sweep(tx, clock)

"""What consent leaves to the worker: yeses that ran out, and new rules for everybody."""

from uuid import UUID

from candor.domain.consent import service
from candor.domain.consent.service import Rulebook
from candor.infra.db.pool import Database
from candor.infra.log import logger
from candor.kernel.clock import Clock

_log = logger("consent")


async def renew_run_out(database: Database, rulebook: Rulebook, clock: Clock) -> int:
    """Fold again everybody with a yes that has run out; return how many profiles. Idempotent."""
    total = 0
    while True:
        async with database.tx("consent.renew") as tx:
            rules = await rulebook.rules(tx)
            done = await service.renew_run_out(tx, policy=rules.policy, clock=clock)
        total += done
        if not done:
            return total


async def refold_everybody(database: Database, rulebook: Rulebook, clock: Clock) -> int:
    """Fold everybody again under the rules in force, in small transactions. Idempotent.

    Until it is done, purposes that are new stay denied: that is the safe side.
    """
    after: UUID | None = UUID(int=0)
    steps = 0
    while after is not None:
        async with database.tx("consent.refold") as tx:
            rules = await rulebook.rules(tx)
            after = await service.refold_after(tx, after, policy=rules.policy, clock=clock)
        steps += 1
    _log.info("folded everybody again", steps=steps)
    return steps

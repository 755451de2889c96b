"""What consent leaves to the worker: yeses that ran out, and new rules for everybody."""

import asyncio

from candor.domain.catalogue import service as catalogue
from candor.domain.consent.service import choices, notices
from candor.domain.consent.service.rulebook import Rulebook
from candor.infra.db.pool import Database
from candor.infra.log import logger
from candor.kernel.clock import Clock
from candor.kernel.errors import Refused, Unavailable

_log = logger("consent")
_LOOK_SECONDS = 5


async def renew_run_out(database: Database, rulebook: Rulebook, clock: Clock) -> int:
    """Fold again everybody with a yes that has run out; return how many profiles. Idempotent."""
    total = 0
    while True:
        async with database.tx("consent.renew") as tx:
            rules = await rulebook.rules(tx)
            done = await choices.renew_run_out(tx, policy=rules.policy, clock=clock)
        total += done
        if not done:
            return total


async def follow_catalogue(database: Database, rulebook: Rulebook, clock: Clock) -> None:
    """Fold everybody again whenever another catalogue comes into force, until cancelled.

    Small transactions; killed midway, the next start goes on. Until it is done, purposes that are
    new stay denied: that is the safe side.
    """
    followed: int | None = None
    while True:
        try:
            followed = await _follow_once(database, rulebook, clock, followed)
        except (Unavailable, Refused) as error:
            _log.warning("folding anew waits", code=error.code)
        await asyncio.sleep(_LOOK_SECONDS)


async def _follow_once(
    database: Database, rulebook: Rulebook, clock: Clock, followed: int | None
) -> int:
    """Fold again whoever is older than the catalogue in force; return its version."""
    people = 0
    while True:
        async with database.tx("consent.refold") as tx:
            rules = await rulebook.rules(tx)
            version_id = rules.in_force.version_id
            if version_id == followed:
                return version_id
            applied_at = (await catalogue.versions(tx))[0].applied_at
            # Applied by an older release, or by other means than the command: say it all the same.
            await notices.publish(tx, rules.in_force, clock=clock)
            done = await choices.refold_stale(tx, applied_at, policy=rules.policy, clock=clock)
        people += done
        if not done:
            _log.info("everybody stands under the catalogue in force", people=people)
            return version_id

"""What profiles leave to the worker: contact points, when another catalogue comes into force."""

import asyncio

from candor.domain.consent.service.rulebook import Rulebook
from candor.domain.profiles.service import points
from candor.infra.db.pool import Database
from candor.infra.log import logger
from candor.kernel.errors import Refused, Unavailable

_log = logger("profiles")
_LOOK_SECONDS = 5


async def follow_catalogue(database: Database, rulebook: Rulebook) -> None:
    """Work out everybody's contact points at each new catalogue, until cancelled.

    Small transactions; killed midway, the next start goes through everybody again. A channel that
    is new reaches nobody until it is done: that is the safe side.
    """
    followed: int | None = None
    while True:
        try:
            followed = await follow_once(database, rulebook, followed)
        except (Unavailable, Refused) as error:
            _log.warning("contact points wait", code=error.code)
        await asyncio.sleep(_LOOK_SECONDS)


async def follow_once(database: Database, rulebook: Rulebook, followed: int | None) -> int:
    """Go through everybody unless this version was followed; return the version in force."""
    after = points.NOBODY
    while True:
        async with database.tx("profiles.points") as tx:
            rules = await rulebook.rules(tx)
            version_id = rules.in_force.version_id
            if version_id == followed:
                return version_id
            last = await points.refresh(tx, after=after, policy=rules.policy)
        if last is None:
            return version_id
        after = last

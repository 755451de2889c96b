"""What profiles leave to the worker: contact points and the blind index, when they change."""

import asyncio
from collections.abc import Callable

from candor.domain.audit.model import Actor
from candor.domain.consent.service.rulebook import Rulebook
from candor.domain.profiles.service import points, reindex
from candor.domain.profiles.service.points import Also
from candor.domain.vault.service import Vault
from candor.infra.db.pool import Database
from candor.infra.log import logger
from candor.kernel.clock import Clock
from candor.kernel.errors import Refused, Unavailable

_log = logger("profiles")
_LOOK_SECONDS = 5
_WORKER = Actor.machine("worker")


async def follow_catalogue(database: Database, rulebook: Rulebook, also: Also) -> None:
    """Work out everybody's contact points at each new catalogue, until cancelled.

    Small transactions; killed midway, the next start goes through everybody again. A channel that
    is new reaches nobody until it is done: that is the safe side.
    """
    followed: int | None = None
    while True:
        try:
            followed = await follow_once(database, rulebook, also, followed)
        except (Unavailable, Refused) as error:
            _log.warning("contact points wait", code=error.code)
        await asyncio.sleep(_LOOK_SECONDS)


async def follow_once(
    database: Database, rulebook: Rulebook, also: Also, followed: int | None
) -> int:
    """Go through everybody unless this version was followed; return the version in force."""
    after = points.NOBODY
    while True:
        async with database.tx("profiles.points") as tx:
            rules = await rulebook.rules(tx)
            version_id = rules.in_force.version_id
            if version_id == followed:
                return version_id
            last = await points.refresh(tx, after=after, policy=rules.policy, also=also)
        if last is None:
            return version_id
        after = last


async def reindex_all(
    database: Database,
    vault: Vault,
    clock: Clock,
    *,
    actor: Actor = _WORKER,
    tell: Callable[[int], None] | None = None,
) -> int:
    """Move what stands under an older version of the blind index; return how many identifiers.

    Small transactions; killed midway it goes on where it stood. Does nothing when all are done.
    """
    moved = broken = 0
    after = reindex.BEGINNING
    async with database.read("profiles.reindex") as tx:
        if not await reindex.left(tx, vault):
            after = None
    while after is not None:
        async with database.tx("profiles.reindex") as tx:
            done = await reindex.step(tx, vault, actor=actor, after=after)
        moved, broken, after = moved + done.moved, broken + done.broken, done.last
        if tell is not None:
            tell(moved)
    async with database.tx("profiles.reindex") as tx:
        is_done = await reindex.finish(tx, vault, actor=actor, clock=clock)
    if moved or not is_done:
        _log.info("moved identifiers to the new index", moved=moved, broken=broken)
    return moved

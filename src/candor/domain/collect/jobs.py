"""What the door leaves to the worker: folding, and forgetting what is too old."""

import asyncio

from candor.domain.collect.service import fold
from candor.domain.consent.service.rulebook import Rulebook
from candor.infra.db.pool import Database
from candor.infra.log import logger
from candor.kernel.clock import Clock
from candor.kernel.errors import Refused, Unavailable

_log = logger("fold")
_IDLE_SECONDS = 0.25
_AWAY_SECONDS = 2.0


async def fold_for_ever(database: Database, rulebook: Rulebook) -> None:
    """Fold group commits as they come, until cancelled; waits out a database that is away."""
    while True:
        try:
            async with database.tx("fold") as tx:
                rules = await rulebook.rules(tx)
                done = await fold.fold(tx, rules.in_force)
        except (Unavailable, Refused) as error:
            _log.warning("folding waits", code=error.code)
            await asyncio.sleep(_AWAY_SECONDS)
            continue
        except Exception as error:  # noqa: BLE001 - the other jobs of the worker go on
            _log.error("folding failed", exc_info=error)
            await asyncio.sleep(_AWAY_SECONDS)
            continue
        if not done:
            await asyncio.sleep(_IDLE_SECONDS)


async def sweep(database: Database, clock: Clock) -> None:
    """Forget old message ids and surplus samples. Idempotent: a second run finds nothing."""
    async with database.tx("sweep") as tx:
        messages, samples = await fold.sweep(tx, clock)
    _log.info("swept the door", messages=messages, samples=samples)

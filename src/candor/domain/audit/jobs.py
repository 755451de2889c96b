"""What the log leaves to the worker: taking entries into the tree, signing heads, verifying."""

import asyncio
from datetime import datetime, timedelta
from typing import Final

from candor.domain.audit import service as audit
from candor.domain.audit.errors import Rewritten
from candor.domain.audit.model import Actor, Outcome
from candor.domain.audit.model.verdict import Verdict
from candor.domain.audit.service import checkpoints, integrating, keeping
from candor.domain.audit.service.keeping import Registry
from candor.infra.log import logger
from candor.kernel.errors import Refused, Unavailable

REWRITTEN: Final = "audit.rewritten"
_ROUND_SECONDS: Final = 1.0
_MANY: Final = 1_000  # entries in a round: more are on their way, and the next is soon
_SOON_SECONDS: Final = 0.05
_AWAY_SECONDS: Final = 5.0
_SIGN_EVERY: Final = timedelta(minutes=1)
_ALARM_EVERY: Final = timedelta(hours=1)
_WORKER: Final = Actor.machine("worker")
_log = logger("audit")


async def prove_for_ever(registry: Registry) -> None:
    """Take in entries every second, sooner while there are many, until cancelled.

    A head is signed every minute; a minute in which nothing happened needs none: the last one
    says the same. When the log turns out to be rewritten, no head is signed any more and it is
    said every hour, in the log of the process and in the audit log itself, which goes on.
    """
    alarmed_at: datetime | None = None
    while True:
        try:
            taken = await once(registry)
            await asyncio.sleep(_ROUND_SECONDS if taken < _MANY else _SOON_SECONDS)
        except Rewritten as error:
            now = registry.clock.now()
            if alarmed_at is None or now - alarmed_at >= _ALARM_EVERY:
                alarmed_at = now
                _log.error("the audit log was rewritten", code=error.code, hint=error.hint)
                await _alarm(registry)
            await asyncio.sleep(_AWAY_SECONDS)
        except (Unavailable, Refused) as error:
            _log.warning("the proof of the log waits", code=error.code)
            await asyncio.sleep(_AWAY_SECONDS)


async def once(registry: Registry) -> int:
    """Take in what is new; sign the head if it is time, and copy it into the file.

    Returns how many entries were taken in.

    Raises:
        Rewritten: the log did not grow out of what was signed before.
    """
    async with registry.database.tx("audit.integrate") as tx:
        done = await integrating.integrate(tx)
    if done is None:
        return 0  # another worker is at it
    async with registry.database.read("audit.sign") as tx:
        last = await checkpoints.latest(tx)
    now = registry.clock.now()
    if done.size > (last.size if last else 0) and (
        last is None or now - last.signed_at >= _SIGN_EVERY
    ):
        await keeping.sign(registry)
    return done.taken


async def verify(registry: Registry) -> Verdict:
    """Work the whole log out anew, and write down what came of it."""
    return await keeping.verify(registry, _WORKER)


async def _alarm(registry: Registry) -> None:
    async with registry.database.tx("audit.sign") as tx:
        await audit.record(
            tx,
            actor=_WORKER,
            action=REWRITTEN,
            clock=registry.clock,
            outcome=Outcome.REFUSED,
            reason="log_differs",
        )

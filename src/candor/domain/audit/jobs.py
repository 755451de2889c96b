"""What the log leaves to the worker: taking entries into the tree, signing heads, verifying."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from candor.domain.audit import service as audit
from candor.domain.audit.errors import Rewritten
from candor.domain.audit.model import Actor, Outcome
from candor.domain.audit.model.verdict import Verdict
from candor.domain.audit.service import checkpoints, integrating, verifying
from candor.domain.audit.service.notary import Notary
from candor.infra.db.pool import Database, ReadTx
from candor.infra.log import logger
from candor.infra.notebook import Notebook
from candor.kernel.clock import Clock
from candor.kernel.errors import Refused, Unavailable

REWRITTEN: Final = "audit.rewritten"
_ROUND_SECONDS: Final = 1.0
_AWAY_SECONDS: Final = 5.0
_SIGN_EVERY: Final = timedelta(minutes=1)
_ALARM_EVERY: Final = timedelta(hours=1)
_WORKER: Final = Actor.machine("worker")
_log = logger("audit")


@dataclass(frozen=True, slots=True)
class Registry:
    """What the log is kept with: the database, who signs it, and the file beside it."""

    database: Database
    notary: Callable[[ReadTx], Awaitable[Notary]]
    notebook: Notebook
    clock: Clock


async def prove_for_ever(registry: Registry) -> None:
    """Take in entries every second and sign a head every minute, until cancelled.

    A minute in which nothing happened needs no head: the last one says the same. When the log
    turns out to be rewritten, no head is signed any more and it is said every hour, in the log of
    the process and in the audit log itself, which goes on.
    """
    alarmed_at: datetime | None = None
    while True:
        try:
            await once(registry)
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
        await asyncio.sleep(_ROUND_SECONDS)


async def once(registry: Registry) -> None:
    """Take in what is new; sign the head if it is time, and copy it into the file.

    Raises:
        Rewritten: the log did not grow out of what was signed before.
    """
    async with registry.database.tx("audit.integrate") as tx:
        done = await integrating.integrate(tx)
    if done is None:
        return  # another worker is at it
    async with registry.database.read("audit.sign") as tx:
        last = await checkpoints.latest(tx)
    now = registry.clock.now()
    if done.size > (last.size if last else 0) and (
        last is None or now - last.signed_at >= _SIGN_EVERY
    ):
        await sign(registry)


async def sign(registry: Registry) -> None:
    """Sign the head of the tree now, and copy what the file lacks into it.

    Raises:
        Rewritten: the log did not grow out of what was signed before.
    """
    async with registry.database.tx("audit.sign") as tx:
        notary = await registry.notary(tx)
        await checkpoints.sign(tx, notary, registry.notebook, registry.clock)
    async with registry.database.read("audit.sign") as tx:
        await checkpoints.copy(tx, notary, registry.notebook)


async def verify(registry: Registry) -> Verdict:
    """Work the whole log out anew, and write down what came of it."""
    file = registry.notebook.text()
    async with registry.database.read("audit.verify") as tx:
        notary = await registry.notary(tx)
    verdict = await verifying.verify(registry.database, notary, file=file)
    await tell(registry, verdict, _WORKER)
    return verdict


async def tell(registry: Registry, verdict: Verdict, actor: Actor) -> None:
    """Write down what came of a verification: an entry, and an error in the log of the process."""
    if not verdict.is_whole:
        _log.error("the audit log is not what was written", findings=len(verdict.findings))
    async with registry.database.tx("audit.verify") as tx:
        await audit.record(
            tx,
            actor=actor,
            action="audit.verified",
            clock=registry.clock,
            outcome=Outcome.DONE if verdict.is_whole else Outcome.REFUSED,
            reason=None if verdict.is_whole else "log_differs",
            detail={
                "entries": verdict.checked,
                "checkpoints": verdict.checkpoints,
                "findings": len(verdict.findings),
            },
        )


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

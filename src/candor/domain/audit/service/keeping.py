"""Keeping the proof: signing heads now, verifying everything, and writing down what came of it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor, Outcome
from candor.domain.audit.model.verdict import Verdict
from candor.domain.audit.service import checkpoints, verifying
from candor.domain.audit.service.notary import Notary
from candor.infra.db.pool import Database, ReadTx
from candor.infra.log import logger
from candor.infra.notebook import Notebook
from candor.kernel.clock import Clock

_log = logger("audit")


@dataclass(frozen=True, slots=True)
class Registry:
    """What the log is kept with: the database, who signs it, and the file beside it."""

    database: Database
    notary: Callable[[ReadTx], Awaitable[Notary]]
    notebook: Notebook
    clock: Clock


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


async def verify(registry: Registry, actor: Actor) -> Verdict:
    """Work the whole log out anew, and write down what came of it."""
    file = registry.notebook.text()
    async with registry.database.read("audit.verify") as tx:
        notary = await registry.notary(tx)
    verdict = await verifying.verify(registry.database, notary, file=file)
    await tell(registry, verdict, actor)
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

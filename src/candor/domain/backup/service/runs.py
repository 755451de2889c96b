"""Noting what is done with backups, so that somebody can tell when it last went well."""

import asyncio
from collections.abc import Callable, Mapping
from typing import TypeVar
from uuid import UUID

from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor, Outcome
from candor.domain.backup import model, queries
from candor.domain.backup.errors import LogFlawed
from candor.domain.backup.model import Deed, Health, Run
from candor.domain.backup.service.place import Progress
from candor.infra.db.pool import Database, ReadTx
from candor.kernel.clock import Clock
from candor.kernel.errors import CandorError
from candor.kernel.ids import new_id

Result = TypeVar("Result")
Report = Mapping[str, int | float | str]
PAGE = 30
_LOOKED_AT = 400
_SAID_EVERY_SECONDS = 1.0
_WORDS = {
    Deed.CREATE: "backup.created",
    Deed.VERIFY: "backup.verified",
    Deed.DRILL: "backup.drilled",
    Deed.RESTORE: "backup.restored",
}


async def newest(tx: ReadTx, *, at_most: int = PAGE) -> list[Run]:
    """Return the newest runs, newest first."""
    return await queries.newest_runs(tx, at_most=at_most)


async def health(tx: ReadTx, clock: Clock) -> Health:
    """Return how it stands with backups and drills."""
    return model.health(await newest(tx, at_most=_LOOKED_AT), clock.now())


async def good(tx: ReadTx) -> frozenset[str]:
    """Return the labels of backups that were made, verified or restored well."""
    return frozenset(
        run.label for run in await newest(tx, at_most=_LOOKED_AT) if run.is_well and run.label
    )


async def begin(database: Database, deed: Deed, label: str | None, clock: Clock) -> UUID:
    """Note that something begins; return what names it."""
    run_id = new_id()
    async with database.tx("backup") as tx:
        await queries.insert_run(tx, run_id=run_id, kind=deed, label=label, at=clock.now())
    return run_id


async def end(
    database: Database,
    run_id: UUID,
    deed: Deed,
    label: str | None,
    report: Report,
    clock: Clock,
    *,
    is_well: bool,
    actor: Actor,
) -> None:
    """Note how it ended, in the audit log as well."""
    async with database.tx("backup") as tx:
        await queries.finish_run(
            tx,
            run_id=run_id,
            at=clock.now(),
            outcome="well" if is_well else "failed",
            label=label,
            report=report,
        )
        await audit.record(
            tx,
            actor=actor,
            action=_WORDS[deed],
            clock=clock,
            outcome=Outcome.DONE if is_well else Outcome.REFUSED,
            reason=None if is_well else str(report.get("code", "failed")),
            detail={"run": str(run_id), **({"label": label} if label else {})},
        )


async def noted(
    database: Database,
    deed: Deed,
    label: str | None,
    clock: Clock,
    actor: Actor,
    work: Callable[[Progress], Result],
    reported: Callable[[Result], tuple[str, Report]],
    progress: Progress,
) -> Result:
    """Do something in a thread, noting how far it is and how it ended."""
    run_id = await begin(database, deed, label, clock)
    reached: dict[str, int | float | str] = {}

    def tell(what: str, done: int, expected: int) -> None:
        reached.update({"step": what, "done": done, "expected": expected})
        progress(what, done, expected)

    task = asyncio.create_task(asyncio.to_thread(work, tell))
    try:
        while not (await asyncio.wait({task}, timeout=_SAID_EVERY_SECONDS))[0]:
            async with database.tx("backup") as tx:
                await queries.update_progress(tx, run_id=run_id, report=dict(reached))
        result = task.result()
    except Exception as error:
        code = error.code if isinstance(error, CandorError) else "candor.bug"
        failed: Report = {**reached, "code": code}
        if isinstance(error, LogFlawed):
            failed = {**failed, "why": error.message}
        await end(database, run_id, deed, label, failed, clock, is_well=False, actor=actor)
        raise
    found, report = reported(result)
    await end(database, run_id, deed, found, report, clock, is_well=True, actor=actor)
    return result

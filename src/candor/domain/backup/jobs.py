"""What backups leave to the worker: one a night, a drill a week, and what somebody asked for."""

import asyncio
from functools import partial
from typing import Final

from candor.domain.audit.model import Actor
from candor.domain.backup import model
from candor.domain.backup.model import Deed
from candor.domain.backup.service import deeds, reports, runs
from candor.domain.backup.service.place import Workshop, silent
from candor.infra.backup import wal
from candor.infra.db.pool import Database
from candor.infra.log import logger
from candor.kernel.errors import CandorError

_ROUND_SECONDS: Final = 2.0
_PARTIAL_EVERY: Final = 15  # rounds: what is committed is in the folder after half a minute
_WORKER: Final = Actor.machine("worker")
_log = logger("backup")


async def nightly(database: Database, workshop: Workshop) -> None:
    """Back up, take away what need not be kept, and drill when a drill is due.

    Does nothing where no folder is set. What fails is noted, said in the log of the process and
    shown in the console; the next night tries again.
    """
    if workshop.settings.backup_folder is None:
        return
    await create(database, workshop, _WORKER)
    async with database.read("backup") as tx:
        health = await runs.health(tx, workshop.clock)
        good = await runs.good(tx)
    deeds.prune(workshop, good)
    due = health.last_drill_at
    if due is None or workshop.clock.now() - due >= model.DRILL_EVERY:
        await drill(database, workshop, _WORKER)


async def create(database: Database, workshop: Workshop, actor: Actor) -> None:
    """Take a backup and note how it went."""
    owner_url = str(workshop.settings.owner_url)
    try:
        await runs.noted(
            database, Deed.CREATE, None, workshop.clock, actor,
            partial(deeds.create, workshop, owner_url), reports.of_backup, silent,
        )  # fmt: skip
    except CandorError as error:
        _log.error("no backup was made", code=error.code, hint=error.hint)


async def drill(database: Database, workshop: Workshop, actor: Actor) -> None:
    """Restore the newest backup where nobody sees it, and note how it went."""
    try:
        await runs.noted(
            database, Deed.DRILL, None, workshop.clock, actor,
            partial(deeds.drill, workshop, None), reports.of_drill, silent,
        )  # fmt: skip
    except CandorError as error:
        _log.error("the backup could not be restored", code=error.code, hint=error.hint)


async def keep_log_for_ever(workshop: Workshop) -> None:
    """Draw the log of an embedded server into the folder of the backups, until cancelled.

    Does nothing, for ever, where no folder is set or the server is not ours: its files could not
    be put back by us.
    """
    folder = workshop.settings.backup_folder
    owner_url = str(workshop.settings.owner_url)
    if folder is None or not await asyncio.to_thread(deeds.keeps_log, workshop, owner_url):
        await asyncio.Event().wait()
        return
    archive = wal.Archive(owner_url, workshop.settings.home / "wal", folder, workshop.seal)
    with wal.drawing(archive) as process:
        rounds = 0
        try:
            while process.poll() is None:
                await asyncio.sleep(_ROUND_SECONDS)
                rounds += 1
                often = rounds % _PARTIAL_EVERY == 0
                await asyncio.to_thread(wal.store, archive, with_partial=often)
        finally:
            wal.store(archive, with_partial=True)
    _log.warning("the log of the database is not drawn any more; it is tried again")

"""Asking the worker for a backup or a drill, from the console."""

from typing import Final

from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.domain.backup.errors import NoBackupFolder
from candor.infra.db.pool import Tx
from candor.infra.jobs import SLOW, defer_named
from candor.infra.settings import Settings
from candor.kernel.clock import Clock

CREATE: Final = "backup.create"
DRILL: Final = "backup.drill"


async def ask(
    tx: Tx, job: str, *, settings: Settings, staff_id: str, actor: Actor, clock: Clock
) -> None:
    """Ask for a job (`CREATE` or `DRILL`), once while one waits; writes an audit entry.

    Raises:
        NoBackupFolder: no folder is set.
    """
    if settings.backup_folder is None:
        raise NoBackupFolder
    await defer_named(tx, job, key=job, queue=SLOW, staff_id=staff_id)
    await audit.record(tx, actor=actor, action="backup.asked", clock=clock, detail={"for": job})

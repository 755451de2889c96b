"""The statements about runs of backups."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from candor.domain.backup.model import Run
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load

_sql: Final = load(__file__)
_INSERT: Final = _sql.command("insert_run")
_PROGRESS: Final = _sql.command("update_progress")
_FINISH: Final = _sql.command("finish_run")
_NEWEST: Final = _sql.rows("newest_runs", Run)
Report = Mapping[str, int | float | str]


async def insert_run(
    tx: Tx, *, run_id: UUID, kind: str, label: str | None, at: datetime
) -> None:
    """Note that something begins."""
    await tx.run(_INSERT, {"run_id": run_id, "kind": kind, "label": label, "at": at})


async def update_progress(tx: Tx, *, run_id: UUID, report: Report) -> None:
    """Note how far a run is."""
    await tx.run(_PROGRESS, {"run_id": run_id, "report": json.dumps(dict(report))})


async def finish_run(
    tx: Tx, *, run_id: UUID, at: datetime, outcome: str, label: str | None, report: Report
) -> None:
    """Note how a run ended."""
    await tx.run(
        _FINISH,
        {
            "run_id": run_id,
            "at": at,
            "outcome": outcome,
            "label": label,
            "report": json.dumps(dict(report)),
        },
    )


async def newest_runs(tx: ReadTx, *, at_most: int) -> list[Run]:
    """Return the newest runs, newest first."""
    return await tx.all(_NEWEST, {"at_most": at_most})

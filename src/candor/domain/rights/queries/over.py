"""The statements that sweep requests, decisions and holds, and keep what sweeps did."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from candor.domain.rights.model.sweep import Sweep
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load
from candor.infra.holder import Round

_sql: Final = load(__file__)
_REQUESTS: Final = _sql.rows("over_requests", UUID)
_UNLINK: Final = _sql.command("unlink_requests")
_UNLINK_DECISIONS: Final = _sql.command("unlink_decisions")
_DELETE: Final = _sql.command("delete_requests")
_DECISIONS: Final = _sql.rows("sweep_decisions", int)
_UNDECLARED: Final = _sql.rows("sweep_undeclared_decisions", int)
_HOLDS: Final = _sql.rows("sweep_holds", int)
_HELD: Final = _sql.rows("held_profiles", UUID)
_INSERT: Final = _sql.command("insert_sweep")
_WRITE: Final = _sql.command("write_sweep")
_SWEEPS: Final = _sql.rows("sweeps", Sweep)
_SWEEP: Final = _sql.rows("sweep", Sweep)
_LOCK: Final = _sql.rows("lock_sweeping", str)


async def over_requests(tx: Tx, one: Round, *, befores: Mapping[str, datetime]) -> list[UUID]:
    """Return requests that were closed so long ago that no law wants them."""
    params = one.params(
        regimes=list(befores),
        befores=list(befores.values()),
        oldest=min(befores.values()),
    )
    return await tx.values(_REQUESTS, params)


async def delete_requests(tx: Tx, request_ids: Sequence[UUID]) -> int:
    """Remove requests and what belongs to them; return how many."""
    params = {"request_ids": list(request_ids)}
    await tx.run(_UNLINK, params)
    await tx.run(_UNLINK_DECISIONS, params)
    return await tx.run(_DELETE, params)


async def decisions(tx: Tx, one: Round, *, befores: Mapping[str, datetime]) -> int | None:
    """Remove decisions by machine older than their kind is kept, or count them."""
    params = one.params(codes=list(befores), befores=list(befores.values()))
    return await tx.value(_DECISIONS, params)


async def undeclared_decisions(
    tx: Tx, one: Round, *, codes: Sequence[str], before: datetime
) -> int | None:
    """Remove old decisions of all other kinds than these, or count them."""
    return await tx.value(_UNDECLARED, one.params(codes=list(codes), before=before))


async def holds(tx: Tx, one: Round, *, before: datetime) -> int | None:
    """Remove holds that were lifted before an instant, or count them."""
    return await tx.value(_HOLDS, one.params(before=before))


async def held_profiles(tx: ReadTx) -> list[UUID]:
    """Return the profiles on which a hold stands."""
    return await tx.values(_HELD)


async def insert_sweep(tx: Tx, sweep: Sweep) -> None:
    """Begin a sweep."""
    names = ("sweep_id", "is_dry", "asked_by", "started_at")
    await tx.run(_INSERT, {name: getattr(sweep, name) for name in names})


async def write_sweep(tx: Tx, sweep: Sweep) -> None:
    """Write how far a sweep is, or how it ended."""
    params = {
        "sweep_id": sweep.sweep_id,
        "counts": json.dumps(dict(sweep.counts)),
        "finished_at": sweep.finished_at,
        "problem": sweep.problem,
    }
    await tx.run(_WRITE, params)


async def sweeps(tx: ReadTx, *, at_most: int) -> list[Sweep]:
    """Return sweeps, newest first."""
    return await tx.all(_SWEEPS, {"at_most": at_most})


async def sweep(tx: ReadTx, *, sweep_id: UUID) -> Sweep | None:
    """Return one sweep."""
    return await tx.maybe(_SWEEP, {"sweep_id": sweep_id})


async def lock_sweeping(tx: Tx) -> None:
    """Wait until nobody else sweeps."""
    await tx.value(_LOCK)

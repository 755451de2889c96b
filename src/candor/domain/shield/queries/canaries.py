"""The statements about canaries."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from candor.domain.shield.model.canary import Canary
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load

_sql: Final = load(__file__)
_INSERT: Final = _sql.command("insert_canary")
_ALL: Final = _sql.rows("all_canaries", Canary)
_OUT: Final = _sql.rows("canaries_out", Canary)
_FIND: Final = _sql.rows("find_canary", Canary)
_END: Final = _sql.command("end_canary")


async def insert_canary(
    tx: Tx, *, canary_id: UUID, kind: str, mark: bytes, note: str, at: datetime
) -> None:
    """Lay out a canary."""
    params: dict[str, Any] = {
        "canary_id": canary_id,
        "kind": kind,
        "mark": mark,
        "note": note,
        "at": at,
    }
    await tx.run(_INSERT, params)


async def all_canaries(tx: ReadTx) -> list[Canary]:
    """Return all canaries, newest first."""
    return await tx.all(_ALL)


async def canaries_out(tx: ReadTx, *, kinds: Sequence[str]) -> list[Canary]:
    """Return the canaries of some kinds that are laid out."""
    return await tx.all(_OUT, {"kinds": list(kinds)})


async def find_canary(tx: ReadTx, *, kind: str, mark: bytes) -> Canary | None:
    """Return the canary that a mark gives away."""
    return await tx.maybe(_FIND, {"kind": kind, "mark": mark})


async def end_canary(tx: Tx, *, canary_id: UUID, at: datetime) -> int:
    """Take a canary in; return how many there were (1 or 0)."""
    return await tx.run(_END, {"canary_id": canary_id, "at": at})

"""The statements about systems outside that are told."""

from datetime import datetime
from typing import Final
from uuid import UUID

from candor.domain.rights.model.downstream import Downstream
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load

_sql: Final = load(__file__)
_INSERT: Final = _sql.command("insert_downstream")
_ONE: Final = _sql.rows("downstream", Downstream)
_ALL: Final = _sql.rows("downstreams", Downstream)
_NOTE: Final = _sql.command("note_answer")
_END: Final = _sql.command("end_downstream")
_HURRY: Final = _sql.rows("hurry_task", UUID)


async def insert_downstream(tx: Tx, one: Downstream) -> None:
    """Keep a new system."""
    params = {
        "downstream_id": one.downstream_id, "name": one.name, "protocol": one.protocol,
        "base_url": one.base_url, "domain": one.domain, "identities": list(one.identities),
        "certificate": one.certificate, "token": one.token, "added_by": one.added_by,
        "added_at": one.added_at,
    }  # fmt: skip
    await tx.run(_INSERT, params)


async def downstream(tx: ReadTx, *, downstream_id: UUID) -> Downstream | None:
    """Return one system."""
    return await tx.maybe(_ONE, {"downstream_id": downstream_id})


async def downstreams(tx: ReadTx) -> list[Downstream]:
    """Return all systems by name, those that are told no more at the end."""
    return await tx.all(_ALL)


async def note_answer(
    tx: Tx, *, downstream_id: UUID, answered_at: datetime | None, problem: str | None
) -> None:
    """Note how a system answered last."""
    params = {"downstream_id": downstream_id, "answered_at": answered_at, "problem": problem}
    await tx.run(_NOTE, params)


async def end_downstream(tx: Tx, *, downstream_id: UUID, at: datetime) -> bool:
    """Tell a system no more; tell whether it was told before."""
    return await tx.run(_END, {"downstream_id": downstream_id, "at": at}) == 1


async def hurry_task(
    tx: Tx, *, step: str, party: str, asked: str, now: datetime
) -> UUID | None:
    """Let a task that a system works on be looked at now; return its request."""
    params = {"step": step, "party": party, "asked": asked, "now": now}
    return await tx.value(_HURRY, params)

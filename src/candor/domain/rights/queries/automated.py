"""The statements about decisions that a machine took."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from candor.domain.rights.model.automated import Decision, Verdict
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load

_sql: Final = load(__file__)
_INSERT: Final = _sql.command("insert_decision")
_ONE: Final = _sql.rows("decision", Decision)
_LOCKED: Final = _sql.rows("locked_decision", Decision)
_OF: Final = _sql.rows("decisions_of", Decision)
_CONTESTED: Final = _sql.command("mark_contested")
_VERDICT: Final = _sql.command("write_verdict")
_PUT: Final = _sql.command("put_by_people_only")
_DROP: Final = _sql.rows("drop_by_people_only", int)
_BY_PEOPLE: Final = _sql.rows("by_people_only", str)


async def insert_decision(tx: Tx, decision: Decision) -> bool:
    """Keep a decision; tell whether it is new."""
    names = (
        "profile_id", "decision_id", "code", "edition", "outcome", "sealed", "source",
        "decided_at", "recorded_at",
    )  # fmt: skip
    return await tx.run(_INSERT, {name: getattr(decision, name) for name in names}) == 1


async def decision(tx: ReadTx, *, decision_id: UUID) -> Decision | None:
    """Return one decision."""
    return await tx.maybe(_ONE, {"decision_id": decision_id})


async def locked_decision(tx: Tx, *, decision_id: UUID) -> Decision | None:
    """Return one decision and lock it until the transaction ends."""
    return await tx.maybe(_LOCKED, {"decision_id": decision_id})


async def decisions_of(
    tx: ReadTx, *, profile_ids: Sequence[UUID], at_most: int
) -> list[Decision]:
    """Return the decisions about some profiles, newest first."""
    return await tx.all(_OF, {"profile_ids": list(profile_ids), "at_most": at_most})


async def mark_contested(tx: Tx, *, decision_id: UUID, request_id: UUID) -> None:
    """Note the request in which a decision is contested."""
    await tx.run(_CONTESTED, {"decision_id": decision_id, "request_id": request_id})


async def write_verdict(
    tx: Tx,
    *,
    decision_id: UUID,
    verdict: Verdict,
    new_outcome: str | None,
    at: datetime,
    by: str,
) -> bool:
    """Write what a human made of a decision; tell whether nobody had before."""
    params = {
        "decision_id": decision_id, "verdict": verdict.value, "new_outcome": new_outcome,
        "at": at, "by": by,
    }  # fmt: skip
    return await tx.run(_VERDICT, params) == 1


async def put_by_people_only(tx: Tx, *, profile_id: UUID, code: str, since: datetime) -> None:
    """Note that nobody but people may decide something about somebody."""
    await tx.run(_PUT, {"profile_id": profile_id, "code": code, "since": since})


async def drop_by_people_only(tx: Tx, *, profile_ids: Sequence[UUID], code: str) -> int:
    """Let machines decide again; return how many notes went."""
    return await tx.value(_DROP, {"profile_ids": list(profile_ids), "code": code}) or 0


async def by_people_only(tx: ReadTx, *, profile_ids: Sequence[UUID]) -> list[str]:
    """Return what nobody but people may decide about these profiles."""
    return await tx.values(_BY_PEOPLE, {"profile_ids": list(profile_ids)})

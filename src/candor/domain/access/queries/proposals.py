"""The statements about four eyes: proposals and permits."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from candor.domain.access.model.proposal import Permit, Proposal
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load

_sql: Final = load(__file__)
_INSERT: Final = _sql.command("insert_proposal")
_LOCK: Final = _sql.rows("lock_proposal", Proposal)
_FIND: Final = _sql.rows("find_proposal", Proposal)
_LAST: Final = _sql.rows("last_proposals", Proposal)
_WAITING: Final = _sql.rows("waiting_for", int)
_SETTLE: Final = _sql.command("settle_proposal")
_WITHDRAW_ALL: Final = _sql.command("withdraw_all_of")
_EXPIRE: Final = _sql.command("expire_proposals")
_INSERT_PERMIT: Final = _sql.command("insert_permit")
_PERMITS: Final = _sql.rows("standing_permits", Permit)
_END_PERMITS: Final = _sql.command("end_permits_of")
_INVITER: Final = _sql.rows("inviter_of", UUID)
_NOTE_INVITER: Final = _sql.command("note_inviter")
_SET_ROLE: Final = _sql.command("set_role")


async def insert_proposal(
    tx: Tx,
    *,
    proposal_id: UUID,
    kind: str,
    payload: str,
    why: str,
    proposed_by: UUID,
    at: datetime,
    expires_at: datetime,
) -> None:
    """Write down what somebody proposes."""
    params: dict[str, Any] = {
        "proposal_id": proposal_id,
        "kind": kind,
        "payload": payload,
        "why": why,
        "proposed_by": proposed_by,
        "at": at,
        "expires_at": expires_at,
    }
    await tx.run(_INSERT, params)


async def lock_proposal(tx: Tx, *, proposal_id: UUID) -> Proposal | None:
    """Return a proposal and hold it until the transaction ends."""
    return await tx.maybe(_LOCK, {"proposal_id": proposal_id})


async def find_proposal(tx: ReadTx, *, proposal_id: UUID) -> Proposal | None:
    """Return a proposal."""
    return await tx.maybe(_FIND, {"proposal_id": proposal_id})


async def last_proposals(tx: ReadTx, *, at: datetime, at_most: int) -> list[Proposal]:
    """Return the last proposals, open ones first."""
    return await tx.all(_LAST, {"at": at, "at_most": at_most})


async def waiting_for(tx: ReadTx, *, staff_id: UUID, at: datetime) -> int:
    """Return how many open proposals of others there are."""
    return await tx.value(_WAITING, {"staff_id": staff_id, "at": at}) or 0


async def settle_proposal(
    tx: Tx, *, proposal_id: UUID, state: str, decided_by: UUID | None, at: datetime
) -> int:
    """End a proposal that is open; return how many were (1 or 0)."""
    params: dict[str, Any] = {
        "proposal_id": proposal_id,
        "state": state,
        "decided_by": decided_by,
        "at": at,
    }
    return await tx.run(_SETTLE, params)


async def withdraw_all_of(tx: Tx, *, staff_id: UUID, at: datetime) -> int:
    """Withdraw what somebody proposed; return how many."""
    return await tx.run(_WITHDRAW_ALL, {"staff_id": staff_id, "at": at})


async def expire_proposals(tx: Tx, *, at: datetime) -> int:
    """Close what nobody decided on in time; return how many."""
    return await tx.run(_EXPIRE, {"at": at})


async def insert_permit(
    tx: Tx,
    *,
    permit_id: UUID,
    staff_id: UUID,
    permission: str,
    proposal_id: UUID,
    at: datetime,
    expires_at: datetime,
) -> None:
    """Give a permission beyond the role for a while."""
    params: dict[str, Any] = {
        "permit_id": permit_id,
        "staff_id": staff_id,
        "permission": permission,
        "proposal_id": proposal_id,
        "at": at,
        "expires_at": expires_at,
    }
    await tx.run(_INSERT_PERMIT, params)


async def standing_permits(tx: ReadTx, *, staff_id: UUID, at: datetime) -> list[Permit]:
    """Return what a member of staff is permitted beyond the role."""
    return await tx.all(_PERMITS, {"staff_id": staff_id, "at": at})


async def end_permits_of(tx: Tx, *, staff_id: UUID, at: datetime) -> int:
    """Take back every permit of a member of staff; return how many."""
    return await tx.run(_END_PERMITS, {"staff_id": staff_id, "at": at})


async def inviter_of(tx: ReadTx, *, staff_id: UUID) -> UUID | None:
    """Return who last let a member of staff in; None: a command did."""
    return await tx.value(_INVITER, {"staff_id": staff_id})


async def note_inviter(tx: Tx, *, staff_id: UUID, invited_by: UUID | None) -> None:
    """Note who let a member of staff in."""
    await tx.run(_NOTE_INVITER, {"staff_id": staff_id, "invited_by": invited_by})


async def set_role(tx: Tx, *, staff_id: UUID, role: str) -> int:
    """Give a member of staff another role; return how many there were (1 or 0)."""
    return await tx.run(_SET_ROLE, {"staff_id": staff_id, "role": role})

"""The statements about sessions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from candor.domain.access.model.sign_in import Session, SignIn
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load

_sql: Final = load(__file__)
_INSERT_SESSION: Final = _sql.command("insert_session")
_FIND_SESSION: Final = _sql.rows("find_session", Session)
_TOUCH: Final = _sql.command("touch_session")
_PROVE: Final = _sql.command("prove_session")
_UNPROVE: Final = _sql.command("unprove_sessions")
_REVOKE: Final = _sql.command("revoke_session")
_SESSIONS_OF: Final = _sql.rows("sessions_of", SignIn)
_IS_KNOWN_ORIGIN: Final = _sql.rows("is_known_origin", bool)
_REVOKE_ONE: Final = _sql.command("revoke_session_of")
_REVOKE_ALL: Final = _sql.command("revoke_sessions_of")
_DELETE_SIGN_INS: Final = _sql.command("delete_sign_ins")
_SWEEP_SESSIONS: Final = _sql.command("sweep_sessions")


async def insert_session(
    tx: Tx,
    *,
    session_hash: bytes,
    audience: str,
    bearer_id: UUID,
    at: datetime,
    expires_at: datetime,
    methods: Sequence[str],
    proved_at: datetime | None,
    device: str,
    network: bytes | None,
) -> None:
    """Begin a session."""
    params: dict[str, Any] = {
        "methods": list(methods),
        "proved_at": proved_at,
        "device": device,
        "network": network,
        "session_hash": session_hash,
        "audience": audience,
        "bearer_id": bearer_id,
        "at": at,
        "expires_at": expires_at,
    }
    await tx.run(_INSERT_SESSION, params)


async def find_session(
    tx: ReadTx, *, session_hash: bytes, audience: str, at: datetime, idle_since: datetime
) -> Session | None:
    """Return a session that stands."""
    params: dict[str, Any] = {
        "session_hash": session_hash,
        "audience": audience,
        "at": at,
        "idle_since": idle_since,
    }
    return await tx.maybe(_FIND_SESSION, params)


async def touch_session(tx: Tx, *, session_hash: bytes, at: datetime) -> None:
    """Note that a session is in use."""
    await tx.run(_TOUCH, {"session_hash": session_hash, "at": at})


async def prove_session(
    tx: Tx, *, session_hash: bytes, new_hash: bytes, methods: Sequence[str], at: datetime
) -> int:
    """Note a new proof in a session and give it a new secret; return how many stood (1 or 0)."""
    params: dict[str, Any] = {
        "session_hash": session_hash,
        "new_hash": new_hash,
        "methods": list(methods),
        "at": at,
    }
    return await tx.run(_PROVE, params)


async def unprove_sessions(tx: Tx, *, staff_id: UUID) -> int:
    """Take back the proof of all sessions of a member of staff; return how many had one."""
    return await tx.run(_UNPROVE, {"staff_id": staff_id})


async def revoke_session(tx: Tx, *, session_hash: bytes, at: datetime) -> None:
    """End a session."""
    await tx.run(_REVOKE, {"session_hash": session_hash, "at": at})


async def sessions_of(
    tx: ReadTx, *, bearer_ids: Sequence[UUID], at_most: int = 50
) -> list[SignIn]:
    """Return the last sign-ins of somebody, newest first."""
    return await tx.all(_SESSIONS_OF, {"bearer_ids": list(bearer_ids), "at_most": at_most})


async def is_known_origin(
    tx: ReadTx, *, bearer_ids: Sequence[UUID], device: str, network: bytes | None
) -> bool:
    """Tell whether somebody signed in from there before."""
    params: dict[str, Any] = {
        "bearer_ids": list(bearer_ids),
        "device": device,
        "network": network,
    }
    return bool(await tx.value(_IS_KNOWN_ORIGIN, params))


async def revoke_session_of(
    tx: Tx, *, session_hash: bytes, bearer_ids: Sequence[UUID], audience: str, at: datetime
) -> int:
    """End one sign-in of somebody; return how many stood (1 or 0)."""
    params: dict[str, Any] = {
        "session_hash": session_hash,
        "bearer_ids": list(bearer_ids),
        "audience": audience,
        "at": at,
    }
    return await tx.run(_REVOKE_ONE, params)


async def revoke_sessions_of(
    tx: Tx, *, bearer_ids: Sequence[UUID], audience: str, but: bytes, at: datetime
) -> int:
    """End all sign-ins of somebody but one; return how many."""
    params: dict[str, Any] = {
        "bearer_ids": list(bearer_ids),
        "audience": audience,
        "but": but,
        "at": at,
    }
    return await tx.run(_REVOKE_ALL, params)


async def delete_sign_ins(tx: Tx, *, bearer_ids: Sequence[UUID]) -> int:
    """Erase the sessions of a person; return how many."""
    return await tx.run(_DELETE_SIGN_INS, {"bearer_ids": list(bearer_ids)})


async def sweep_sessions(tx: Tx, *, before: datetime) -> int:
    """Forget sessions that ended long ago; return how many."""
    return await tx.run(_SWEEP_SESSIONS, {"before": before})

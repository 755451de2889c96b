"""The statements of access."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from candor.domain.access.model import APIKey, Link, Session, SignIn, Staff
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load

_sql: Final = load(__file__)
_PUT_STAFF: Final = _sql.rows("put_staff", Staff)
_FIND_STAFF: Final = _sql.rows("find_staff", Staff)
_ALL_STAFF: Final = _sql.rows("all_staff", Staff)
_INSERT_KEY: Final = _sql.command("insert_write_key")
_SOURCE_OF_KEY: Final = _sql.rows("source_of_key", str)
_REVOKE_KEYS: Final = _sql.command("revoke_write_keys")
_INSERT_API_KEY: Final = _sql.command("insert_api_key")
_FIND_API_KEY: Final = _sql.rows("find_api_key", APIKey)
_API_KEYS: Final = _sql.rows("api_keys", APIKey)
_END_API_KEY: Final = _sql.rows("end_api_key", APIKey)
_REVOKE_API_KEY: Final = _sql.rows("revoke_api_key", APIKey)
_TOUCH_API_KEYS: Final = _sql.command("touch_api_keys")
_INSERT_LINK: Final = _sql.command("insert_link")
_FIND_LINK: Final = _sql.rows("find_link", Link)
_USE_LINK: Final = _sql.rows("use_link", Link)
_INSERT_SESSION: Final = _sql.command("insert_session")
_FIND_SESSION: Final = _sql.rows("find_session", Session)
_TOUCH: Final = _sql.command("touch_session")
_REVOKE: Final = _sql.command("revoke_session")
_SESSIONS_OF: Final = _sql.rows("sessions_of", SignIn)
_REVOKE_ALL: Final = _sql.command("revoke_sessions_of")
_DELETE_SIGN_INS: Final = _sql.command("delete_sign_ins")
_DELETE_LINKS: Final = _sql.command("delete_links")
_SWEEP_SESSIONS: Final = _sql.command("sweep_sessions")
_SWEEP_LINKS: Final = _sql.command("sweep_links")


async def put_staff(
    tx: Tx, *, staff_id: UUID, handle: str, display_name: str, role: str, at: datetime
) -> Staff:
    """Make a member of staff, or bring name and role up to date."""
    params: dict[str, Any] = {
        "staff_id": staff_id,
        "handle": handle,
        "display_name": display_name,
        "role": role,
        "at": at,
    }
    return await tx.one(_PUT_STAFF, params)


async def find_staff(tx: ReadTx, *, staff_id: UUID) -> Staff | None:
    """Return a member of staff."""
    return await tx.maybe(_FIND_STAFF, {"staff_id": staff_id})


async def all_staff(tx: ReadTx) -> list[Staff]:
    """Return all members of staff."""
    return await tx.all(_ALL_STAFF)


async def insert_write_key(
    tx: Tx, *, key_hash: bytes, source_code: str, hint: str, at: datetime
) -> None:
    """Keep the hash of a new write key."""
    params = {"key_hash": key_hash, "source_code": source_code, "hint": hint, "at": at}
    await tx.run(_INSERT_KEY, params)


async def source_of_key(tx: ReadTx, *, key_hash: bytes) -> str | None:
    """Return the source that a key opens the door for."""
    return await tx.value(_SOURCE_OF_KEY, {"key_hash": key_hash})


async def revoke_write_keys(tx: Tx, *, source_code: str, at: datetime) -> int:
    """Stop all keys of a source; return how many."""
    return await tx.run(_REVOKE_KEYS, {"source_code": source_code, "at": at})


async def insert_api_key(tx: Tx, *, key_hash: bytes, key: APIKey) -> None:
    """Keep the hash of a new key of the API."""
    params: dict[str, Any] = {
        "key_hash": key_hash,
        "key_id": key.key_id,
        "name": key.name,
        "scopes": key.scopes,
        "source_code": key.source_code,
        "hint": key.hint,
        "created_at": key.created_at,
        "expires_at": key.expires_at,
    }
    await tx.run(_INSERT_API_KEY, params)


async def find_api_key(tx: ReadTx, *, key_hash: bytes, at: datetime) -> APIKey | None:
    """Return a key of the API that works."""
    return await tx.maybe(_FIND_API_KEY, {"key_hash": key_hash, "at": at})


async def api_keys(tx: ReadTx) -> list[APIKey]:
    """Return all keys of the API, newest first."""
    return await tx.all(_API_KEYS)


async def end_api_key(
    tx: Tx, *, key_id: UUID, at: datetime, expires_at: datetime
) -> APIKey | None:
    """Let a working key end at an instant, never later than it would; return it."""
    params = {"key_id": key_id, "at": at, "expires_at": expires_at}
    return await tx.maybe(_END_API_KEY, params)


async def revoke_api_key(tx: Tx, *, key_id: UUID, at: datetime) -> APIKey | None:
    """Take back a key that works; return it."""
    return await tx.maybe(_REVOKE_API_KEY, {"key_id": key_id, "at": at})


async def touch_api_keys(tx: Tx, *, key_ids: Sequence[UUID], at: datetime) -> int:
    """Note that keys are in use."""
    return await tx.run(_TOUCH_API_KEYS, {"key_ids": list(key_ids), "at": at})


async def insert_link(
    tx: Tx,
    *,
    token_hash: bytes,
    audience: str,
    bearer_id: UUID,
    at: datetime,
    expires_at: datetime,
) -> None:
    """Keep the hash of a sign-in link."""
    params: dict[str, Any] = {
        "token_hash": token_hash,
        "audience": audience,
        "bearer_id": bearer_id,
        "at": at,
        "expires_at": expires_at,
    }
    await tx.run(_INSERT_LINK, params)


async def find_link(
    tx: ReadTx, *, token_hash: bytes, audience: str, at: datetime
) -> Link | None:
    """Return a link that could still be used."""
    params = {"token_hash": token_hash, "audience": audience, "at": at}
    return await tx.maybe(_FIND_LINK, params)


async def use_link(tx: Tx, *, token_hash: bytes, audience: str, at: datetime) -> Link | None:
    """Use a link up; return whose it was."""
    params = {"token_hash": token_hash, "audience": audience, "at": at}
    return await tx.maybe(_USE_LINK, params)


async def insert_session(
    tx: Tx,
    *,
    session_hash: bytes,
    audience: str,
    bearer_id: UUID,
    at: datetime,
    expires_at: datetime,
) -> None:
    """Begin a session."""
    params: dict[str, Any] = {
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


async def revoke_session(tx: Tx, *, session_hash: bytes, at: datetime) -> None:
    """End a session."""
    await tx.run(_REVOKE, {"session_hash": session_hash, "at": at})


async def sessions_of(tx: ReadTx, *, bearer_ids: Sequence[UUID]) -> list[SignIn]:
    """Return the sign-ins of somebody, newest first."""
    return await tx.all(_SESSIONS_OF, {"bearer_ids": list(bearer_ids)})


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


async def delete_links(tx: Tx, *, bearer_ids: Sequence[UUID]) -> int:
    """Erase the sign-in links of a person; return how many."""
    return await tx.run(_DELETE_LINKS, {"bearer_ids": list(bearer_ids)})


async def sweep_sessions(tx: Tx, *, before: datetime) -> int:
    """Forget sessions that ended long ago; return how many."""
    return await tx.run(_SWEEP_SESSIONS, {"before": before})


async def sweep_links(tx: Tx, *, before: datetime) -> int:
    """Forget links that ran out long ago; return how many."""
    return await tx.run(_SWEEP_LINKS, {"before": before})

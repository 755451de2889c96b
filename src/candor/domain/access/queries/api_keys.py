"""The statements about api keys."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from candor.domain.access.model.keys import APIKey
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load

_sql: Final = load(__file__)
_INSERT_API_KEY: Final = _sql.command("insert_api_key")
_FIND_API_KEY: Final = _sql.rows("find_api_key", APIKey)
_API_KEYS: Final = _sql.rows("api_keys", APIKey)
_END_API_KEY: Final = _sql.rows("end_api_key", APIKey)
_REVOKE_API_KEY: Final = _sql.rows("revoke_api_key", APIKey)
_SUSPEND_API_KEY: Final = _sql.rows("suspend_api_key", APIKey)
_RESUME_API_KEY: Final = _sql.rows("resume_api_key", APIKey)
_TOUCH_API_KEYS: Final = _sql.command("touch_api_keys")


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
        "made_by": key.made_by,
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


async def suspend_api_key(tx: Tx, *, key_id: UUID, at: datetime) -> APIKey | None:
    """Stop a key that works; return it."""
    return await tx.maybe(_SUSPEND_API_KEY, {"key_id": key_id, "at": at})


async def resume_api_key(tx: Tx, *, key_id: UUID) -> APIKey | None:
    """Let a suspended key work again; return it."""
    return await tx.maybe(_RESUME_API_KEY, {"key_id": key_id})


async def touch_api_keys(tx: Tx, *, key_ids: Sequence[UUID], at: datetime) -> int:
    """Note that keys are in use."""
    return await tx.run(_TOUCH_API_KEYS, {"key_ids": list(key_ids), "at": at})

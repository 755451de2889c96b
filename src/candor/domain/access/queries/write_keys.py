"""The statements about write keys."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load

_sql: Final = load(__file__)
_INSERT_KEY: Final = _sql.command("insert_write_key")
_SOURCE_OF_KEY: Final = _sql.rows("source_of_key", str)
_REVOKE_KEYS: Final = _sql.command("revoke_write_keys")


async def insert_write_key(
    tx: Tx,
    *,
    key_hash: bytes,
    source_code: str,
    hint: str,
    at: datetime,
    made_by: UUID | None,
) -> None:
    """Keep the hash of a new write key."""
    params: dict[str, Any] = {
        "key_hash": key_hash,
        "source_code": source_code,
        "hint": hint,
        "at": at,
        "made_by": made_by,
    }
    await tx.run(_INSERT_KEY, params)


async def source_of_key(tx: ReadTx, *, key_hash: bytes) -> str | None:
    """Return the source that a key opens the door for."""
    return await tx.value(_SOURCE_OF_KEY, {"key_hash": key_hash})


async def revoke_write_keys(tx: Tx, *, source_code: str, at: datetime) -> int:
    """Stop all keys of a source; return how many."""
    return await tx.run(_REVOKE_KEYS, {"source_code": source_code, "at": at})

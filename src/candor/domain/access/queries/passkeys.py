"""The statements about passkeys."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from candor.domain.access.model.passkey import Factors, Passkey
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load

_sql: Final = load(__file__)
_INSERT: Final = _sql.command("insert_passkey")
_LOCK: Final = _sql.rows("lock_passkey", Passkey)
_OF: Final = _sql.rows("passkeys_of", Passkey)
_NOTE_USE: Final = _sql.command("note_use")
_RENAME: Final = _sql.command("rename_passkey")
_DELETE: Final = _sql.command("delete_passkey")
_DELETE_ALL: Final = _sql.command("delete_passkeys")
_DELETE_SINCE: Final = _sql.command("delete_passkeys_since")
_FACTORS: Final = _sql.rows("lock_staff_factors", Factors)


async def insert_passkey(tx: Tx, passkey: Passkey) -> int:
    """Keep a passkey; return 0 when its credential is known already."""
    params: dict[str, Any] = {
        "credential_id": passkey.credential_id,
        "audience": passkey.audience,
        "bearer_id": passkey.bearer_id,
        "user_handle": passkey.user_handle,
        "public_key": passkey.public_key,
        "sign_count": passkey.sign_count,
        "transports": passkey.transports,
        "aaguid": passkey.aaguid,
        "is_backed_up": passkey.is_backed_up,
        "name": passkey.name,
        "at": passkey.created_at,
    }
    return await tx.run(_INSERT, params)


async def lock_passkey(tx: Tx, *, credential_id: bytes, audience: str) -> Passkey | None:
    """Return a passkey and lock it."""
    params: dict[str, Any] = {"credential_id": credential_id, "audience": audience}
    return await tx.maybe(_LOCK, params)


async def passkeys_of(
    tx: ReadTx, *, bearer_ids: Sequence[UUID], audience: str
) -> list[Passkey]:
    """Return the passkeys of somebody, oldest first."""
    return await tx.all(_OF, {"bearer_ids": list(bearer_ids), "audience": audience})


async def note_use(
    tx: Tx, *, credential_id: bytes, sign_count: int, is_backed_up: bool, at: datetime
) -> None:
    """Note that a passkey was used."""
    params: dict[str, Any] = {
        "credential_id": credential_id,
        "sign_count": sign_count,
        "is_backed_up": is_backed_up,
        "at": at,
    }
    await tx.run(_NOTE_USE, params)


async def rename_passkey(
    tx: Tx, *, credential_id: bytes, bearer_ids: Sequence[UUID], audience: str, name: str
) -> int:
    """Give a passkey another name; return how many (1 or 0)."""
    params: dict[str, Any] = {
        "credential_id": credential_id,
        "bearer_ids": list(bearer_ids),
        "audience": audience,
        "name": name,
    }
    return await tx.run(_RENAME, params)


async def delete_passkey(
    tx: Tx, *, credential_id: bytes, bearer_ids: Sequence[UUID], audience: str
) -> int:
    """Forget a passkey; return how many (1 or 0)."""
    params: dict[str, Any] = {
        "credential_id": credential_id,
        "bearer_ids": list(bearer_ids),
        "audience": audience,
    }
    return await tx.run(_DELETE, params)


async def delete_passkeys(tx: Tx, *, bearer_ids: Sequence[UUID], audience: str) -> int:
    """Forget all passkeys of somebody; return how many."""
    return await tx.run(_DELETE_ALL, {"bearer_ids": list(bearer_ids), "audience": audience})


async def delete_passkeys_since(
    tx: Tx, *, bearer_ids: Sequence[UUID], audience: str, since: datetime
) -> int:
    """Forget the passkeys of somebody that were added from an instant on; return how many."""
    params = {"bearer_ids": list(bearer_ids), "audience": audience, "since": since}
    return await tx.run(_DELETE_SINCE, params)


async def lock_staff_factors(tx: Tx, *, staff_id: UUID) -> Factors | None:
    """Return how a member of staff could come in, and lock the member."""
    return await tx.maybe(_FACTORS, {"staff_id": staff_id})

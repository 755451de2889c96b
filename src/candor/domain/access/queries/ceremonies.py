"""The statements about ceremonies."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from candor.domain.access.model.ceremony import Ceremony
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load

_sql: Final = load(__file__)
_INSERT: Final = _sql.command("insert_ceremony")
_FIND: Final = _sql.rows("find_ceremony", Ceremony)
_TRY: Final = _sql.rows("try_ceremony", Ceremony)
_SET_BEARER: Final = _sql.command("set_bearer")
_USE: Final = _sql.rows("use_ceremony", Ceremony)
_DELETE: Final = _sql.command("delete_ceremonies")
_SWEEP: Final = _sql.command("sweep_ceremonies")


async def insert_ceremony(
    tx: Tx,
    *,
    ceremony_hash: bytes,
    kind: str,
    audience: str,
    bearer_id: UUID | None,
    secret: bytes,
    detail: Mapping[str, Any],
    at: datetime,
    expires_at: datetime,
) -> None:
    """Begin a ceremony."""
    params: dict[str, Any] = {
        "ceremony_hash": ceremony_hash,
        "kind": kind,
        "audience": audience,
        "bearer_id": bearer_id,
        "secret": secret,
        "detail": json.dumps(dict(detail)),
        "at": at,
        "expires_at": expires_at,
    }
    await tx.run(_INSERT, params)


async def find_ceremony(
    tx: ReadTx, *, ceremony_hash: bytes, kind: str, audience: str, at: datetime, at_most: int
) -> Ceremony | None:
    """Return a ceremony that is under way."""
    params: dict[str, Any] = {
        "ceremony_hash": ceremony_hash,
        "kind": kind,
        "audience": audience,
        "at": at,
        "at_most": at_most,
    }
    return await tx.maybe(_FIND, params)


async def try_ceremony(
    tx: Tx, *, ceremony_hash: bytes, kind: str, audience: str, at: datetime, at_most: int
) -> Ceremony | None:
    """Count an answer; return the ceremony that it is held against."""
    params: dict[str, Any] = {
        "ceremony_hash": ceremony_hash,
        "kind": kind,
        "audience": audience,
        "at": at,
        "at_most": at_most,
    }
    return await tx.maybe(_TRY, params)


async def set_bearer(tx: Tx, *, ceremony_hash: bytes, bearer_id: UUID, subject: str) -> int:
    """Note whose a ceremony is; return how many were nobody's or theirs (1 or 0)."""
    params: dict[str, Any] = {
        "ceremony_hash": ceremony_hash,
        "bearer_id": bearer_id,
        "subject": subject,
    }
    return await tx.run(_SET_BEARER, params)


async def use_ceremony(
    tx: Tx, *, ceremony_hash: bytes, kind: str, audience: str, at: datetime
) -> Ceremony | None:
    """End a ceremony by its right answer; return it."""
    params: dict[str, Any] = {
        "ceremony_hash": ceremony_hash,
        "kind": kind,
        "audience": audience,
        "at": at,
    }
    return await tx.maybe(_USE, params)


async def delete_ceremonies(tx: Tx, *, bearer_ids: Sequence[UUID]) -> int:
    """Erase what somebody has under way; return how many."""
    return await tx.run(_DELETE, {"bearer_ids": list(bearer_ids)})


async def sweep_ceremonies(tx: Tx, *, before: datetime) -> int:
    """Forget ceremonies that ran out; return how many."""
    return await tx.run(_SWEEP, {"before": before})

"""The statements about links."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from candor.domain.access.model.sign_in import Link
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load

_sql: Final = load(__file__)
_INSERT_LINK: Final = _sql.command("insert_link")
_FIND_LINK: Final = _sql.rows("find_link", Link)
_USE_LINK: Final = _sql.rows("use_link", Link)
_DELETE_LINKS: Final = _sql.command("delete_links")
_SWEEP_LINKS: Final = _sql.command("sweep_links")


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


async def delete_links(tx: Tx, *, bearer_ids: Sequence[UUID]) -> int:
    """Erase the sign-in links of a person; return how many."""
    return await tx.run(_DELETE_LINKS, {"bearer_ids": list(bearer_ids)})


async def sweep_links(tx: Tx, *, before: datetime) -> int:
    """Forget links that ran out long ago; return how many."""
    return await tx.run(_SWEEP_LINKS, {"before": before})

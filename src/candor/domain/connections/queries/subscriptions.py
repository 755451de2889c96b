"""The statements about browsers that take push messages."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from candor.domain.connections.queries.holding import SubscriptionRow
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load

_sql: Final = load(__file__)
_DROP_SAME: Final = _sql.command("drop_same")
_INSERT: Final = _sql.command("insert_subscription")
_OF: Final = _sql.rows("subscriptions_of", SubscriptionRow)
_DELETE: Final = _sql.command("delete_subscription")
_USE: Final = _sql.command("use_subscriptions")


async def drop_same(tx: Tx, *, connection_id: UUID, endpoint_index: bytes) -> int:
    """Delete a browser by its address, whosever it was; return how many."""
    return await tx.run(
        _DROP_SAME, {"connection_id": connection_id, "endpoint_index": endpoint_index}
    )


async def insert(tx: Tx, values: Mapping[str, Any]) -> None:
    """Keep a browser; `values`: its columns, and `at`."""
    await tx.run(_INSERT, dict(values))


async def of(
    tx: ReadTx, *, connection_id: UUID, profile_ids: Sequence[UUID]
) -> list[SubscriptionRow]:
    """Return the browsers of these profiles at a connection, the newest first."""
    return await tx.all(_OF, {"connection_id": connection_id, "profile_ids": list(profile_ids)})


async def delete(tx: Tx, *, profile_ids: Sequence[UUID], subscription_id: UUID) -> int:
    """Delete one browser of these profiles; return how many: 0 or 1."""
    return await tx.run(
        _DELETE, {"profile_ids": list(profile_ids), "subscription_id": subscription_id}
    )


async def use(
    tx: Tx, *, profile_ids: Sequence[UUID], subscription_ids: Sequence[UUID], at: datetime
) -> int:
    """Note that browsers took a message; return how many."""
    return await tx.run(
        _USE,
        {
            "profile_ids": list(profile_ids),
            "subscription_ids": list(subscription_ids),
            "at": at,
        },
    )

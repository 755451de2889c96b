"""The statements about browsers that take push messages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from candor.domain.connections.queries.holding import SubscriptionRow
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load


@dataclass(frozen=True, slots=True)
class BrowserRow:
    """A browser that takes messages, without its address."""

    subscription_id: UUID
    device: str
    added_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class CountRow:
    """How many people take messages, and in how many browsers."""

    people: int
    browsers: int


_sql: Final = load(__file__)
_DROP_SAME: Final = _sql.rows("drop_same", UUID)
_INSERT: Final = _sql.command("insert_subscription")
_OF: Final = _sql.rows("subscriptions_of", SubscriptionRow)
_BROWSERS: Final = _sql.rows("browsers_of", BrowserRow)
_HAVING: Final = _sql.rows("having", UUID)
_COUNT: Final = _sql.rows("count_browsers", CountRow)
_DELETE_ALL: Final = _sql.command("delete_all_subscriptions")
_DELETE: Final = _sql.command("delete_subscription")
_USE: Final = _sql.command("use_subscriptions")


async def drop_same(tx: Tx, *, connection_id: UUID, endpoint_index: bytes) -> list[UUID]:
    """Delete a browser by its address, whosever it was; return whose."""
    return await tx.values(
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


async def browsers_of(tx: ReadTx, *, profile_ids: Sequence[UUID]) -> list[BrowserRow]:
    """Return the browsers of these profiles at every connection, the newest first."""
    return await tx.all(_BROWSERS, {"profile_ids": list(profile_ids)})


async def having(tx: ReadTx, *, profile_ids: Sequence[UUID]) -> list[UUID]:
    """Return which of these profiles have a browser."""
    return await tx.values(_HAVING, {"profile_ids": list(profile_ids)})


async def count(tx: ReadTx, *, connection_id: UUID) -> CountRow:
    """Return how many people have how many browsers at a connection."""
    return await tx.one(_COUNT, {"connection_id": connection_id})


async def delete_all(tx: Tx, *, profile_ids: Sequence[UUID], but: UUID | None) -> int:
    """Delete the browsers of these profiles but one; return how many."""
    return await tx.run(_DELETE_ALL, {"profile_ids": list(profile_ids), "but": but})


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

"""The statements with which connections answer rights."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load


@dataclass(frozen=True, slots=True)
class LinkRow:
    """What another system holds about a profile, without how it calls the person."""

    profile_id: UUID
    code: str
    name: str
    purposes: int
    told_at: datetime | None
    heard_at: datetime | None
    removed_at: datetime | None


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """What was sent to another system about a profile."""

    profile_id: UUID
    delivery_id: UUID
    code: str
    cause: str
    state: str
    act: str | None
    fields: list[str] | None
    changed_at: datetime
    sent_at: datetime | None
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class SubscriptionRow:
    """A browser that takes messages."""

    profile_id: UUID
    subscription_id: UUID
    sealed: bytes = field(repr=False)
    device: str
    added_at: datetime
    used_at: datetime | None


_sql: Final = load(__file__)
_LINKS: Final = _sql.rows("given_links", LinkRow)
_DELIVERIES: Final = _sql.rows("given_deliveries", DeliveryRow)
_SUBSCRIPTIONS: Final = _sql.rows("given_subscriptions", SubscriptionRow)
_ERASE_DELIVERIES: Final = _sql.command("erase_deliveries")
_ERASE_LINKS: Final = _sql.command("erase_links")
_ERASE_SUBSCRIPTIONS: Final = _sql.command("erase_subscriptions")


async def links(tx: ReadTx, *, profile_ids: Sequence[UUID]) -> list[LinkRow]:
    """Return what other systems hold about these profiles."""
    return await tx.all(_LINKS, {"profile_ids": list(profile_ids)})


async def deliveries(tx: ReadTx, *, profile_ids: Sequence[UUID]) -> list[DeliveryRow]:
    """Return what was sent to other systems about these profiles, oldest first."""
    return await tx.all(_DELIVERIES, {"profile_ids": list(profile_ids)})


async def subscriptions(tx: ReadTx, *, profile_ids: Sequence[UUID]) -> list[SubscriptionRow]:
    """Return the browsers of these profiles that take messages, sealed."""
    return await tx.all(_SUBSCRIPTIONS, {"profile_ids": list(profile_ids)})


async def erase_deliveries(tx: Tx, *, profile_ids: Sequence[UUID]) -> int:
    """Delete deliveries about these profiles but those still to be made; return how many."""
    return await tx.run(_ERASE_DELIVERIES, {"profile_ids": list(profile_ids)})


async def erase_links(tx: Tx, *, profile_ids: Sequence[UUID]) -> int:
    """Delete what is known of records that are gone at other systems; return how many."""
    return await tx.run(_ERASE_LINKS, {"profile_ids": list(profile_ids)})


async def erase_subscriptions(tx: Tx, *, profile_ids: Sequence[UUID]) -> int:
    """Delete the browsers of these profiles; return how many."""
    return await tx.run(_ERASE_SUBSCRIPTIONS, {"profile_ids": list(profile_ids)})

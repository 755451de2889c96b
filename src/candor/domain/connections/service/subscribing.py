"""Browsers that take push messages: added and removed by the person whose they are.

A browser's address and keys are sealed with the key of its person, and found again by a keyed hash
of the address: one browser is one person's, whoever said so last. The address must be one that may
be called: whoever adds a browser must not make us call the inside of our own network.

A browser is a contact point: whoever has one is reached by the channel of push messages, besides
what the catalogue declares as its contact. That is noted, and taken away, in the same transaction;
of a browser that a sweep removed, when a worker next goes through everybody.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.domain.connections.adapters.push import encrypting, endpoints, vapid
from candor.domain.connections.adapters.push.transport import KEY
from candor.domain.connections.errors import BadMessage, NoSuchBrowser, NoSuchConnection
from candor.domain.connections.model.connection import Connection, State
from candor.domain.connections.queries import subscriptions as stored
from candor.domain.connections.queries.holding import SubscriptionRow
from candor.domain.connections.queries.subscriptions import BrowserRow, CountRow
from candor.domain.connections.service import connecting
from candor.domain.connections.service.exchange import Exchange
from candor.domain.connections.service.giving import SUBSCRIPTION
from candor.domain.profiles.service import points
from candor.domain.vault.errors import NoKey
from candor.domain.vault.service import SealedField
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.http import OutboundRefused
from candor.kernel.ids import ProfileId, new_id
from candor.kernel.pii import Pii

CHANNEL: Final = "push"  # by which messages to browsers go
_ADAPTER: Final = "push"
_MOST: Final = 20  # browsers of one person; the oldest goes


@dataclass(frozen=True, slots=True)
class Browser:
    """One browser, as its person may see it."""

    subscription_id: UUID
    device: str  # kind of browser and system
    added_at: datetime
    used_at: datetime | None


async def offered(tx: ReadTx) -> Connection | None:
    """Return the connection by which push messages go; None: there is no active one."""
    every = await connecting.every(tx)
    return next(
        (one for one in every if one.adapter == _ADAPTER and one.state is State.ACTIVE), None
    )


def public_key(connection: Connection, exchange: Exchange) -> str:
    """Return the key that browsers are bound to (`applicationServerKey`), base64url."""
    secrets = exchange.lock(connection).open_secrets(connection.secrets)
    return vapid.public_of(vapid.key_of(secrets.get(KEY, "")))


async def add(
    tx: Tx,
    profile_id: ProfileId,
    given: Pii[str],
    *,
    device: str = "",
    actor: Actor,
    exchange: Exchange,
) -> UUID:
    """Keep a browser of a person, as `PushSubscription.toJSON` describes it; audited.

    Raises:
        NoSuchConnection: push messages are not offered.
        BadMessage: it is no subscription, or at an address that may not be called.
        NoKey: the person was erased.
    """
    connection = await _needed(tx)
    read = encrypting.read(given.reveal())
    try:
        endpoints.check(exchange.outbound, connection.settings, read.endpoint)
    except OutboundRefused:
        raise BadMessage from None
    key = (await exchange.vault.keys(tx, [profile_id])).get(profile_id)
    if key is None:
        raise NoKey
    subscription_id = new_id()
    index = exchange.lock(connection).endpoint_index(read.endpoint)
    before = await stored.drop_same(
        tx, connection_id=connection.connection_id, endpoint_index=index
    )
    known = await stored.of(
        tx, connection_id=connection.connection_id, profile_ids=[profile_id]
    )
    for old in known[_MOST - 1 :]:
        await stored.delete(tx, profile_ids=[profile_id], subscription_id=old.subscription_id)
    await stored.insert(
        tx,
        {
            "profile_id": profile_id,
            "subscription_id": subscription_id,
            "connection_id": connection.connection_id,
            "endpoint_index": index,
            "sealed": key.seal(
                SUBSCRIPTION.prefix(), encrypting.kept(given.reveal()), subscription_id.bytes
            ),
            "device": device,
            "at": exchange.clock.now(),
        },
    )
    await audit.record(
        tx,
        actor=actor,
        action="connections.browser_added",
        clock=exchange.clock,
        subjects=[key.pseudonym],
        detail={"connection": connection.code},
    )
    await _renew(tx, [profile_id, *map(ProfileId, before)], exchange)
    return subscription_id


async def reached(
    tx: ReadTx, profile_ids: Sequence[ProfileId]
) -> Mapping[ProfileId, frozenset[str]]:
    """Return which of these profiles are reached through a browser, and by which channels."""
    found = await stored.having(tx, profile_ids=profile_ids)
    return dict.fromkeys(map(ProfileId, found), frozenset({CHANNEL}))


async def of_person(tx: ReadTx, members: Sequence[ProfileId]) -> list[Browser]:
    """Return the browsers of a person, the newest first; also while nothing is sent to them."""
    rows = await stored.browsers_of(tx, profile_ids=members)
    return [_browser(row) for row in rows]


async def count(tx: ReadTx, connection_id: UUID) -> CountRow:
    """Return how many people take messages by a connection, and in how many browsers."""
    return await stored.count(tx, connection_id=connection_id)


async def remove(
    tx: Tx,
    members: Sequence[ProfileId],
    subscription_id: UUID,
    *,
    actor: Actor,
    exchange: Exchange,
) -> None:
    """Forget a browser of a person; audited.

    Raises:
        NoSuchBrowser: none of theirs is called so.
    """
    if not await stored.delete(tx, profile_ids=members, subscription_id=subscription_id):
        raise NoSuchBrowser
    await _renew(tx, members, exchange)
    await audit.record(
        tx,
        actor=actor,
        action="connections.browser_removed",
        clock=exchange.clock,
        subjects=await exchange.vault.pseudonyms(tx, members),
    )


async def remove_all(
    tx: Tx,
    members: Sequence[ProfileId],
    *,
    but: UUID | None = None,
    actor: Actor,
    exchange: Exchange,
) -> int:
    """Forget every browser of a person but one; return how many; audited when there was one."""
    removed = await stored.delete_all(tx, profile_ids=members, but=but)
    if removed:
        await _renew(tx, members, exchange)
        await audit.record(
            tx,
            actor=actor,
            action="connections.browser_removed",
            clock=exchange.clock,
            subjects=await exchange.vault.pseudonyms(tx, members),
            detail={"count": removed},
        )
    return removed


async def open_of(
    tx: Tx,
    members: Sequence[ProfileId],
    connection: Connection,
    *,
    purpose: str,
    actor: Actor,
    exchange: Exchange,
) -> list[tuple[Browser, Pii[str]]]:
    """Open the browsers of a person for a purpose, to send to them; decided on and audited.

    Raises:
        NotAllowed: the purpose is refused.
        NoKey: the person was erased.
    """
    rows = await stored.of(tx, connection_id=connection.connection_id, profile_ids=members)
    opened = await exchange.vault.open(
        tx, [_sealed(row) for row in rows], purpose=purpose, actor=actor
    )
    return [(_browser(row), one.map(_text)) for row, one in zip(rows, opened, strict=True)]


async def settle(
    tx: Tx,
    members: Sequence[ProfileId],
    *,
    taken: Sequence[UUID],
    gone: Sequence[UUID],
    exchange: Exchange,
) -> None:
    """Note which browsers took a message, and forget those that are gone (404, 410)."""
    if taken:
        await stored.use(
            tx, profile_ids=members, subscription_ids=taken, at=exchange.clock.now()
        )
    for one in gone:
        await stored.delete(tx, profile_ids=members, subscription_id=one)
    if gone:
        await _renew(tx, members, exchange)


async def _renew(tx: Tx, members: Sequence[ProfileId], exchange: Exchange) -> None:
    rules = await exchange.rulebook.rules(tx)
    await points.renew(tx, members, policy=rules.policy, also=reached)


async def _needed(tx: ReadTx) -> Connection:
    connection = await offered(tx)
    if connection is None:
        raise NoSuchConnection
    return connection


def _browser(row: SubscriptionRow | BrowserRow) -> Browser:
    return Browser(row.subscription_id, row.device, row.added_at, row.used_at)


def _sealed(row: SubscriptionRow) -> SealedField:
    return SealedField(
        "browser",
        ProfileId(row.profile_id),
        SUBSCRIPTION,
        row.sealed,
        row.subscription_id.bytes,
    )


def _text(plain: bytes) -> str:
    return plain.decode()

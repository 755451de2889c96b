"""Giving a person what other systems were told about them (GDPR Art. 15(1)(c))."""

from collections.abc import AsyncIterator, Sequence
from typing import Final

import msgspec

from candor.domain.catalogue import service as catalogue
from candor.domain.connections.queries import files, holding
from candor.domain.connections.queries.holding import DeliveryRow, SubscriptionRow
from candor.domain.vault.model import Place
from candor.infra.db.pool import ReadTx
from candor.infra.holder import (
    Batch,
    Column,
    Exported,
    Kind,
    Opener,
    Origin,
    Row,
    Section,
    instant,
)
from candor.infra.web.reading import message
from candor.kernel.ids import ProfileId

SUBSCRIPTION: Final = Place("connections.subscription", "sealed")
_WHERE: Final = Column("connection", Kind.CODE)
_NAME: Final = Column("name", Kind.WORDS, message("Where"))
EXPORTED: Final = (
    Exported(
        "connections.link",
        Section.ACTIVITY,
        Origin.OURS,
        message("Systems that hold something about you"),
        (
            Column("profile_id"),
            _WHERE,
            _NAME,
            Column("purposes", Kind.PURPOSES, message("What for")),
            Column("told_at", Kind.INSTANT, message("Last told")),
            Column("heard_at", Kind.INSTANT),
            Column("removed_at", Kind.INSTANT, message("Removed there")),
        ),
    ),
    Exported(
        "connections.delivery",
        Section.ACTIVITY,
        Origin.OURS,
        message("What was sent to other systems"),
        (
            Column("delivery_id"),
            Column("profile_id"),
            _WHERE,
            Column("cause", Kind.CODE),
            Column("act", Kind.CODE),
            Column("state", Kind.CODE),
            Column("fields", Kind.CODES),
            Column("changed_at", Kind.INSTANT, message("Changed")),
            Column("sent_at", Kind.INSTANT, message("Sent")),
            Column("settled_at", Kind.INSTANT, message("Confirmed there")),
        ),
    ),
    Exported(
        "connections.file_person",
        Section.ACTIVITY,
        Origin.OURS,
        message("Files about you that were handed over"),
        (
            Column("file_id"),
            Column("profile_id"),
            _WHERE,
            _NAME,
            Column("purposes", Kind.PURPOSES, message("What for")),
            Column("put_at", Kind.INSTANT, message("Handed over")),
            Column("expires_at", Kind.INSTANT),
            Column("gone_at", Kind.INSTANT, message("Taken away")),
        ),
    ),
    Exported(
        "connections.subscription",
        Section.MESSAGES,
        Origin.PROVIDED,
        message("Browsers that take messages from us"),
        (
            Column("subscription_id"),
            Column("profile_id"),
            Column("browser", Kind.VALUE, message("Browser"), holds=("sealed",)),
            Column("device", Kind.WORDS, message("Kind of browser")),
            Column("added_at", Kind.INSTANT, message("Since")),
            Column("used_at", Kind.INSTANT, message("Last used")),
        ),
    ),
)


async def give(
    tx: ReadTx, members: Sequence[ProfileId], opener: Opener
) -> AsyncIterator[Batch]:
    """Give links, deliveries and browsers, as in `EXPORTED`."""
    in_force = await catalogue.current(tx)
    links = await holding.links(tx, profile_ids=members)
    yield Batch(
        "connections.link",
        [
            {
                "profile_id": str(row.profile_id),
                "connection": row.code,
                "name": row.name,
                "purposes": in_force.codes_of(row.purposes),
                "told_at": instant(row.told_at),
                "heard_at": instant(row.heard_at),
                "removed_at": instant(row.removed_at),
            }
            for row in links
        ],
    )
    sent = await holding.deliveries(tx, profile_ids=members)
    yield Batch("connections.delivery", [_delivery(row) for row in sent])
    handed = await files.given(tx, members)
    yield Batch(
        "connections.file_person",
        [
            {
                "file_id": str(row.file_id),
                "profile_id": str(row.profile_id),
                "connection": row.code,
                "name": row.name,
                "purposes": in_force.codes_of(row.purposes),
                "put_at": instant(row.put_at),
                "expires_at": instant(row.expires_at),
                "gone_at": instant(row.gone_at),
            }
            for row in handed
        ],
    )
    browsers = await holding.subscriptions(tx, profile_ids=members)
    yield Batch("connections.subscription", [_subscription(row, opener) for row in browsers])


def _delivery(row: DeliveryRow) -> Row:
    return {
        "delivery_id": str(row.delivery_id),
        "profile_id": str(row.profile_id),
        "connection": row.code,
        "cause": row.cause,
        "act": row.act,
        "state": row.state,
        "fields": row.fields,
        "changed_at": instant(row.changed_at),
        "sent_at": instant(row.sent_at),
        "settled_at": instant(row.settled_at),
    }


def _subscription(row: SubscriptionRow, opener: Opener) -> Row:
    opened = opener(
        SUBSCRIPTION.table,
        SUBSCRIPTION.column,
        ProfileId(row.profile_id),
        row.sealed,
        row.subscription_id.bytes,
    )
    return {
        "subscription_id": str(row.subscription_id),
        "profile_id": str(row.profile_id),
        "browser": opened.map(msgspec.json.decode),
        "device": row.device,
        "added_at": instant(row.added_at),
        "used_at": instant(row.used_at),
    }

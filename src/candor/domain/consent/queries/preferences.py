"""The statements of preferences: wishes, their fold, contact points, messages that left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from candor.domain.consent.model.preference import ChannelSignal, Reach, WishRow
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load
from candor.kernel.ids import ProfileId


@dataclass(frozen=True, slots=True)
class LastContact:
    """The last message about a topic through a channel."""

    profile_id: UUID
    channel_id: int
    topic_id: int
    last_at: datetime


_sql: Final = load(__file__)
_INSERT_WISHES: Final = _sql.command("insert_wishes")
_WISHES: Final = _sql.rows("wishes", WishRow)
_STANDING: Final = _sql.rows("standing_wishes", WishRow)
_CHANNEL_SIGNALS: Final = _sql.rows("channel_signals", ChannelSignal)
_WITH_GPC: Final = _sql.rows("with_gpc", UUID)
_DROP_REACH: Final = _sql.command("drop_reach")
_INSERT_REACH: Final = _sql.command("insert_reach")
_SET_PREFERENCES: Final = _sql.command("set_preferences")
_END_PAUSES: Final = _sql.rows("end_pauses", UUID)
_REACH: Final = _sql.rows("reach", Reach)
_LAST_CONTACTS: Final = _sql.rows("last_contacts", LastContact)
_PUT_CONTACTS: Final = _sql.command("put_contacts")
_SET_OWN_POINTS: Final = _sql.rows("set_own_points", UUID)
_ADD_OWN_POINTS: Final = _sql.rows("add_own_points", UUID)
_FOLD_POINTS: Final = _sql.command("fold_points")
_AUDIENCE: Final = _sql.rows("audience", int)


async def insert_wishes(tx: Tx, columns: Mapping[str, Any]) -> None:
    """Append preferences, given as one list per column."""
    await tx.run(_INSERT_WISHES, columns)


async def wishes(tx: ReadTx, *, profile_ids: Sequence[UUID]) -> list[WishRow]:
    """Return every preference that counts for these profiles, oldest first."""
    return await tx.all(_WISHES, {"profile_ids": list(profile_ids)})


async def standing_wishes(tx: ReadTx, *, profile_ids: Sequence[UUID]) -> list[WishRow]:
    """Return all preferences that can count for these profiles, whoever belongs together."""
    return await tx.all(_STANDING, {"profile_ids": list(profile_ids)})


async def channel_signals(tx: ReadTx, *, profile_ids: Sequence[UUID]) -> list[ChannelSignal]:
    """Return the last signal of each kind about each channel, per profile."""
    return await tx.all(_CHANNEL_SIGNALS, {"profile_ids": list(profile_ids)})


async def with_gpc(tx: ReadTx, *, profile_ids: Sequence[UUID]) -> list[UUID]:
    """Return those of these profiles that sent a Global Privacy Control signal."""
    return await tx.values(_WITH_GPC, {"profile_ids": list(profile_ids)})


async def replace_reach(tx: Tx, *, profile_ids: Sequence[UUID], rows: Sequence[Reach]) -> None:
    """Write the folds of these profiles' channels anew."""
    await tx.run(_DROP_REACH, {"profile_ids": list(profile_ids)})
    if rows:
        await tx.run(
            _INSERT_REACH,
            {
                "profile_ids": [row.profile_id for row in rows],
                "channel_ids": [row.channel_id for row in rows],
                "topics": [row.topics for row in rows],
                "daily": [row.daily for row in rows],
                "weekly": [row.weekly for row in rows],
                "monthly": [row.monthly for row in rows],
                "blocked": [row.blocked for row in rows],
            },
        )


async def end_pauses(tx: Tx, *, now: datetime, at_most: int) -> list[UUID]:
    """End some pauses whose time has come; return whose."""
    return await tx.values(_END_PAUSES, {"now": now, "at_most": at_most})


async def set_preferences(tx: Tx, columns: Mapping[str, Any]) -> None:
    """Keep fresh folds of pauses, quiet hours and standing signals, one list per column."""
    await tx.run(_SET_PREFERENCES, columns)


async def reach(tx: ReadTx, *, profile_ids: Sequence[UUID]) -> list[Reach]:
    """Return what is folded of these profiles' channels."""
    return await tx.all(_REACH, {"profile_ids": list(profile_ids)})


async def last_contacts(tx: ReadTx, *, profile_ids: Sequence[UUID]) -> list[LastContact]:
    """Return the last message to the person behind each of these profiles."""
    return await tx.all(_LAST_CONTACTS, {"profile_ids": list(profile_ids)})


async def put_contacts(tx: Tx, *, rows: Sequence[LastContact]) -> None:
    """Remember that messages left."""
    await tx.run(
        _PUT_CONTACTS,
        {
            "profile_ids": [row.profile_id for row in rows],
            "channel_ids": [row.channel_id for row in rows],
            "topic_ids": [row.topic_id for row in rows],
            "last_at": [row.last_at for row in rows],
        },
    )


async def add_own_points(tx: Tx, *, points: Mapping[ProfileId, int]) -> list[UUID]:
    """Add channels for which profiles have a contact point now; return whose changed."""
    params = {"profile_ids": list(points), "points": list(points.values())}
    return await tx.values(_ADD_OWN_POINTS, params)


async def set_own_points(tx: Tx, *, points: Mapping[ProfileId, int]) -> list[UUID]:
    """Set for which channels profiles have a contact point; return whose changed."""
    params = {"profile_ids": list(points), "points": list(points.values())}
    return await tx.values(_SET_OWN_POINTS, params)


async def fold_points(tx: Tx, *, profile_ids: Sequence[UUID]) -> None:
    """Give all profiles of these people the contact points of all of them."""
    await tx.run(_FOLD_POINTS, {"profile_ids": list(profile_ids)})


async def audience(tx: ReadTx, params: Mapping[str, Any]) -> int:
    """Return the number of people to whom a message about a topic may leave."""
    return await tx.value(_AUDIENCE, params, prepare=False) or 0

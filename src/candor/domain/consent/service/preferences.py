"""Saying how one wants to be written to, and what stands.

Preferences narrow or widen what a yes to a purpose opens; they never replace the yes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.domain.catalogue.model import Frequency
from candor.domain.consent.model.policy import Policy
from candor.domain.consent.model.preference import (
    LONG_AGO,
    Block,
    Pause,
    Quiet,
    TopicWish,
    Wish,
    WishRow,
)
from candor.domain.consent.queries import choices as stored
from candor.domain.consent.queries import preferences as preferred
from candor.domain.consent.queries.preferences import LastContact
from candor.domain.consent.service.folding import GPC, fold_reach, lock
from candor.domain.feed import service as feed
from candor.domain.feed.model import Changed
from candor.domain.vault.service import Vault
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.clock import Clock
from candor.kernel.ids import ProfileId


@dataclass(frozen=True, slots=True)
class Said:
    """A preference on its way in: who said what, when, where."""

    wish_id: UUID
    via: ProfileId
    wish: Wish
    decided_at: datetime
    surface: str
    source_id: int | None = None
    locale: str | None = None
    evidence: str = "{}"


@dataclass(frozen=True, slots=True)
class Preferences:
    """How a person wants to be written to, as the gate sees it.

    `frequencies` by topic and channel code, for every declared pair that is offered; `blocked` by
    channel code; `reachable` are the channels with a verified contact point or in need of none.
    """

    frequencies: Mapping[tuple[str, str], Frequency]
    blocked: Mapping[str, Block]
    reachable: frozenset[str]
    paused_until: datetime | None
    quiet_hours: int
    zone: str
    has_own_zone: bool
    sends_gpc: bool


async def prefer(
    tx: Tx,
    said: Sequence[Said],
    *,
    actor: Actor,
    vault: Vault,
    policy: Policy,
    clock: Clock,
) -> frozenset[ProfileId]:
    """Append preferences and fold the people that they are about; return all profiles touched.

    Locks the people's states; writes an audit entry per kind of preference, and the change feed.
    One that stands already is left as it is, so a retry is harmless; one that is older than
    another about the same changes nothing but the history. Who is unknown is left out.
    """
    if not said:
        return frozenset()
    locked = await lock(tx, [one.via for one in said])
    by_head: dict[UUID, list[UUID]] = {}
    head_of = {state.profile_id: state.head_id for state in locked}
    for state in locked:
        by_head.setdefault(state.head_id, []).append(state.profile_id)
    rows = [
        (member, one)
        for one in said
        if one.via in head_of
        for member in by_head[head_of[one.via]]
    ]
    await preferred.insert_wishes(tx, _columns(rows, clock.now()))
    await fold_reach(tx, locked, policy)
    await _write_down(tx, [s for s in said if s.via in head_of], actor, vault, clock)
    touched = frozenset(ProfileId(state.profile_id) for state in locked)
    await feed.publish(tx, Changed.CONSENT, touched, clock)
    return touched


async def end_pauses(tx: Tx, *, clock: Clock, at_most: int = 1_000) -> int:
    """End pauses whose time has come, so that others hear of it; return how many profiles.

    Messages may come from that instant on anyway. Writes the change feed.
    """
    over = [
        ProfileId(one)
        for one in await preferred.end_pauses(tx, now=clock.now(), at_most=at_most)
    ]
    if over:
        await feed.publish(tx, Changed.CONSENT, over, clock)
    return len(over)


async def standing(tx: ReadTx, profile_id: ProfileId, *, policy: Policy) -> Preferences | None:
    """Return how a person wants to be written to; None for a profile that was never seen."""
    state = next(iter(await stored.states(tx, profile_ids=[profile_id])), None)
    if state is None:
        return None
    known = {row.channel_id: row for row in await preferred.reach(tx, profile_ids=[profile_id])}
    frequencies: dict[tuple[str, str], Frequency] = {}
    blocked: dict[str, Block] = {}
    for code, channel in policy.channels.items():
        row = known.get(channel.bit)
        masks = row.masks if row else channel.silence
        if row and row.blocked:
            blocked[code] = Block(row.blocked)
        for topic_code, topic in policy.topics.items():
            if channel.bit in topic.offered:
                frequencies[topic_code, code] = masks.frequency(topic.bit)
    return Preferences(
        frequencies=frequencies,
        blocked=blocked,
        reachable=frozenset(
            code
            for code, channel in policy.channels.items()
            if state.points & channel.point == channel.point
        ),
        paused_until=None if state.paused_until <= LONG_AGO else state.paused_until,
        quiet_hours=state.quiet_hours,
        zone=state.zone or policy.zone,
        has_own_zone=state.zone is not None,
        sends_gpc=bool(state.heard & GPC),
    )


async def wishes(tx: ReadTx, profile_ids: Sequence[ProfileId]) -> list[WishRow]:
    """Return every preference that counts for these profiles, oldest first."""
    return await preferred.wishes(tx, profile_ids=profile_ids)


async def contacted(
    tx: Tx,
    profile_ids: Sequence[ProfileId],
    channel: str,
    topic: str,
    *,
    at: datetime,
    policy: Policy,
) -> None:
    """Remember that a message about a topic left to each of these; it counts for frequencies.

    An undeclared channel or topic, or a profile that nobody knows, is left out: nothing could be
    sent to it either. Harmless to repeat.
    """
    where, what = policy.channels.get(channel), policy.topics.get(topic)
    if where is None or what is None:
        return
    known = await stored.states(tx, profile_ids=profile_ids)
    rows = [LastContact(state.profile_id, where.bit, what.bit, at) for state in known]
    await preferred.put_contacts(tx, rows=rows)


async def add_points(tx: Tx, points: Mapping[ProfileId, int]) -> None:
    """Note channels for which profiles have a verified contact point now; locks the people."""
    wanted = {profile_id: mask for profile_id, mask in points.items() if mask}
    if not wanted:
        return
    await lock(tx, wanted)
    changed = await preferred.add_own_points(tx, points={**wanted})
    if changed:
        await preferred.fold_points(tx, profile_ids=changed)


async def set_points(tx: Tx, points: Mapping[ProfileId, int]) -> int:
    """Set for which channels profiles have a contact point; return how many changed. Locks them."""
    if not points:
        return 0
    await lock(tx, points)
    changed = await preferred.set_own_points(tx, points={**points})
    if changed:
        await preferred.fold_points(tx, profile_ids=changed)
    return len(changed)


def _columns(rows: Sequence[tuple[UUID, Said]], at: datetime) -> Mapping[str, Any]:
    topics = [s.wish if isinstance(s.wish, TopicWish) else None for _, s in rows]
    pauses = [s.wish if isinstance(s.wish, Pause) else None for _, s in rows]
    quiets = [s.wish if isinstance(s.wish, Quiet) else None for _, s in rows]
    return {
        "at": at,
        "profile_ids": [member for member, _ in rows],
        "wish_ids": [s.wish_id for _, s in rows],
        "via_profile_ids": [s.via for _, s in rows],
        "kinds": [_kind(s.wish) for _, s in rows],
        "topic_ids": [t.topic_id if t else None for t in topics],
        "channel_ids": [t.channel_id if t else None for t in topics],
        "frequencies": [t.frequency.value if t else None for t in topics],
        "untils": [p.until if p else None for p in pauses],
        "hours": [q.hours if q else None for q in quiets],
        "zones": [q.zone if q else None for q in quiets],
        "decided_at": [s.decided_at for _, s in rows],
        "surfaces": [s.surface for _, s in rows],
        "source_ids": [s.source_id for _, s in rows],
        "locales": [s.locale for _, s in rows],
        "evidence": [s.evidence for _, s in rows],
    }


def _kind(wish: Wish) -> str:
    match wish:
        case TopicWish():
            return "topic"
        case Pause():
            return "pause"
        case Quiet():
            return "quiet"


async def _write_down(
    tx: Tx, said: Sequence[Said], actor: Actor, vault: Vault, clock: Clock
) -> None:
    """Write an audit entry about each preference, in one statement per kind."""
    keys = await vault.keys(tx, {one.via for one in said})
    alike: dict[str, list[bytes]] = {}
    for one in said:
        if one.via in keys:
            alike.setdefault(_kind(one.wish), []).append(keys[one.via].pseudonym)
    for kind, subjects in alike.items():
        await audit.record(
            tx,
            actor=actor,
            action="consent.preferred",
            clock=clock,
            subjects=subjects,
            detail={"kind": kind},
        )

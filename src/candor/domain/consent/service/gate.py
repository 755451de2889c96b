"""Asking the gate: what may be done with a profile now, with which, and why."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from candor.domain.audit.model import Actor, ActorKind
from candor.domain.consent.model.choice import Choice, Record, fold, latest
from candor.domain.consent.model.decision import (
    Ask,
    Decision,
    Explained,
    Facts,
    Reason,
    decide,
    decide_message,
    explain,
)
from candor.domain.consent.model.policy import Policy, hours_everywhere
from candor.domain.consent.model.preference import Reach, WishRow
from candor.domain.consent.model.state import Standing, State
from candor.domain.consent.queries import choices as stored
from candor.domain.consent.queries import preferences as preferred
from candor.domain.consent.service.folding import minor_until, regime_of
from candor.domain.vault.service import Verdict
from candor.infra.db.pool import ReadTx
from candor.kernel.ids import ProfileId

# A person reading their own profile (GDPR Art. 15): no purpose of ours.
OWN_DATA: Final = "own_data"
# What opens an address to send its owner the way to their own page, and nothing else.
DOORKEEPER: Final = Actor.machine("doorkeeper")
# What carries out the rights of people, for them: it may read what they may.
RIGHTS: Final = Actor.machine("rights")


async def states(tx: ReadTx, profile_ids: Iterable[UUID]) -> dict[ProfileId, State]:
    """Return the states of these profiles; one that was never seen is missing."""
    found = await stored.states(tx, profile_ids=list(profile_ids))
    return {ProfileId(state.profile_id): state for state in found}


async def members(tx: ReadTx, profile_id: ProfileId) -> list[ProfileId]:
    """Return all profiles of the person that a profile is part of; empty when it is unknown."""
    return [ProfileId(member) for member in await stored.members(tx, profile_id=profile_id)]


async def history(tx: ReadTx, profile_ids: Sequence[ProfileId]) -> list[Record]:
    """Return every choice that counts for these profiles, oldest first."""
    return await stored.records(tx, profile_ids=profile_ids)


async def explained(
    tx: ReadTx, profile_id: ProfileId, *, policy: Policy, now: datetime
) -> dict[str, Decision]:
    """Return the decision for every declared purpose, with the records that it rests on."""
    member_ids = await members(tx, profile_id)
    records = await stored.counting_records(tx, profile_ids=member_ids)
    state = (await states(tx, [profile_id])).get(profile_id)
    found: dict[str, Decision] = {}
    for purpose, bit in policy.bits.items():
        if bit in policy.declared:
            plain = decide(state, policy, purpose, now)
            found[purpose] = explain(
                plain, records, purpose, frozenset(member_ids), state, policy, now
            )
    return found


async def decisions(
    tx: ReadTx, asks: Sequence[Ask], *, policy: Policy, now: datetime
) -> list[Decision]:
    """Decide about each, in the order of the asks; at most three queries for all of them."""
    ids = {ask.profile_id for ask in asks}
    known = await states(tx, ids)
    about_messages = {ask.profile_id for ask in asks if ask.channel is not None}
    reach, last = await _messages(tx, about_messages)
    return [
        decide_message(_facts(ask, known, reach, last, policy), policy, ask, now)
        for ask in asks
    ]


async def explained_ask(tx: ReadTx, ask: Ask, *, policy: Policy, now: datetime) -> Explained:
    """Return one decision with all that it rests on: records, preferences, signals."""
    member_ids = await members(tx, ask.profile_id)
    known = await states(tx, [ask.profile_id])
    reach, last = await _messages(tx, {ask.profile_id} if ask.channel else set())
    facts = _facts(ask, known, reach, last, policy)
    plain = decide_message(facts, policy, ask, now)
    records = await stored.counting_records(tx, profile_ids=member_ids)
    decision = explain(
        plain, records, ask.purpose, frozenset(member_ids), facts.state, policy, now
    )
    channel = policy.channels.get(ask.channel or "")
    topic = policy.topics.get(ask.topic or "")
    if channel is None:
        return Explained(decision)
    return Explained(
        decision,
        wishes=_newest(
            wish
            for wish in await preferred.wishes(tx, profile_ids=member_ids)
            if wish.kind != "topic"
            or (wish.channel_id == channel.bit and topic and wish.topic_id == topic.bit)
        ),
        signals=tuple(
            signal
            for signal in await preferred.channel_signals(tx, profile_ids=member_ids)
            if signal.channel_id == channel.bit
        ),
        last_at=facts.last_at,
    )


def _newest(wishes: Iterable[WishRow]) -> tuple[WishRow, ...]:
    """Return each profile's newest wish of each kind; all that were said at that moment."""
    newest: dict[tuple[UUID, str], list[WishRow]] = {}
    for wish in wishes:
        known = newest.setdefault((wish.profile_id, wish.kind), [])
        if known and known[0].decided_at < wish.decided_at:
            known.clear()
        if not known or known[0].decided_at == wish.decided_at:
            known.append(wish)
    return tuple(wish for known in newest.values() for wish in known)


async def ask_again_at(
    tx: ReadTx, profile_id: ProfileId, *, policy: Policy, now: datetime
) -> dict[str, datetime]:
    """Return, for each purpose with a standing no, from when the person may be asked again.

    A purpose that is missing may be asked now: nobody said no, or long enough ago.
    """
    member_ids = await members(tx, profile_id)
    codes = {bit: code for code, bit in policy.bits.items() if bit in policy.declared}
    by_profile: dict[tuple[UUID, int], list[Record]] = {}
    for record in await stored.counting_records(tx, profile_ids=member_ids):
        by_profile.setdefault((record.profile_id, record.purpose_id), []).append(record)
    found: dict[str, datetime] = {}
    for (_, bit), own in by_profile.items():
        counted = latest(own, frozenset(member_ids))
        days = policy.ask_again_days.get(bit)
        if counted is None or counted.choice == Choice.GRANTED or bit not in codes or not days:
            continue
        again = counted.decided_at + timedelta(days=days)
        if again > now:
            found[codes[bit]] = max(again, found.get(codes[bit], again))
    return found


async def audience(
    tx: ReadTx,
    purpose: str,
    *,
    policy: Policy,
    now: datetime,
    channel: str | None = None,
    topic: str | None = None,
) -> int:
    """Return how many people a purpose, or a message about a topic of it, may reach now.

    What is undeclared reaches nobody; a message without a topic is transactional, and has no
    audience.
    """
    bit = policy.bits.get(purpose)
    if bit is None or bit not in policy.declared:
        return 0
    if channel is None and topic is None:
        return await stored.audience(
            tx, bit=1 << bit, consent_mask=policy.consent_mask, now=now
        )
    where, what = policy.channels.get(channel or ""), policy.topics.get(topic or "")
    if where is None or what is None or what.purpose != purpose:
        return 0
    return await preferred.audience(
        tx,
        {
            "now": now,
            "consent_mask": policy.consent_mask,
            "purpose_bit": 1 << bit,
            "channel_id": where.bit,
            "point": where.point,
            "topic_id": what.bit,
            "topic_bit": 1 << what.bit,
            "topics": where.silence.topics,
            "daily": where.silence.daily,
            "weekly": where.silence.weekly,
            "monthly": where.silence.monthly,
            "loud_hours": policy.loud_hours if where.is_loud else 0,
            "hours": json.dumps(dict(hours_everywhere(now))),
            "zone": policy.zone,
        },
    )


async def _messages(
    tx: ReadTx, profile_ids: Collection[ProfileId]
) -> tuple[dict[tuple[UUID, int], Reach], dict[tuple[UUID, int, int], datetime]]:
    """Return reach by profile and channel, last messages by profile, channel and topic."""
    if not profile_ids:
        return {}, {}
    ids = list(profile_ids)
    reach = {
        (r.profile_id, r.channel_id): r for r in await preferred.reach(tx, profile_ids=ids)
    }
    last = {
        (c.profile_id, c.channel_id, c.topic_id): c.last_at
        for c in await preferred.last_contacts(tx, profile_ids=ids)
    }
    return reach, last


def _facts(
    ask: Ask,
    known: Mapping[ProfileId, State],
    reach: Mapping[tuple[UUID, int], Reach],
    last: Mapping[tuple[UUID, int, int], datetime],
    policy: Policy,
) -> Facts:
    channel = policy.channels.get(ask.channel or "")
    topic = policy.topics.get(ask.topic or "")
    state = known.get(ask.profile_id)
    if channel is None:
        return Facts(state)
    place = (ask.profile_id, channel.bit)
    return Facts(
        state, reach.get(place), last.get((*place, topic.bit)) if topic is not None else None
    )


async def foreseen(
    tx: ReadTx, groups: Sequence[Collection[UUID]], *, policy: Policy, now: datetime
) -> list[int]:
    """Return the mask that each group of profiles would have if it were one person."""
    ids = [profile_id for group in groups for profile_id in group]
    known = await states(tx, ids)
    records = await stored.records(tx, profile_ids=ids)
    masks: list[int] = []
    for group in groups:
        members_ = frozenset(group)
        seen = [known[ProfileId(p)] for p in group if ProfileId(p) in known]
        own = [record_ for record_ in records if record_.profile_id in members_]
        masks.append(fold(own, members_, policy, regime_of(seen), now, minor_until(seen))[0])
    return masks


async def verdicts(
    tx: ReadTx,
    profile_ids: Sequence[ProfileId],
    purpose: str,
    actor: Actor,
    *,
    policy: Policy,
    now: datetime,
) -> dict[ProfileId, Verdict]:
    """Decide for the vault, one verdict per profile. A profile that is not known is refused.

    A customer may always read what is about them, unless it was erased: their right needs no
    purpose of ours, and a restriction (GDPR Art. 18) does not bind the person it protects. The
    doorkeeper, who writes to them so that they can come in, and what carries out their rights may
    do so under the same right.
    """
    known = await states(tx, profile_ids)
    if purpose == OWN_DATA:
        own: frozenset[ProfileId] = frozenset()
        if actor.kind is ActorKind.CUSTOMER:
            own = frozenset(await members(tx, ProfileId(UUID(actor.id))))
        elif actor in (DOORKEEPER, RIGHTS):
            own = frozenset(profile_ids)
        return {
            p: Verdict(
                allowed=p in own and p in known and known[p].standing != Standing.ERASED,
                reason=Reason.OWN_DATA,
            )
            for p in profile_ids
        }
    found: dict[ProfileId, Verdict] = {}
    for profile_id in profile_ids:
        decision = decide(known.get(profile_id), policy, purpose, now)
        found[profile_id] = Verdict(decision.allowed, decision.reason)
    return found

"""What people themselves last said about purposes and topics, for whoever must weigh another word.

A fold says what is allowed; here is also when the person last spoke, and whether they said no or
nothing at all. Another system's word about the same is compared with this, under the same locks.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from candor.domain.catalogue.model import Frequency, LegalBasis
from candor.domain.consent.model.choice import Choice, Record, latest
from candor.domain.consent.model.policy import Policy
from candor.domain.consent.model.preference import ChannelSignal, Reach, WishRow
from candor.domain.consent.model.state import Standing, State
from candor.domain.consent.queries import choices as stored
from candor.domain.consent.queries import preferences as preferred
from candor.domain.consent.queries.people import related
from candor.domain.consent.service.folding import lock
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.ids import ProfileId


@dataclass(frozen=True, slots=True)
class Word:
    """What stands about one choice.

    `is_yes`: it is allowed, or open, as folded now. `is_no`: the person said no, last. `said_at`:
    when they, or a machine for them, last said anything about it. `can_refuse`: a no counts; not
    where the law or a contract asks for it. `is_withheld`: it is no yes now and nobody said no: it
    was restricted, or ran out.
    """

    is_yes: bool
    is_no: bool
    said_at: datetime | None
    can_refuse: bool = True
    is_withheld: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """What one person said: by code of purpose, and by "topic/channel"."""

    standing: Standing
    head_id: ProfileId
    members: frozenset[UUID]
    purposes: Mapping[str, Word]
    topics: Mapping[str, Word]


@dataclass(frozen=True, slots=True)
class _Kept:
    """What is kept of one person's profiles."""

    states: Sequence[State]
    records: Sequence[Record]
    wishes: Sequence[WishRow]
    signals: Sequence[ChannelSignal]
    reach: Mapping[int, Reach]  # by channel

    @property
    def members(self) -> frozenset[UUID]:
        return frozenset(state.profile_id for state in self.states)


async def locked(
    tx: Tx, profile_ids: Iterable[UUID], *, policy: Policy, now: datetime
) -> dict[ProfileId, Words]:
    """Lock the people of these profiles, and return what they said, by each of their profiles.

    Whoever is unknown is missing. What is said until this transaction ends waits for it.
    """
    return await _read(tx, await lock(tx, profile_ids), policy, now)


async def said(
    tx: ReadTx, profile_ids: Iterable[UUID], *, policy: Policy, now: datetime
) -> dict[ProfileId, Words]:
    """Return what the people of these profiles said, by each of their profiles; locks nobody.

    Whoever is unknown is missing.
    """
    members = await related(tx, profile_ids=list(profile_ids))
    return await _read(tx, await stored.states(tx, profile_ids=members), policy, now)


async def _read(
    tx: ReadTx, states: Sequence[State], policy: Policy, now: datetime
) -> dict[ProfileId, Words]:
    if not states:
        return {}
    ids = [state.profile_id for state in states]
    records = await stored.standing_records(tx, profile_ids=ids)
    wishes = await preferred.wishes(tx, profile_ids=ids)
    signals = await preferred.channel_signals(tx, profile_ids=ids)
    reach = await preferred.reach(tx, profile_ids=ids)
    people: dict[UUID, list[State]] = {}
    for state in states:
        people.setdefault(state.head_id, []).append(state)
    found: dict[ProfileId, Words] = {}
    for group in people.values():
        own = {state.profile_id for state in group}
        kept = _Kept(
            group,
            [one for one in records if one.profile_id in own],
            [one for one in wishes if one.profile_id in own],
            [one for one in signals if one.profile_id in own],
            {one.channel_id: one for one in reach if one.profile_id in own},
        )
        words = _words(kept, policy, now)
        found |= {ProfileId(state.profile_id): words for state in group}
    return found


def _words(kept: _Kept, policy: Policy, now: datetime) -> Words:
    standings = {Standing(state.standing) for state in kept.states}
    standing = next(
        (one for one in (Standing.ERASED, Standing.RESTRICTED) if one in standings),
        Standing.ACTIVE,
    )
    return Words(
        standing=standing,
        head_id=ProfileId(kept.states[0].head_id),
        members=kept.members,
        purposes={
            code: _purpose(kept, bit, policy, now)
            for code, bit in policy.bits.items()
            if bit in policy.declared
        },
        topics={
            f"{topic}/{channel}": _topic(kept, topic, channel, policy)
            for topic, rule in policy.topics.items()
            for channel, where in policy.channels.items()
            if where.bit in rule.offered
        },
    )


def _purpose(kept: _Kept, bit: int, policy: Policy, now: datetime) -> Word:
    state = kept.states[0]
    allowed = state.allowed
    if state.valid_until <= now:
        allowed &= ~policy.consent_mask
    by_profile: dict[UUID, list[Record]] = {}
    for record in kept.records:
        if record.purpose_id == bit:
            by_profile.setdefault(record.profile_id, []).append(record)
    latest_ones = [latest(own, kept.members) for own in by_profile.values()]
    counted = [one for one in latest_ones if one is not None]
    bases = {policy.basis(bit, one.regime) for one in kept.states}
    is_yes = bool(allowed >> bit & 1)
    is_no = any(one.choice != Choice.GRANTED for one in counted)
    is_open = bool(counted) or not policy.consent_mask >> bit & 1
    return Word(
        is_yes=is_yes,
        is_no=is_no,
        said_at=max((one.decided_at for one in counted), default=None),
        can_refuse=not bases <= {LegalBasis.CONTRACT, LegalBasis.LEGAL_OBLIGATION},
        is_withheld=is_open and not is_yes and not is_no,
    )


def _topic(kept: _Kept, topic: str, channel: str, policy: Policy) -> Word:
    """Return what stands about messages on a topic through a channel, whatever its purpose."""
    rule, where = policy.topics[topic], policy.channels[channel]
    reach = kept.reach.get(where.bit)
    masks = reach.masks if reach else where.silence
    is_open = masks.frequency(rule.bit) is not Frequency.NEVER
    is_blocked = reach is not None and reach.blocked is not None
    times = [
        one.decided_at
        for one in kept.wishes
        if one.kind == "topic" and one.topic_id == rule.bit and one.channel_id == where.bit
    ]
    times += [one.decided_at for one in kept.signals if one.channel_id == where.bit]
    is_yes = is_open and not is_blocked
    return Word(is_yes, bool(times) and not is_yes, max(times, default=None))

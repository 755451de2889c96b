"""Preferences: topic × channel × frequency, pause, quiet hours, and how they fold.

Folding is a function of the set of wishes and channel signals: their order does not matter. Per
profile the latest wish counts, on a tie the more restrictive; of several profiles that are one
person the most restrictive counts. What nobody spoke about is as the catalogue declares it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from candor.domain.catalogue.model import Frequency

LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)
GAPS: Final[Mapping[Frequency, timedelta]] = {
    Frequency.DAILY: timedelta(days=1),
    Frequency.WEEKLY: timedelta(days=7),
    Frequency.MONTHLY: timedelta(days=30),
}
_RANK: Final = {frequency: rank for rank, frequency in enumerate(Frequency)}
_HOURS: Final = 24


@dataclass(frozen=True, slots=True)
class TopicWish:
    """At most how often messages about a topic may come through a channel."""

    topic_id: int
    channel_id: int
    frequency: Frequency


@dataclass(frozen=True, slots=True)
class Pause:
    """No message that needs a topic before an instant; one that has passed ends a pause."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours of the day in which nothing may come: a mask of 24 bits, in a time zone (IANA)."""

    hours: int
    zone: str


Wish = TopicWish | Pause | Quiet


@dataclass(frozen=True, slots=True)
class WishRow:
    """One preference that was said, as it counts for one profile."""

    profile_id: UUID
    wish_id: UUID
    via_profile_id: UUID
    kind: str
    topic_id: int | None
    channel_id: int | None
    frequency: str | None
    until: datetime | None
    hours: int | None
    zone: str | None
    decided_at: datetime
    recorded_at: datetime
    surface: str
    source_id: int | None
    locale: str | None


class Block(StrEnum):
    """What closes a channel, whatever the topic."""

    STOP = "stop"
    UNSUBSCRIBE = "unsubscribe"
    COMPLAINT = "complaint"
    BOUNCE = "bounce"


@dataclass(frozen=True, slots=True)
class ChannelSignal:
    """A signal about a channel, as the fold needs it."""

    profile_id: UUID
    kind: str
    channel_id: int
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class Masks:
    """The open topics of a channel, and those of them that may come only so often."""

    topics: int = 0
    daily: int = 0
    weekly: int = 0
    monthly: int = 0

    def gap(self, topic_bit: int) -> timedelta | None:
        """Return how long messages about a topic must be apart; None: as often as there is one."""
        for mask, frequency in (
            (self.monthly, Frequency.MONTHLY),
            (self.weekly, Frequency.WEEKLY),
            (self.daily, Frequency.DAILY),
        ):
            if mask >> topic_bit & 1:
                return GAPS[frequency]
        return None

    def frequency(self, topic_bit: int) -> Frequency:
        """Return at most how often messages about a topic may come."""
        if not self.topics >> topic_bit & 1:
            return Frequency.NEVER
        gap = self.gap(topic_bit)
        return next((f for f, known in GAPS.items() if known == gap), Frequency.ANY)


@dataclass(frozen=True, slots=True)
class Reach:
    """The fold of what a person said about one channel; the same for all their profiles."""

    profile_id: UUID
    channel_id: int
    topics: int
    daily: int
    weekly: int
    monthly: int
    blocked: str | None

    @property
    def masks(self) -> Masks:
        """Return the masks of topics."""
        return Masks(self.topics, self.daily, self.weekly, self.monthly)


@dataclass(frozen=True, slots=True)
class Folded:
    """All that a person's wishes and channel signals come to.

    `frequencies` holds what was spoken about, by channel and topic; `blocked` what closed a
    channel. `zone` is None when nobody named one.
    """

    frequencies: Mapping[tuple[int, int], Frequency]
    blocked: Mapping[int, Block]
    paused_until: datetime
    quiet_hours: int
    zone: str | None


def rank(frequency: Frequency) -> int:
    """Return the place of a frequency, from the most restrictive to the least."""
    return _RANK[frequency]


def hours_of(span: str) -> int:
    """Return the mask of hours for a span such as "21-8"; 0 for an empty or unreadable one."""
    begin, dash, end = span.partition("-")
    if not (dash and begin.isdecimal() and end.isdecimal()):
        return 0
    first, last = int(begin), int(end)
    if max(first, last) > _HOURS or first == last:
        return 0
    return quiet_between(first % _HOURS, last % _HOURS)


def quiet_between(first: int, last: int) -> int:
    """Return the mask of the hours from `first` up to before `last`, over midnight if need be."""
    mask, hour = 0, first
    while hour != last:
        mask |= 1 << hour
        hour = (hour + 1) % _HOURS
    return mask


def masks_of(frequencies: Mapping[int, Frequency]) -> Masks:
    """Return the masks for frequencies by topic bit."""

    def bits(wanted: Collection[Frequency]) -> int:
        return sum(1 << bit for bit, frequency in frequencies.items() if frequency in wanted)

    return Masks(
        topics=bits({f for f in Frequency if f is not Frequency.NEVER}),
        daily=bits({Frequency.DAILY}),
        weekly=bits({Frequency.WEEKLY}),
        monthly=bits({Frequency.MONTHLY}),
    )


def fold_wishes(
    wishes: Sequence[WishRow], signals: Sequence[ChannelSignal], members: frozenset[UUID]
) -> Folded:
    """Fold all wishes and channel signals of one person."""
    topic_wishes: dict[tuple[UUID, int, int], list[WishRow]] = {}
    pauses: dict[UUID, list[WishRow]] = {}
    quiets: dict[UUID, list[WishRow]] = {}
    for wish in wishes:
        if wish.kind == "topic" and _counts(wish, members):
            place = (wish.profile_id, wish.channel_id or 0, wish.topic_id or 0)
            topic_wishes.setdefault(place, []).append(wish)
        elif wish.kind == "pause":
            pauses.setdefault(wish.profile_id, []).append(wish)
        elif wish.kind == "quiet":
            quiets.setdefault(wish.profile_id, []).append(wish)
    frequencies: dict[tuple[int, int], Frequency] = {}
    for (_, channel, topic), said in topic_wishes.items():
        one = Frequency(max(said, key=_topic_order).frequency or Frequency.NEVER)
        standing = frequencies.get((channel, topic), one)
        frequencies[channel, topic] = min(standing, one, key=rank)
    said_quiet = [wish for said in quiets.values() for wish in said]
    last_quiet = max(said_quiet, key=lambda w: (w.decided_at, w.zone or ""), default=None)
    return Folded(
        frequencies=frequencies,
        blocked=_blocked(signals, wishes, members),
        paused_until=max((_until(said) for said in pauses.values()), default=LONG_AGO),
        quiet_hours=_union(_hours_of(said) for said in quiets.values()),
        zone=last_quiet.zone if last_quiet else None,
    )


def _counts(wish: WishRow, members: frozenset[UUID]) -> bool:
    """Tell whether a wish still counts: what was opened through another's profile does not."""
    return wish.frequency == Frequency.NEVER or wish.via_profile_id in members


def _topic_order(wish: WishRow) -> tuple[datetime, int, UUID]:
    return wish.decided_at, -rank(Frequency(wish.frequency or Frequency.NEVER)), wish.wish_id


def _until(pauses: Sequence[WishRow]) -> datetime:
    """Return the end of one profile's pause: the latest said, on a tie the longest."""
    return max(pauses, key=lambda w: (w.decided_at, w.until or LONG_AGO)).until or LONG_AGO


def _hours_of(quiets: Sequence[WishRow]) -> int:
    """Return one profile's quiet hours: the latest said; what was said at once adds up."""
    latest = max(wish.decided_at for wish in quiets)
    return _union(wish.hours or 0 for wish in quiets if wish.decided_at == latest)


def _union(masks: Iterable[int]) -> int:
    union = 0
    for mask in masks:
        union |= mask
    return union


_LIFTS: Final[Mapping[Block, frozenset[str]]] = {
    Block.STOP: frozenset({"start", "wish"}),
    Block.UNSUBSCRIBE: frozenset({"start", "wish"}),
    Block.COMPLAINT: frozenset({"wish"}),
    Block.BOUNCE: frozenset({"reachable"}),
}


def _blocked(
    signals: Sequence[ChannelSignal], wishes: Sequence[WishRow], members: frozenset[UUID]
) -> dict[int, Block]:
    """Return what closes each channel: a block that nothing later has lifted; a tie stays shut."""
    latest: dict[tuple[UUID, int, str], datetime] = {}
    for signal in signals:
        place = (signal.profile_id, signal.channel_id, signal.kind)
        latest[place] = max(latest.get(place, LONG_AGO), signal.decided_at)
    for wish in wishes:
        if (
            wish.kind == "topic"
            and wish.frequency != Frequency.NEVER
            and _counts(wish, members)
        ):
            place = (wish.profile_id, wish.channel_id or 0, "wish")
            latest[place] = max(latest.get(place, LONG_AGO), wish.decided_at)
    found: dict[int, Block] = {}
    for profile_id, channel in {(p, c) for p, c, _ in latest}:
        for block, lifts in _LIFTS.items():
            shut = latest.get((profile_id, channel, block.value))
            if shut is None:
                continue
            lifted = max(
                (
                    latest[profile_id, channel, k]
                    for k in lifts
                    if (profile_id, channel, k) in latest
                ),
                default=LONG_AGO,
            )
            if shut >= lifted:
                known = found.get(channel, block)
                found[channel] = min(known, block, key=list(Block).index)
    return found

"""Hearing signals: Global Privacy Control, TCF and GPP strings, STOP, bounces and the like.

A signal is written down for every profile of the person, with the choices that follow from it,
in one transaction. What a signal says again is not written again: a browser that sends its
signal with every request, or a page that sends the same string with every event, is heard once.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.domain.consent.errors import Unreadable
from candor.domain.consent.model.choice import Choice
from candor.domain.consent.model.policy import Policy
from candor.domain.consent.model.signal import (
    ABOUT_PURPOSES,
    Heard,
    Meaning,
    Says,
    Signal,
    SignalKind,
    meaning_of,
)
from candor.domain.consent.model.state import Standing, State
from candor.domain.consent.queries import choices as states
from candor.domain.consent.queries import preferences as preferred
from candor.domain.consent.queries import signals as stored
from candor.domain.consent.queries.signals import LastString, StandingChoice
from candor.domain.consent.service import choices
from candor.domain.consent.service.choices import Statement
from candor.domain.consent.service.folding import GPC, fold_reach, lock
from candor.domain.feed import service as feed
from candor.domain.feed.model import Changed
from candor.domain.vault.service import Vault
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.clock import Clock
from candor.kernel.ids import ProfileId, new_id
from candor.kernel.units import mask_of

__all__ = [
    "Heard",
    "Listened",
    "Signal",
    "SignalKind",
    "hear",
    "hear_browser",
    "heard",
    "listen",
]

_MOMENT: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Listened:
    """What became of some signals.

    `touched` are the profiles for which something new was heard. `settled` are those signals
    that will say nothing new through a profile, whenever they come, until its choices change.
    """

    touched: frozenset[ProfileId]
    settled: frozenset[tuple[ProfileId, SignalKind]]


_NOTHING: Final = Listened(frozenset(), frozenset())


@dataclass(frozen=True, slots=True)
class _News:
    """A signal that says something new, and what it says."""

    signal: Signal
    kept: str | None  # what is kept of its string
    meaning: Meaning
    decided_at: Mapping[int, datetime]  # when each of its choices was made


@dataclass(slots=True)
class _Known:
    """What is known of the people whose states are locked."""

    members: Mapping[UUID, Sequence[UUID]]  # by any of their profiles
    strings: dict[tuple[UUID, str], LastString]
    standing: Mapping[tuple[UUID, int], StandingChoice]
    with_gpc: frozenset[UUID]
    looked_at: set[UUID]  # whose browser's signal was looked at already
    settled: set[tuple[ProfileId, SignalKind]]

    def choices_of(self, via: UUID, bit: int) -> list[StandingChoice]:
        """Return the choices that count of a person about a purpose, one per profile at most."""
        found = (self.standing.get((member, bit)) for member in self.members[via])
        return [choice for choice in found if choice is not None]


async def hear(
    tx: Tx,
    signals: Sequence[Signal],
    *,
    actor: Actor,
    vault: Vault,
    policy: Policy,
    clock: Clock,
) -> frozenset[ProfileId]:
    """Hear signals; return all profiles for which something new was heard. See `listen`."""
    listened = await listen(tx, signals, actor=actor, vault=vault, policy=policy, clock=clock)
    return listened.touched


async def listen(
    tx: Tx,
    signals: Sequence[Signal],
    *,
    actor: Actor,
    vault: Vault,
    policy: Policy,
    clock: Clock,
) -> Listened:
    """Hear signals; return what became of them.

    Locks the people's states; appends signals and the choices that they make, folds, writes an
    audit entry per signal that is new (and per choice), and the change feed. A signal that came
    before, or says what the last one said, changes nothing. Who is unknown is left out.

    Raises:
        Unreadable: a signal about a channel names none, or one about purposes names one.
    """
    _check(signals)
    if not signals:
        return _NOTHING
    locked = await lock(tx, [signal.via for signal in signals])
    known = await _known(tx, locked, signals, policy)
    now = clock.now()
    asked = sorted(signals, key=lambda one: one.decided_at)
    maybe = [_news(one, known, policy, now) for one in asked if one.via in known.members]
    news = [one for one in maybe if one is not None]
    news = await _append(tx, news, known, now)
    if not news:
        return Listened(frozenset(), frozenset(known.settled))
    if any(one.signal.kind not in {SignalKind.TCF, SignalKind.GPP} for one in news):
        await fold_reach(tx, locked, policy)
    said = [
        _statement(one, bit, says, known, policy)
        for one in news
        for bit, says in one.meaning.choices.items()
    ]
    await choices.record(tx, said, actor=actor, vault=vault, policy=policy, clock=clock)
    await _write_down(tx, news, actor, vault, clock)
    touched = frozenset(
        ProfileId(member) for one in news for member in known.members[one.signal.via]
    )
    await feed.publish(tx, Changed.CONSENT, touched, clock)
    return Listened(touched, frozenset(known.settled))


async def hear_browser(
    tx: Tx,
    profile_id: ProfileId,
    surface: str,
    *,
    actor: Actor,
    vault: Vault,
    policy: Policy,
    clock: Clock,
) -> bool:
    """Hear Global Privacy Control from the browser of somebody who is signed in.

    One query where it was heard before and nothing is sold; else as `listen`. Nothing is heard of
    somebody unknown or erased. Tell whether anything new was heard.
    """
    state = next(iter(await states.states(tx, profile_ids=[profile_id])), None)
    if state is None or state.standing == Standing.ERASED:
        return False
    if state.heard & GPC and not state.allowed & mask_of(policy.sale):
        return False
    signal = Signal(new_id(), profile_id, SignalKind.GPC, clock.now(), surface)
    return bool(await hear(tx, [signal], actor=actor, vault=vault, policy=policy, clock=clock))


async def heard(tx: ReadTx, profile_ids: Sequence[ProfileId]) -> list[Heard]:
    """Return every signal that counts for these profiles, oldest first."""
    return await stored.signals(tx, profile_ids=profile_ids)


def _check(signals: Iterable[Signal]) -> None:
    for signal in signals:
        if (signal.kind in ABOUT_PURPOSES) is not (signal.channel_id is None):
            raise Unreadable("channel")


async def _known(
    tx: Tx, locked: Sequence[State], signals: Iterable[Signal], policy: Policy
) -> _Known:
    """Read what the signals must be compared with; nothing for those about a channel."""
    by_head: dict[UUID, list[UUID]] = {}
    for state in locked:
        by_head.setdefault(state.head_id, []).append(state.profile_id)
    ids = [state.profile_id for state in locked]
    known = _Known(
        {state.profile_id: by_head[state.head_id] for state in locked},
        {},
        {},
        frozenset(),
        set(),
        set(),
    )
    kinds = {signal.kind for signal in signals}
    if kinds & {SignalKind.TCF, SignalKind.GPP}:
        last = await stored.last_strings(tx, profile_ids=ids)
        known.strings = {(one.profile_id, one.kind): one for one in last}
    if SignalKind.GPC in kinds:
        known.with_gpc = frozenset(await preferred.with_gpc(tx, profile_ids=ids))
    if kinds & ABOUT_PURPOSES:
        bits = policy.sale | policy.tcf.keys()
        standing = await stored.standing_choices(tx, profile_ids=ids, purpose_ids=bits)
        known.standing = {(one.profile_id, one.purpose_id): one for one in standing}
    return known


def _news(signal: Signal, known: _Known, policy: Policy, now: datetime) -> _News | None:
    """Return what is new about a signal, and take note of it; None: nothing is."""
    meaning = meaning_of(signal.kind, signal.value, policy, min(signal.decided_at, now))
    if signal.kind is SignalKind.GPC:
        return _gpc(signal, meaning, known)
    if signal.kind not in ABOUT_PURPOSES:
        return _News(signal, None, meaning, {})
    kept = _kept(signal.value or "", meaning)
    last = known.strings.get((signal.via, signal.kind))
    if last is not None and last.value == kept:
        known.settled.add((signal.via, signal.kind))
        return None
    times = {bit: says.time(signal.decided_at) for bit, says in meaning.choices.items()}
    if last is not None and last.decided_at < signal.decided_at:
        for bit, says in meaning.choices.items():
            times[bit] = _after(last.decided_at, says, times[bit])
    if last is None or last.decided_at <= signal.decided_at:
        known.strings[signal.via, signal.kind] = LastString(
            signal.via, signal.kind, kept, signal.decided_at
        )
    return _News(signal, kept, meaning, times)


def _after(last: datetime, says: Says, time: datetime) -> datetime:
    """Return when a choice was made whose string names the very day of the last string.

    Strings name no hour. Of two that came one after the other through one device the later
    counts, but it still does not beat anything that was said elsewhere between them.
    """
    if says.is_yes and says.since is not None and says.since.date() == last.date():
        return max(time, last + _MOMENT)
    return time


def _gpc(signal: Signal, meaning: Meaning, known: _Known) -> _News | None:
    """Return the purposes that are refused by the signal now; None: it was heard already.

    A yes that was given knowing of the signal stands (11 CCR 7025(c)(3)); any other yes that is
    older than the signal does not.
    """
    members = known.members[signal.via]
    if signal.via in known.looked_at:
        return None
    known.looked_at.update(members)
    was_heard = not known.with_gpc.isdisjoint(members)
    refused: dict[int, Says] = {}
    has_late_yes: list[bool] = []
    for bit, says in meaning.choices.items():
        said = known.choices_of(signal.via, bit)
        yeses = [one for one in said if one.choice == Choice.GRANTED]
        is_undone = any(
            not yes.is_over_gpc and yes.decided_at <= signal.decided_at for yes in yeses
        )
        is_new = not yeses and not (was_heard and said)
        has_late_yes.append(any(not yes.is_over_gpc for yes in yeses))
        if is_undone or is_new:
            refused[bit] = says
    if was_heard and not refused:
        if not any(has_late_yes):
            known.settled.add((signal.via, signal.kind))
        return None
    times = dict.fromkeys(refused, signal.decided_at)
    return _News(signal, None, Meaning(refused), times)


def _kept(value: str, meaning: Meaning) -> str:
    """Return what is kept of a string: itself, or of one that cannot be read a fingerprint."""
    if meaning.is_readable:
        return value
    digest = hashlib.blake2b(value.encode("utf-8", "surrogatepass"), digest_size=16)
    return f"unreadable {digest.hexdigest()}"


async def _append(tx: Tx, news: Sequence[_News], known: _Known, now: datetime) -> list[_News]:
    """Write signals down for all profiles of each person; return those that are new."""
    rows = [(member, one) for one in news for member in known.members[one.signal.via]]
    if not rows:
        return []
    fresh = await stored.insert_signals(
        tx,
        {
            "at": now,
            "profile_ids": [member for member, _ in rows],
            "signal_ids": [one.signal.signal_id for _, one in rows],
            "via_profile_ids": [one.signal.via for _, one in rows],
            "kinds": [one.signal.kind.value for _, one in rows],
            "channel_ids": [one.signal.channel_id for _, one in rows],
            "values": [one.kept for _, one in rows],
            "are_readable": [one.meaning.is_readable for _, one in rows],
            "decided_at": [one.signal.decided_at for _, one in rows],
            "surfaces": [one.signal.surface for _, one in rows],
            "source_ids": [one.signal.source_id for _, one in rows],
        },
    )
    return [one for one in news if one.signal.signal_id in fresh]


def _statement(one: _News, bit: int, says: Says, known: _Known, policy: Policy) -> Statement:
    """Return the choice that a signal makes about a purpose."""
    signal = one.signal
    if says.is_yes:
        choice = Choice.GRANTED
    elif signal.kind is not SignalKind.GPC and any(
        c.choice == Choice.GRANTED for c in known.choices_of(signal.via, bit)
    ):
        choice = Choice.WITHDRAWN
    else:
        choice = Choice.DENIED
    return Statement(
        record_id=_record_id(signal.signal_id, bit),
        via=signal.via,
        purpose_id=bit,
        choice=choice,
        decided_at=one.decided_at.get(bit, signal.decided_at),
        surface=signal.kind.value,
        source_id=signal.source_id,
        evidence=json.dumps({"signal": str(signal.signal_id)}),
        edition=policy.editions.get(bit, 1),
    )


def _record_id(signal_id: UUID, bit: int) -> UUID:
    """Return the name of a choice that a signal makes: the same when the signal comes again."""
    name = hashlib.blake2b(signal_id.bytes + bytes([bit]), digest_size=16)
    return UUID(bytes=name.digest())


async def _write_down(
    tx: Tx, news: Sequence[_News], actor: Actor, vault: Vault, clock: Clock
) -> None:
    """Write an audit entry about each signal, in one statement per kind and outcome."""
    keys = await vault.keys(tx, {one.signal.via for one in news})
    alike: dict[tuple[SignalKind, str], list[bytes]] = {}
    for one in news:
        if one.signal.via in keys:
            place = (one.signal.kind, one.meaning.reason)
            alike.setdefault(place, []).append(keys[one.signal.via].pseudonym)
    for (kind, reason), subjects in alike.items():
        await audit.record(
            tx,
            actor=actor,
            action="consent.signal_heard",
            clock=clock,
            subjects=subjects,
            reason=reason or None,
            detail={"kind": kind.value},
        )

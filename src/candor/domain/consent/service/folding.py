"""Keeping the folds: what the gate reads, worked out again from the histories.

Two folds per person, written to all their profiles alike: the mask of allowed purposes, and the
reach of each channel. Whoever folds holds the locks of the people's states (`lock`).
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import date, datetime
from typing import Final, Protocol, TypeVar
from uuid import UUID

from candor.domain.catalogue.model import Frequency
from candor.domain.consent.model.choice import FOREVER, Record, fold
from candor.domain.consent.model.policy import Policy, knows_zone
from candor.domain.consent.model.preference import (
    LONG_AGO,
    Folded,
    Reach,
    fold_wishes,
    masks_of,
)
from candor.domain.consent.model.state import Standing, State
from candor.domain.consent.queries import choices as stored
from candor.domain.consent.queries import preferences as preferred
from candor.domain.consent.queries.people import related
from candor.infra.db.pool import Tx
from candor.kernel.clock import Clock

GPC: Final = 1  # bit in State.heard


class _Joined(Exception):
    """Undoes a savepoint, and with it the locks that were taken inside."""


async def lock(tx: Tx, profile_ids: Iterable[UUID]) -> list[State]:
    """Lock the states of all profiles of these people; return them as they are under the lock.

    Whoever merged while we waited has changed who belongs together. Then all locks are let go and
    taken anew, in the order of their ids: to add one to those that we hold could be a deadlock.
    """
    wanted = frozenset(profile_ids)
    while True:
        with suppress(_Joined):
            async with tx.savepoint():
                locked = await stored.lock_people(tx, profile_ids=list(wanted))
                found = frozenset(await related(tx, profile_ids=list(wanted)))
                if found <= {state.profile_id for state in locked}:
                    return locked
                wanted |= found
                raise _Joined


async def fold_choices(tx: Tx, locked: Sequence[State], policy: Policy, clock: Clock) -> None:
    """Work out and keep the masks of people whose rows are locked."""
    now = clock.now()
    people = await _people(tx, locked)
    ids = [state.profile_id for group in people for state in group]
    records: dict[UUID, list[Record]] = {}
    for record in await stored.standing_records(tx, profile_ids=ids):
        records.setdefault(record.profile_id, []).append(record)
    folds: dict[UUID, tuple[int, datetime | None]] = {}
    for group in people:
        members = frozenset(state.profile_id for state in group)
        own = [r for profile_id in members for r in records.get(profile_id, [])]
        allowed, until = fold(own, members, policy, regime_of(group), now, minor_until(group))
        if any(state.standing != Standing.ACTIVE for state in group):
            # One of them is restricted (GDPR Art. 18): nothing is allowed with the person, and
            # exactly what was comes back when they are separated.
            allowed = 0
        for profile_id in members:
            folds[profile_id] = (allowed, None if until == FOREVER else until)
    if folds:
        await stored.set_folds(tx, folds=folds, at=now)


async def fold_reach(tx: Tx, locked: Sequence[State], policy: Policy) -> None:
    """Work out and keep the reach, pause and quiet hours of people whose rows are locked.

    Costs three queries when nobody among them ever spoke about a message, and writes nothing.
    """
    people = await _people(tx, locked)
    ids = [state.profile_id for group in people for state in group]
    wishes = _by_profile(await preferred.standing_wishes(tx, profile_ids=ids))
    signals = _by_profile(await preferred.channel_signals(tx, profile_ids=ids))
    gpc = frozenset(await preferred.with_gpc(tx, profile_ids=ids))
    rows: list[Reach] = []
    folds: list[tuple[State, Folded, int]] = []
    for group in people:
        members = frozenset(state.profile_id for state in group)
        folded = fold_wishes(
            [w for p in members for w in wishes.get(p, [])],
            [s for p in members for s in signals.get(p, [])],
            members,
        )
        heard = GPC if members & gpc else 0
        folds += [(state, folded, heard) for state in group]
        rows += [row for state in group for row in _reach(state.profile_id, folded, policy)]
    spoken = [profile_id for profile_id in ids if profile_id in wishes or profile_id in signals]
    standing = {row.profile_id for row in await preferred.reach(tx, profile_ids=ids)}
    if spoken or standing:
        await preferred.replace_reach(tx, profile_ids=ids, rows=rows)
    changed = [one for one in folds if _differs(*one)]
    if changed:
        await preferred.set_preferences(
            tx,
            {
                "profile_ids": [state.profile_id for state, _, _ in changed],
                "paused_until": [folded.paused_until for _, folded, _ in changed],
                "quiet_hours": [folded.quiet_hours for _, folded, _ in changed],
                "zones": [_zone(folded) for _, folded, _ in changed],
                "heard": [heard for _, _, heard in changed],
            },
        )


def regime_of(group: Sequence[State]) -> str | None:
    """Return the law of one person; None, the strictest, when their profiles differ."""
    regimes = {state.regime for state in group}
    return regimes.pop() if len(regimes) == 1 else None


def minor_until(group: Sequence[State]) -> date | None:
    """Return until when one person is a minor: the latest that any of their profiles says."""
    return max((s.minor_until for s in group if s.minor_until is not None), default=None)


async def _people(tx: Tx, locked: Sequence[State]) -> list[list[State]]:
    """Return the states by person. Heads may have been set since: read again, they are locked."""
    by_head: dict[UUID, list[State]] = {}
    for state in await stored.states(tx, profile_ids=[state.profile_id for state in locked]):
        by_head.setdefault(state.head_id, []).append(state)
    return list(by_head.values())


class _AboutProfile(Protocol):
    @property
    def profile_id(self) -> UUID: ...


_Row = TypeVar("_Row", bound=_AboutProfile)


def _by_profile(rows: Sequence[_Row]) -> dict[UUID, list[_Row]]:
    found: dict[UUID, list[_Row]] = {}
    for row in rows:
        found.setdefault(row.profile_id, []).append(row)
    return found


def _reach(profile_id: UUID, folded: Folded, policy: Policy) -> list[Reach]:
    """Return the rows for the channels that somebody spoke about."""
    rows: list[Reach] = []
    for channel in policy.channels.values():
        spoken = {topic: f for (c, topic), f in folded.frequencies.items() if c == channel.bit}
        blocked = folded.blocked.get(channel.bit)
        if not spoken and blocked is None:
            continue
        masks = masks_of(
            {
                topic.bit: spoken.get(
                    topic.bit, topic.defaults.get(channel.bit, Frequency.NEVER)
                )
                for topic in policy.topics.values()
            }
        )
        rows.append(
            Reach(
                profile_id,
                channel.bit,
                masks.topics,
                masks.daily,
                masks.weekly,
                masks.monthly,
                None if blocked is None else blocked.value,
            )
        )
    return rows


def _zone(folded: Folded) -> str | None:
    return folded.zone if folded.zone and knows_zone(folded.zone) else None


def _differs(state: State, folded: Folded, heard: int) -> bool:
    return (state.paused_until, state.quiet_hours, state.zone, state.heard) != (
        max(folded.paused_until, LONG_AGO),
        folded.quiet_hours,
        _zone(folded),
        heard,
    )

"""Recording choices and folding them.

Whoever changes a state locks the person's rows first, in the order of their ids. Every change is
published in the change feed, so that caches and destinations follow.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.domain.consent.model import logged
from candor.domain.consent.model.choice import FOREVER, Choice, fold
from candor.domain.consent.model.policy import Policy
from candor.domain.consent.model.state import Standing, State
from candor.domain.consent.queries import choices as stored
from candor.domain.consent.queries import preferences as preferred
from candor.domain.consent.service.folding import fold_choices, fold_reach, lock
from candor.domain.feed import service as feed
from candor.domain.feed.model import Changed
from candor.domain.vault.service import Vault
from candor.infra.db.pool import Tx
from candor.kernel.clock import Clock
from candor.kernel.ids import ProfileId


@dataclass(frozen=True, slots=True)
class Statement:
    """A choice on its way in: who said what about which purpose, when, where, under which words."""

    record_id: UUID
    via: ProfileId
    purpose_id: int
    choice: Choice
    decided_at: datetime
    surface: str
    source_id: int | None = None
    notice: str | None = None
    locale: str | None = None
    evidence: str = "{}"
    edition: int = 1
    guardian_id: ProfileId | None = None
    lasts_until: datetime | None = None  # a yes that is said again lasts no longer than before


async def start(
    tx: Tx,
    profile_ids: Sequence[ProfileId],
    *,
    regime: str | None,
    policy: Policy,
    clock: Clock,
) -> State:
    """Start new profiles, which have said nothing yet; return the state that each of them has."""
    now = clock.now()
    allowed, _ = fold((), frozenset(), policy, regime, now)
    await stored.insert_states(
        tx, profile_ids=profile_ids, regime=regime, allowed=allowed, at=now
    )
    nobody = UUID(int=0)
    return State(nobody, nobody, Standing.ACTIVE, regime, allowed, FOREVER)


async def record(
    tx: Tx,
    statements: Sequence[Statement],
    *,
    actor: Actor,
    vault: Vault,
    policy: Policy,
    clock: Clock,
) -> frozenset[ProfileId]:
    """Append choices and fold the people that they are about; return all profiles touched.

    Locks the people's states; writes an audit entry per choice, and the change feed.

    A choice counts for every profile of the person who made it. One that stands already is left
    as it is, so a retry is harmless. A choice that is older than one we have changes nothing but
    the history.
    """
    if not statements:
        return frozenset()
    locked = await lock(tx, [s.via for s in statements])
    by_head: dict[UUID, list[UUID]] = {}
    head_of = {state.profile_id: state.head_id for state in locked}
    for state in locked:
        by_head.setdefault(state.head_id, []).append(state.profile_id)
    rows = [
        (member, s)
        for s in statements
        if s.via in head_of
        for member in by_head[head_of[s.via]]
    ]
    await stored.insert_records(
        tx,
        {
            "at": clock.now(),
            "profile_ids": [member for member, _ in rows],
            "record_ids": [s.record_id for _, s in rows],
            "via_profile_ids": [s.via for _, s in rows],
            "purpose_ids": [s.purpose_id for _, s in rows],
            "choices": [s.choice.value for _, s in rows],
            "decided_at": [s.decided_at for _, s in rows],
            "expires_at": [_expiry(s, policy) for _, s in rows],
            "surfaces": [s.surface for _, s in rows],
            "source_ids": [s.source_id for _, s in rows],
            "notices": [s.notice for _, s in rows],
            "locales": [s.locale for _, s in rows],
            "evidence": [s.evidence for _, s in rows],
            "editions": [s.edition for _, s in rows],
            "guardian_ids": [s.guardian_id for _, s in rows],
        },
    )
    await fold_choices(tx, locked, policy, clock)
    await _write_down(
        tx, [s for s in statements if s.via in head_of], actor, vault, policy, clock
    )
    touched = frozenset(ProfileId(state.profile_id) for state in locked)
    await feed.publish(tx, Changed.CONSENT, touched, clock)
    return touched


async def regroup(
    tx: Tx, heads: Mapping[ProfileId, ProfileId], *, policy: Policy, clock: Clock
) -> None:
    """Follow a merge or its undoing: point these profiles at their heads and fold again."""
    await lock(tx, heads)
    await stored.set_heads(tx, heads=heads)
    await preferred.fold_points(tx, profile_ids=list(heads))
    await refold(tx, heads, policy=policy, clock=clock)


async def refold(tx: Tx, profile_ids: Collection[UUID], *, policy: Policy, clock: Clock) -> int:
    """Fold again the people that these profiles belong to; return how many profiles that were."""
    locked = await lock(tx, profile_ids)
    await fold_choices(tx, locked, policy, clock)
    await fold_reach(tx, locked, policy)
    return len(locked)


async def set_standing(
    tx: Tx, profile_ids: Sequence[ProfileId], standing: Standing, clock: Clock
) -> None:
    """Restrict, release or mark as erased the people that these profiles belong to.

    It counts for every profile of the person, also after they are separated. Whoever releases
    folds again afterwards (`refold`): a merge with a restricted profile had emptied the mask.
    Locks the people's states; publishes the change.
    """
    locked = await stored.lock_people(tx, profile_ids=profile_ids)
    ids = [state.profile_id for state in locked]
    await stored.set_standing(tx, profile_ids=ids, standing=standing, at=clock.now())
    kind = Changed.ERASED if standing is Standing.ERASED else Changed.CONSENT
    await feed.publish(tx, kind, ids, clock)


async def renew_run_out(tx: Tx, *, policy: Policy, clock: Clock, at_most: int = 1_000) -> int:
    """Fold again people with a yes that has run out; return how many profiles (0: none left)."""
    due = await stored.run_out(tx, now=clock.now(), at_most=at_most)
    if not due:
        return 0
    touched = await refold(tx, due, policy=policy, clock=clock)
    await feed.publish(tx, Changed.CONSENT, due, clock)
    return touched


async def refold_stale(
    tx: Tx, before: datetime, *, policy: Policy, clock: Clock, at_most: int = 1_000
) -> int:
    """Fold again some people whose fold is older than the catalogue; return how many (0: none)."""
    heads = await stored.stale_heads(tx, before=before, at_most=at_most)
    if not heads:
        return 0
    await refold(tx, heads, policy=policy, clock=clock)
    await feed.publish(tx, Changed.CONSENT, heads, clock)
    return len(heads)


async def _write_down(
    tx: Tx,
    statements: Sequence[Statement],
    actor: Actor,
    vault: Vault,
    policy: Policy,
    clock: Clock,
) -> None:
    """Write an audit entry about each choice, in one statement per purpose.

    It names the record, so that whoever has a receipt of it can find the choice in the log.
    """
    keys = await vault.keys(tx, {s.via for s in statements})
    codes = {bit: code for code, bit in policy.bits.items()}
    alike: dict[int, list[tuple[bytes, Mapping[str, int | str]]]] = {}
    for s in statements:
        if s.via in keys:
            line = (
                keys[s.via].pseudonym,
                logged.detail_of(s.record_id, s.choice, s.decided_at),
            )
            alike.setdefault(s.purpose_id, []).append(line)
    for bit, about in alike.items():
        await audit.record_each(
            tx,
            actor=actor,
            action="consent.recorded",
            clock=clock,
            about=about,
            purpose=codes.get(bit),
        )


def _expiry(statement: Statement, policy: Policy) -> datetime | None:
    """Return when a yes runs out, by the catalogue and what it repeats; a no never does."""
    if statement.choice is not Choice.GRANTED:
        return None
    days = policy.lasts_days.get(statement.purpose_id)
    declared = None if days is None else statement.decided_at + timedelta(days=days)
    return min(filter(None, (declared, statement.lasts_until)), default=None)

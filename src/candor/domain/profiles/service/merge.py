"""Joining two profiles into one person, undoing it, and settling what the machine may not.

Locks all profiles of the people concerned, in the order of their ids, before anything is read.
Each verb writes the journal, an audit entry and the change feed in the caller's transaction.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.domain.consent.model.policy import Policy
from candor.domain.consent.model.state import Standing
from candor.domain.consent.service import choices, gate
from candor.domain.feed import service as feed
from candor.domain.feed.model import Changed
from candor.domain.profiles import queries
from candor.domain.profiles.errors import ErasedMeanwhile, NoSuchMerge, NoSuchReview
from candor.domain.profiles.model import Merge, MergeRule, Profile, Review, heads_of
from candor.domain.profiles.queries import Waiting
from candor.domain.vault.service import Vault
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.clock import Clock
from candor.kernel.ids import MergeId, ProfileId, ReviewId, new_id

__all__ = [
    "Join", "Question", "Waiting", "ask", "join", "journal", "lock_people", "open_reviews",
    "preview_unmerge",
    "settle", "unmerge", "waiting",
]  # fmt: skip

PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class Join:
    """Two profiles that are one person: by which rule, on what evidence, found by whom."""

    one: ProfileId
    other: ProfileId
    rule: MergeRule
    evidence: Mapping[str, str]
    actor: Actor


@dataclass(frozen=True, slots=True)
class Question:
    """Two profiles that may be one person, and what kept the machine from saying so."""

    one: ProfileId
    other: ProfileId
    reason: str
    evidence: Mapping[str, str]


async def join(
    tx: Tx,
    joins: Sequence[Join],
    *,
    also: Iterable[ProfileId] = (),
    vault: Vault,
    policy: Policy,
    clock: Clock,
) -> list[ProfileId]:
    """Join pairs of profiles into people: an edge each, then heads and choices once for all.

    `also` names profiles whose people must be worked out again for another reason: they became
    known, and the known come first.

    Returns:
        every profile of the people concerned.

    Raises:
        ErasedMeanwhile: one of them was erased while we waited: nobody alive is joined to them.
    """
    now = clock.now()
    ends = [end for pair in joins for end in (pair.one, pair.other)]
    members = await lock_people(tx, {*ends, *also})
    await _require_living(tx, members)
    merge_ids = [new_id() for _ in joins]
    await queries.insert_merges(
        tx,
        {
            "at": now,
            "merge_ids": merge_ids,
            "profile_ids": [pair.one for pair in joins],
            "other_ids": [pair.other for pair in joins],
            "rules": [pair.rule.value for pair in joins],
            "evidence": [json.dumps(dict(pair.evidence)) for pair in joins],
            "by": [pair.actor.label for pair in joins],
        },
    )
    ids = [ProfileId(member.profile_id) for member in members]
    await _regroup(tx, ids, policy, clock)
    # A question whether two profiles are one person is answered when a rule joins them.
    await queries.settle_answered(
        tx, profile_ids=ids, at=now, by=joins[0].actor.label if joins else "machine:profiles"
    )
    keys = await vault.keys(tx, set(ends))
    for pair, merge_id in zip(joins, merge_ids, strict=True):
        await audit.record(
            tx,
            actor=pair.actor,
            action="profiles.merge",
            clock=clock,
            subjects=[keys[end].pseudonym for end in (pair.one, pair.other) if end in keys],
            detail={"merge": str(merge_id), "rule": pair.rule.value},
        )
    await feed.publish(tx, Changed.MERGED, ids, clock)
    return ids


async def unmerge(
    tx: Tx, merge_id: MergeId, *, actor: Actor, vault: Vault, policy: Policy, clock: Clock
) -> frozenset[ProfileId]:
    """Undo a merge: the histories separate by the identifiers that they came with.

    The two profiles are noted as different people, so that the machine does not join them
    again.

    Returns:
        all profiles whose person changed.

    Raises:
        NoSuchMerge: there is none, or it was undone already.
        ErasedMeanwhile: the person was erased; who they were stays as it is.
    """
    found = await queries.find_merge(tx, merge_id=merge_id)
    if found is None:
        raise NoSuchMerge
    members = await lock_people(tx, (found.profile_id, found.other_id))
    await _require_living(tx, members)
    if not await queries.undo_merge(tx, merge_id=merge_id, at=clock.now(), by=actor.label):
        raise NoSuchMerge
    await _keep_apart(tx, found.profile_id, found.other_id, actor, clock)
    ids = [ProfileId(member.profile_id) for member in members]
    await _regroup(tx, ids, policy, clock)
    await audit.record(
        tx,
        actor=actor,
        action="profiles.unmerge",
        clock=clock,
        subjects=await vault.pseudonyms(
            tx, (ProfileId(found.profile_id), ProfileId(found.other_id))
        ),
        detail={"merge": str(merge_id), "profiles": len(ids)},
    )
    await feed.publish(tx, Changed.UNMERGED, ids, clock)
    return frozenset(ids)


async def preview_unmerge(
    tx: ReadTx, merge_id: MergeId
) -> tuple[Merge, list[frozenset[ProfileId]]]:
    """Return a merge and the people that undoing it would leave, as sets of profiles.

    Raises:
        NoSuchMerge: there is none, or it was undone already.
    """
    found = await queries.find_merge(tx, merge_id=merge_id)
    if found is None or found.undone_at is not None:
        raise NoSuchMerge
    members = await queries.members(tx, profile_id=found.profile_id)
    ids = [member.profile_id for member in members]
    standing = list(await queries.edges(tx, profile_ids=ids))
    pair = (found.profile_id, found.other_id)
    for edge in standing:
        if (edge.profile_id, edge.other_id) == pair:
            standing.remove(edge)
            break
    groups: dict[UUID, set[ProfileId]] = {}
    for profile_id, head_id in heads_of(members, standing).items():
        groups.setdefault(head_id, set()).add(ProfileId(profile_id))
    return found, [frozenset(group) for group in groups.values()]


async def ask(tx: Tx, question: Question, *, clock: Clock) -> None:
    """Put the question whether two profiles are one person to a person, once."""
    first, second = sorted((question.one, question.other))
    await queries.insert_review(
        tx,
        profile_id=first,
        review_id=new_id(),
        other_id=second,
        reason=question.reason,
        evidence=json.dumps(dict(question.evidence)),
        at=clock.now(),
    )


async def settle(
    tx: Tx,
    review_id: ReviewId,
    *,
    same: bool,
    actor: Actor,
    vault: Vault,
    policy: Policy,
    clock: Clock,
) -> None:
    """Settle an open question: merge the two, or keep them apart for good.

    Raises:
        NoSuchReview: there is none, or it was settled already.
    """
    review = await queries.find_review(tx, review_id=review_id)
    if review is None:
        raise NoSuchReview
    one, other = ProfileId(review.profile_id), ProfileId(review.other_id)
    await queries.settle_review(
        tx,
        review_id=review_id,
        outcome="merged" if same else "kept_apart",
        at=clock.now(),
        by=actor.label,
    )
    if same:
        await queries.delete_apart(tx, profile_id=one, other_id=other)
        by_hand = Join(one, other, MergeRule.BY_HAND, {"review": str(review_id)}, actor)
        await join(tx, [by_hand], vault=vault, policy=policy, clock=clock)
        return
    await _keep_apart(tx, one, other, actor, clock)
    await audit.record(
        tx,
        actor=actor,
        action="profiles.keep_apart",
        clock=clock,
        subjects=await vault.pseudonyms(tx, (one, other)),
        detail={"review": str(review_id)},
    )


async def waiting(tx: ReadTx) -> Waiting:
    """Return how many questions are open, and since when the oldest is."""
    return await queries.waiting_reviews(tx)


async def open_reviews(
    tx: ReadTx, *, after: UUID = UUID(int=0), at_most: int = PAGE
) -> list[Review]:
    """Return open questions, oldest first."""
    return await queries.open_reviews(tx, after=after, at_most=at_most)


async def journal(tx: ReadTx, profile_ids: Iterable[ProfileId]) -> list[Merge]:
    """Return all merges that these profiles were part of, newest first, undone ones too."""
    return await queries.journal(tx, profile_ids=list(profile_ids))


async def lock_people(tx: Tx, profile_ids: Iterable[UUID]) -> list[Profile]:
    """Lock all profiles of the people that these are part of; return them as they are now.

    Whoever merged or undid a merge while we waited has changed who belongs together: look again
    until nothing is new.
    """
    wanted = list(profile_ids)
    held: frozenset[UUID] = frozenset()
    while True:
        heads = {profile.head_id for profile in await queries.profiles(tx, profile_ids=wanted)}
        members = await queries.lock_members(tx, head_ids=list(heads))
        found = frozenset(member.profile_id for member in members)
        if found <= held:
            return members
        held = found


async def _require_living(tx: ReadTx, members: Sequence[Profile]) -> None:
    """Refuse to change who belongs to somebody who was erased.

    Raises:
        ErasedMeanwhile: one of these locked profiles was.
    """
    states = await gate.states(tx, [member.profile_id for member in members])
    if any(state.standing == Standing.ERASED for state in states.values()):
        raise ErasedMeanwhile


async def _regroup(tx: Tx, ids: list[ProfileId], policy: Policy, clock: Clock) -> None:
    """Work out the heads of locked profiles from the edges; consent follows."""
    members = await queries.profiles(tx, profile_ids=ids)
    heads = heads_of(members, await queries.edges(tx, profile_ids=ids))
    before = {member.profile_id: member.head_id for member in members}
    if heads == before:
        return
    await queries.set_heads(tx, heads=heads)
    by_id = {ProfileId(p): ProfileId(h) for p, h in heads.items()}
    await choices.regroup(tx, by_id, policy=policy, clock=clock)


async def _keep_apart(tx: Tx, one: UUID, other: UUID, actor: Actor, clock: Clock) -> None:
    first, second = sorted((one, other))
    await queries.insert_apart(
        tx, profile_id=first, other_id=second, at=clock.now(), by=actor.label
    )

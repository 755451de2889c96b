"""Asking the gate: what may be done with a profile now, with which, and why."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from candor.domain.audit.model import Actor, ActorKind
from candor.domain.consent.model.choice import Record, fold
from candor.domain.consent.model.decision import Decision, Reason, decide, explain
from candor.domain.consent.model.policy import Policy
from candor.domain.consent.model.state import Standing, State
from candor.domain.consent.queries import choices as stored
from candor.domain.vault.service import Verdict
from candor.infra.db.pool import ReadTx
from candor.kernel.ids import ProfileId

# A person reading their own profile (GDPR Art. 15): no purpose of ours.
OWN_DATA: Final = "own_data"


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
    records = await stored.records(tx, profile_ids=member_ids)
    state = (await states(tx, [profile_id])).get(profile_id)
    found: dict[str, Decision] = {}
    for purpose, bit in policy.bits.items():
        if bit in policy.declared:
            plain = decide(state, policy, purpose, now)
            found[purpose] = explain(plain, records, bit, frozenset(member_ids), now)
    return found


async def audience(tx: ReadTx, purpose: str, *, policy: Policy, now: datetime) -> int:
    """Return how many people a purpose may reach now; an undeclared purpose reaches nobody."""
    bit = policy.bits.get(purpose)
    if bit is None or bit not in policy.declared:
        return 0
    return await stored.audience(tx, bit=1 << bit, consent_mask=policy.consent_mask, now=now)


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
        regimes = {known[ProfileId(p)].regime for p in group if ProfileId(p) in known}
        regime = regimes.pop() if len(regimes) == 1 else None  # they differ: the strictest
        own = [record_ for record_ in records if record_.profile_id in members_]
        masks.append(fold(own, members_, policy, regime, now)[0])
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
    purpose of ours, and a restriction (GDPR Art. 18) does not bind the person it protects.
    """
    known = await states(tx, profile_ids)
    if purpose == OWN_DATA:
        own: frozenset[ProfileId] = frozenset()
        if actor.kind is ActorKind.CUSTOMER:
            own = frozenset(await members(tx, ProfileId(UUID(actor.id))))
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

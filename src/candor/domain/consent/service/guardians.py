"""Minors, and who may choose for them (GDPR Art. 8).

A no counts from anybody: from the child, from a guardian, from a signal. A yes of a minor counts
only when a guardian said it, who was written down with a proof before.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.domain.consent.errors import BadProof, NotGuardian
from candor.domain.consent.model.choice import Choice
from candor.domain.consent.model.guardian import Guardian, is_proof
from candor.domain.consent.model.policy import Policy
from candor.domain.consent.model.state import Standing, State
from candor.domain.consent.queries import choices as states
from candor.domain.consent.queries import guardians as stored
from candor.domain.consent.service import choices
from candor.domain.consent.service.choices import Statement
from candor.domain.consent.service.folding import lock, minor_until
from candor.domain.feed import service as feed
from candor.domain.feed.model import Changed
from candor.domain.vault.service import Vault
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.clock import Clock
from candor.kernel.ids import ProfileId

__all__ = [
    "appoint",
    "could_say",
    "end",
    "guardians_of",
    "is_minor",
    "minor_until_of",
    "record_for_child",
    "set_minor",
    "wards_of",
]


async def set_minor(
    tx: Tx,
    profile_id: ProfileId,
    until: date | None,
    *,
    actor: Actor,
    vault: Vault,
    policy: Policy,
    clock: Clock,
) -> None:
    """Say until which day a person needs a guardian to say yes; None: they never did.

    What they said before that day by themselves does not count from now on, what they refused
    does. For all profiles of the person; locks and folds them, published in the change feed,
    audited as `consent.minor_set`. Does nothing when it is so already.
    """
    members = await lock(tx, [profile_id])
    if not members or all(state.minor_until == until for state in members):
        return
    ids = [state.profile_id for state in members]
    await stored.set_minor(tx, profile_ids=ids, until=until)
    await choices.refold(tx, ids, policy=policy, clock=clock)
    await feed.publish(tx, Changed.CONSENT, ids, clock)
    await audit.record(
        tx,
        actor=actor,
        action="consent.minor_set",
        clock=clock,
        subjects=await vault.pseudonyms(tx, [profile_id]),
        fields=["minor_until"],
    )


async def is_minor(tx: ReadTx, profile_id: ProfileId, *, clock: Clock) -> bool:
    """Tell whether a person needs a guardian to say yes today."""
    until = await minor_until_of(tx, profile_id)
    return until is not None and clock.now().date() < until


async def minor_until_of(tx: ReadTx, profile_id: ProfileId) -> date | None:
    """Return the first day on which a person says yes by themselves; None: not known a minor."""
    members = await states.members(tx, profile_id=profile_id)
    return minor_until(await states.states(tx, profile_ids=members))


async def appoint(
    tx: Tx,
    child: ProfileId,
    guardian: ProfileId,
    *,
    proof: str,
    actor: Actor,
    vault: Vault,
    clock: Clock,
) -> None:
    """Write down that somebody may choose for a child, and the number of what shows it.

    Does nothing when they may already. Locks both; audited for both as
    `consent.guardian_appointed`.

    Raises:
        BadProof: the proof is not the number of a paper or case.
        NotGuardian: one of them is not known, they are the same person, or the guardian is a minor.
    """
    if not is_proof(proof):
        raise BadProof
    child_ids, guardian_ids = await _two(tx, child, guardian, clock)
    now = clock.now()
    standing = await stored.guardians(tx, profile_ids=child_ids)
    if any(one.guardian_id in guardian_ids and one.may_choose(now) for one in standing):
        return
    await stored.insert_guardian(
        tx,
        profile_id=child,
        guardian_id=guardian,
        since=now,
        proof=proof,
        recorded_by=actor.label,
    )
    await _write_down(tx, "consent.guardian_appointed", child, guardian, actor, vault, clock)


async def end(
    tx: Tx,
    child: ProfileId,
    guardian: ProfileId,
    *,
    actor: Actor,
    vault: Vault,
    clock: Clock,
) -> None:
    """End what somebody may choose for a child; what they chose stays.

    Audited for both as `consent.guardian_ended`.

    Raises:
        NotGuardian: they may not choose for this child now.
    """
    ended = await stored.end_guardian(
        tx,
        profile_ids=await states.members(tx, profile_id=child),
        guardian_ids=await states.members(tx, profile_id=guardian),
        at=clock.now(),
    )
    if not ended:
        raise NotGuardian
    await _write_down(tx, "consent.guardian_ended", child, guardian, actor, vault, clock)


async def guardians_of(tx: ReadTx, child: ProfileId) -> list[Guardian]:
    """Return who may choose, or once might, for a child; the newest first."""
    members = await states.members(tx, profile_id=child)
    return await stored.guardians(tx, profile_ids=members)


async def wards_of(tx: ReadTx, guardian: ProfileId, *, clock: Clock) -> list[ProfileId]:
    """Return the children for whom somebody may choose now."""
    members = await states.members(tx, profile_id=guardian)
    found = await stored.wards(tx, profile_ids=members, now=clock.now())
    return [ProfileId(child) for child in found]


async def could_say(
    tx: ReadTx, guardian: ProfileId, child: ProfileId, choice: Choice, at: datetime
) -> bool:
    """Tell whether a guardian could say this at an instant; a no may be older than the paper."""
    members = await states.members(tx, profile_id=guardian)
    own = [one for one in await guardians_of(tx, child) if one.guardian_id in members]
    if choice is not Choice.GRANTED:
        return bool(own)
    return any(one.may_choose(at) for one in own)


async def record_for_child(
    tx: Tx,
    guardian: ProfileId,
    statements: Sequence[Statement],
    *,
    actor: Actor,
    vault: Vault,
    policy: Policy,
    clock: Clock,
) -> frozenset[ProfileId]:
    """Record what a guardian chose for their child; return all profiles touched.

    As `choices.record`; the records name the guardian. They must have been the guardian when it
    was decided.

    Raises:
        NotGuardian: they may not choose for one of these.
    """
    for said in statements:
        if not await could_say(tx, guardian, said.via, said.choice, said.decided_at):
            raise NotGuardian
    return await choices.record(
        tx,
        [replace(statement, guardian_id=guardian) for statement in statements],
        actor=actor,
        vault=vault,
        policy=policy,
        clock=clock,
    )


async def _two(
    tx: Tx, child: ProfileId, guardian: ProfileId, clock: Clock
) -> tuple[list[UUID], frozenset[UUID]]:
    """Lock a child and a guardian; return all profiles of each.

    Raises:
        NotGuardian: not two known people, of whom the guardian is grown up.
    """
    locked = await lock(tx, [child, guardian])
    head_of = {state.profile_id: state.head_id for state in locked}
    if child not in head_of or guardian not in head_of:
        raise NotGuardian
    if head_of[child] == head_of[guardian]:
        raise NotGuardian
    older = [state for state in locked if state.head_id == head_of[guardian]]
    if _is_minor(older, clock.now().date()):
        raise NotGuardian
    if any(state.standing == Standing.ERASED for state in locked):
        raise NotGuardian
    children = [s.profile_id for s in locked if s.head_id == head_of[child]]
    return children, frozenset(state.profile_id for state in older)


def _is_minor(members: Sequence[State], today: date) -> bool:
    until = minor_until(members)
    return until is not None and today < until


async def _write_down(
    tx: Tx,
    action: str,
    child: ProfileId,
    guardian: ProfileId,
    actor: Actor,
    vault: Vault,
    clock: Clock,
) -> None:
    await audit.record(
        tx,
        actor=actor,
        action=action,
        clock=clock,
        subjects=await vault.pseudonyms(tx, [child, guardian]),
    )

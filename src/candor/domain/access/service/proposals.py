"""Four eyes: propose, approve, decline, withdraw; and the two deeds that access itself knows.

What a deed does is a function in a table that `candor.app` wires, for deeds belong to all slices.
It is done in the transaction of the approval: approved and not done cannot be.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Final
from uuid import UUID

from candor.domain.access.errors import (
    BadProposal,
    NoSuchProposal,
    NotPermitted,
    OwnProposal,
    ProposalOver,
)
from candor.domain.access.model.proposal import (
    PERMIT_LASTS_AT_MOST,
    PERMITTABLE,
    RULES,
    WHY_AT_LEAST,
    WHY_AT_MOST,
    Bar,
    Deed,
    Payload,
    Permit,
    Proposal,
    State,
)
from candor.domain.access.model.roles import Role, may
from candor.domain.access.model.sign_in import Session, Staff
from candor.domain.access.queries import proposals as stored
from candor.domain.access.service import administrators, sessions
from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor, Outcome
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.clock import Clock
from candor.kernel.ids import new_id

PAGE: Final = 50
_HOUR: Final = timedelta(hours=1)

# Does a deed, given the proposal: who proposed it is named there, who approved it is the actor.
Doing = Callable[[Tx, Proposal, Actor], Awaitable[None]]
Deeds = Mapping[Deed, Doing]


async def propose(
    tx: Tx,
    deed: Deed,
    payload: Payload,
    why: str,
    *,
    member: Staff,
    clock: Clock,
    machine: Actor | None = None,
) -> UUID:
    """Write down what somebody proposes; nothing happens yet; audited.

    `machine`: what proposes in the member's name, where they did not at this moment.

    Raises:
        NotPermitted: the role may not even propose it.
        BadProposal: no reason is given, or the deed makes no sense.
    """
    rule = RULES[deed]
    if not may(member.role, rule.propose):
        raise NotPermitted
    why = " ".join(why.split())
    if not WHY_AT_LEAST <= len(why) <= WHY_AT_MOST:
        raise BadProposal
    _check(deed, payload)
    now, proposal_id = clock.now(), new_id()
    await stored.insert_proposal(
        tx,
        proposal_id=proposal_id,
        kind=deed,
        payload=json.dumps(dict(payload)),
        why=why,
        proposed_by=member.staff_id,
        at=now,
        expires_at=now + rule.lasts,
    )
    await _write_down(tx, "access.proposed", proposal_id, deed, member, clock, machine=machine)
    return proposal_id


async def approve(
    tx: Tx, proposal_id: UUID, *, deeds: Deeds, member: Staff, session: Session, clock: Clock
) -> Proposal:
    """Approve what another proposed, and do it, in this transaction; audited.

    Raises:
        ProofNeeded: the approver did not prove lately who they are.
        NoSuchProposal, ProposalOver, NotPermitted.
        OwnProposal: theirs, about themselves, or of somebody whom they let in.
    """
    sessions.require_proof(session, clock)
    proposal, deed = await _decidable(tx, proposal_id, member, clock)
    await _settle(tx, proposal, State.APPROVED, member, clock)
    await deeds[deed](tx, proposal, Actor.staff(member.staff_id))
    await _write_down(tx, "access.approved", proposal_id, deed, member, clock)
    return proposal


async def decline(tx: Tx, proposal_id: UUID, *, member: Staff, clock: Clock) -> Proposal:
    """Decline what another proposed; audited.

    Raises:
        NoSuchProposal, ProposalOver, OwnProposal, NotPermitted.
    """
    proposal, deed = await _decidable(tx, proposal_id, member, clock)
    await _settle(tx, proposal, State.DECLINED, member, clock)
    await _write_down(
        tx, "access.declined", proposal_id, deed, member, clock, outcome=Outcome.REFUSED
    )
    return proposal


async def withdraw(tx: Tx, proposal_id: UUID, *, member: Staff, clock: Clock) -> Proposal:
    """Take back what one proposed oneself; audited.

    Raises:
        NoSuchProposal: there is none, or it is somebody else's.
        ProposalOver: it is decided already, or too old.
    """
    proposal = await _open(tx, proposal_id, clock)
    if proposal.proposed_by != member.staff_id:
        raise NoSuchProposal
    await stored.settle_proposal(
        tx, proposal_id=proposal_id, state=State.WITHDRAWN, decided_by=None, at=clock.now()
    )
    await _write_down(tx, "access.withdrawn", proposal_id, Deed(proposal.kind), member, clock)
    return proposal


async def withdraw_all_of(tx: Tx, staff_id: UUID, clock: Clock) -> int:
    """Withdraw what somebody proposed who leaves; return how many."""
    return await stored.withdraw_all_of(tx, staff_id=staff_id, at=clock.now())


async def find(tx: ReadTx, proposal_id: UUID) -> Proposal:
    """Return a proposal.

    Raises:
        NoSuchProposal.
    """
    found = await stored.find_proposal(tx, proposal_id=proposal_id)
    if found is None:
        raise NoSuchProposal
    return found


async def bar_to(tx: ReadTx, proposal: Proposal, member: Staff) -> Bar | None:
    """Return why a member may not decide on a proposal; None: they may, while it is open."""
    if not may(member.role, RULES[Deed(proposal.kind)].decide):
        return Bar.OWN if proposal.proposed_by == member.staff_id else Bar.ROLE
    if proposal.proposed_by == member.staff_id:
        return Bar.OWN
    if proposal.payload.get("staff") == str(member.staff_id):
        return Bar.ABOUT
    if await stored.inviter_of(tx, staff_id=proposal.proposed_by) == member.staff_id:
        return Bar.INVITER
    return None


async def latest(tx: ReadTx, clock: Clock, *, at_most: int = PAGE) -> list[Proposal]:
    """Return the last proposals, those that can be decided on first."""
    return await stored.last_proposals(tx, at=clock.now(), at_most=at_most)


async def waiting_for(tx: ReadTx, member: Staff, clock: Clock) -> int:
    """Return how many proposals wait for a decision that this member could make."""
    decides = any(may(member.role, rule.decide) for rule in RULES.values())
    if not decides:
        return 0
    return await stored.waiting_for(tx, staff_id=member.staff_id, at=clock.now())


async def sweep(tx: Tx, clock: Clock) -> int:
    """Close what nobody decided on in time; return how many."""
    return await stored.expire_proposals(tx, at=clock.now())


# ------------------------------------------------------------------------- permits
async def permits_of(tx: ReadTx, staff_id: UUID, clock: Clock) -> list[Permit]:
    """Return what a member of staff is permitted beyond the role, now."""
    return await stored.standing_permits(tx, staff_id=staff_id, at=clock.now())


async def end_permits_of(tx: Tx, staff_id: UUID, clock: Clock) -> int:
    """Take back every permit of somebody who leaves or is suspected; return how many."""
    return await stored.end_permits_of(tx, staff_id=staff_id, at=clock.now())


def own_deeds(clock: Clock) -> Deeds:
    """Return the deeds that are matters of access itself."""

    async def grant_permit(tx: Tx, proposal: Proposal, actor: Actor) -> None:
        now = clock.now()
        await stored.insert_permit(
            tx,
            permit_id=new_id(),
            staff_id=proposal.proposed_by,
            permission=str(proposal.payload["permission"]),
            proposal_id=proposal.proposal_id,
            at=now,
            expires_at=now + _HOUR * int(proposal.payload["hours"]),
        )
        await audit.record(
            tx,
            actor=actor,
            action="access.permit_granted",
            clock=clock,
            detail={
                "staff": str(proposal.proposed_by),
                "permission": str(proposal.payload["permission"]),
                "hours": int(proposal.payload["hours"]),
            },
        )

    async def change_role(tx: Tx, proposal: Proposal, actor: Actor) -> None:
        staff_id = UUID(str(proposal.payload["staff"]))
        role = Role(str(proposal.payload["role"]))
        if role is not Role.ADMIN:
            await administrators.keep_one(tx, staff_id)
        if not await stored.set_role(tx, staff_id=staff_id, role=role):
            raise ProposalOver
        ended = await sessions.end_all_of_staff(tx, staff_id, clock=clock)
        await stored.end_permits_of(tx, staff_id=staff_id, at=clock.now())
        await audit.record(
            tx,
            actor=actor,
            action="access.role_changed",
            clock=clock,
            detail={"staff": str(staff_id), "role": role.value, "sign_ins": ended},
        )

    return {Deed.GRANT_PERMIT: grant_permit, Deed.CHANGE_ROLE: change_role}


# ------------------------------------------------------------------------- inside
def _check(deed: Deed, payload: Payload) -> None:
    """Refuse what could never be done.

    Raises:
        BadProposal.
    """
    try:
        match deed:
            case Deed.CHANGE_ROLE:
                UUID(str(payload["staff"]))
                Role(str(payload["role"]))
            case Deed.LET_IN | Deed.SEND_AWAY:
                UUID(str(payload["staff"]))
            case Deed.GRANT_PERMIT:
                hours = int(payload["hours"])
                is_known = payload["permission"] in PERMITTABLE
                if not is_known or not 1 <= hours <= PERMIT_LASTS_AT_MOST // _HOUR:
                    raise BadProposal
            case Deed.HAND_OVER:
                UUID(str(payload["file"]))
    except (KeyError, ValueError):
        raise BadProposal from None


async def _open(tx: Tx, proposal_id: UUID, clock: Clock) -> Proposal:
    proposal = await stored.lock_proposal(tx, proposal_id=proposal_id)
    if proposal is None:
        raise NoSuchProposal
    if proposal.state_at(clock.now()) is not State.OPEN:
        raise ProposalOver
    return proposal


async def _decidable(
    tx: Tx, proposal_id: UUID, member: Staff, clock: Clock
) -> tuple[Proposal, Deed]:
    proposal = await _open(tx, proposal_id, clock)
    bar = await bar_to(tx, proposal, member)
    if bar is Bar.ROLE:
        raise NotPermitted
    if bar is not None:
        raise OwnProposal
    return proposal, Deed(proposal.kind)


async def _settle(
    tx: Tx, proposal: Proposal, state: State, member: Staff, clock: Clock
) -> None:
    await stored.settle_proposal(
        tx,
        proposal_id=proposal.proposal_id,
        state=state,
        decided_by=member.staff_id,
        at=clock.now(),
    )


async def _write_down(
    tx: Tx,
    action: str,
    proposal_id: UUID,
    deed: Deed,
    member: Staff,
    clock: Clock,
    *,
    outcome: Outcome = Outcome.DONE,
    machine: Actor | None = None,
) -> None:
    await audit.record(
        tx,
        actor=machine or Actor.staff(member.staff_id),
        action=action,
        clock=clock,
        outcome=outcome,
        detail={"proposal": str(proposal_id), "deed": deed.value},
    )

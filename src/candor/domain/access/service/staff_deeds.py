"""Deeds about staff that need four eyes: a grave role, letting in anew, an administrator's end.

Whoever could approve proposals or invite others must not be made by one person alone, nor be let
in anew by one: the invitation goes to the address that stands at the account, and to nobody else.
Nor does one person alone demote or send away an administrator: otherwise the first who is taken
over could be rid of all others.
"""

from collections.abc import Collection
from uuid import UUID

from candor.domain.access.errors import BadStaff, NoSuchStaff, OwnAccount
from candor.domain.access.model.proposal import Deed, Payload, Proposal
from candor.domain.access.model.roles import Role
from candor.domain.access.model.sign_in import Session, Staff
from candor.domain.access.model.staff import is_grave, raises
from candor.domain.access.queries import factors as stored
from candor.domain.access.queries import members as stored_members
from candor.domain.access.service import (
    administrators,
    invitations,
    leaving,
    proposals,
    sessions,
)
from candor.domain.access.service.leaving import HandedOn
from candor.domain.audit.model import Actor
from candor.infra.db.pool import Tx
from candor.infra.keyring import KeyProvider
from candor.kernel.clock import Clock
from candor.kernel.ids import StaffId


def deeds(keyring: KeyProvider, clock: Clock) -> proposals.Deeds:
    """Return what is done when such a proposal is approved."""

    async def let_in(tx: Tx, proposal: Proposal, actor: Actor) -> None:
        staff_id = UUID(str(proposal.payload["staff"]))
        found = await stored.factors_of(tx, staff_ids=[staff_id])
        if found and found[0].is_empty:
            await invitations.invite(tx, staff_id, keyring=keyring, actor=actor, clock=clock)
        else:
            await invitations.begin_anew(
                tx, staff_id, keyring=keyring, actor=actor, clock=clock
            )

    async def send_away(tx: Tx, proposal: Proposal, actor: Actor) -> None:
        staff_id = UUID(str(proposal.payload["staff"]))
        refs = str(proposal.payload["keys"]).split()
        keys = HandedOn(proposal.proposed_by, refs)
        await leaving.leave(tx, staff_id, actor=actor, clock=clock, keys=keys)

    return {Deed.LET_IN: let_in, Deed.SEND_AWAY: send_away}


async def let_in(
    tx: Tx,
    member: Staff,
    *,
    why: str,
    by: Staff,
    session: Session,
    keyring: KeyProvider,
    clock: Clock,
) -> UUID | None:
    """Invite somebody who has no way in; or propose it, where that needs two.

    An account that has factors, or a grave role, needs two: the factors end with the approval.

    Returns:
        the proposal, or None when they are invited already.

    Raises:
        ProofNeeded: no fresh proof.
        OwnAccount: nobody lets themselves in anew.
        BadProposal: no reason is given.
        BadStaff: there is no address to which an invitation could go.
    """
    sessions.require_proof(session, clock)
    if member.staff_id == by.staff_id:
        raise OwnAccount
    if not member.email:
        raise BadStaff(hint="Their account has no address. Use: candor staff reset-factors")
    found = await stored.factors_of(tx, staff_ids=[member.staff_id])
    if found and found[0].is_empty and not is_grave(Role(member.role)):
        actor = Actor.staff(by.staff_id)
        await invitations.invite(tx, member.staff_id, keyring=keyring, actor=actor, clock=clock)
        return None
    payload: Payload = {"staff": str(member.staff_id)}
    return await proposals.propose(tx, Deed.LET_IN, payload, why, member=by, clock=clock)


async def change_role(
    tx: Tx, staff_id: UUID, role: Role, *, why: str, by: Staff, session: Session, clock: Clock
) -> UUID | None:
    """Give somebody another role; or propose it, where it is more, or less for an administrator.

    Returns:
        the proposal, or None when it is done already.

    Raises:
        ProofNeeded, NoSuchStaff, OwnAccount, LastAdministrator, BadProposal.
    """
    sessions.require_proof(session, clock)
    if staff_id == by.staff_id:
        raise OwnAccount
    member = await stored_members.find_staff(tx, staff_id=StaffId(staff_id))
    if member is None:
        raise NoSuchStaff
    if administrators.is_one(member) and role is not Role.ADMIN:
        await administrators.keep_one(tx, staff_id)
    elif not raises(member.role, role):
        actor = Actor.staff(by.staff_id)
        await leaving.step_down(tx, member, role, actor=actor, clock=clock)
        return None
    payload: Payload = {"staff": str(staff_id), "role": role.value}
    return await proposals.propose(tx, Deed.CHANGE_ROLE, payload, why, member=by, clock=clock)


async def send_away(
    tx: Tx,
    staff_id: UUID,
    refs: Collection[str],
    *,
    why: str,
    by: Staff,
    session: Session,
    clock: Clock,
) -> UUID | None:
    """Let somebody leave; or propose it, where they are an administrator.

    Args:
        tx: the transaction in which everything of theirs ends.
        staff_id: who leaves.
        refs: their keys that go on: whoever acts, or proposes, answers for them from then on.
        why: the reason, where another must approve.
        by: who acts.
        session: their sign-in.
        clock: gives the present.

    Returns:
        the proposal, or None when they have left already.

    Raises:
        ProofNeeded, NoSuchStaff, OwnAccount, LastAdministrator, BadProposal.
    """
    sessions.require_proof(session, clock)
    if staff_id == by.staff_id:
        raise OwnAccount
    member = await stored_members.find_staff(tx, staff_id=StaffId(staff_id))
    if member is None:
        raise NoSuchStaff
    if administrators.is_one(member):
        await administrators.keep_one(tx, staff_id)
        payload: Payload = {"staff": str(staff_id), "keys": " ".join(sorted(refs))}
        return await proposals.propose(tx, Deed.SEND_AWAY, payload, why, member=by, clock=clock)
    keys = HandedOn(by.staff_id, refs)
    actor = Actor.staff(by.staff_id)
    await leaving.leave(tx, staff_id, actor=actor, clock=clock, keys=keys)
    return None

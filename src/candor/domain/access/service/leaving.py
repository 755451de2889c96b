"""When somebody leaves: in one transaction nothing of theirs opens anything any more.

Their handle, name and id stay, for the log names them. Keys that they answer for end with them,
but those that a colleague takes over by name.
"""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from candor.domain.access.errors import NoSuchStaff, OwnAccount
from candor.domain.access.model.factors import Weight
from candor.domain.access.model.roles import Role
from candor.domain.access.model.sign_in import Audience, Staff
from candor.domain.access.queries import ceremonies as stored_ceremonies
from candor.domain.access.queries import factors as stored_factors
from candor.domain.access.queries import leaving as stored
from candor.domain.access.queries import members as stored_members
from candor.domain.access.queries import sessions as stored_sessions
from candor.domain.access.queries import sign_in_links as stored_links
from candor.domain.access.service import administrators, answering, proposals
from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.infra import jobs
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class HandedOn:
    """Which keys go on after somebody left, and who answers for them from then on."""

    to: UUID
    refs: Collection[str]


async def weigh(tx: ReadTx, staff_id: UUID, clock: Clock) -> Weight:
    """Return what would end with somebody's leaving."""
    return await stored.weigh(tx, staff_id=staff_id, at=clock.now())


async def leave(
    tx: Tx, staff_id: UUID, *, actor: Actor, clock: Clock, keys: HandedOn | None = None
) -> Weight:
    """Let somebody leave; audited.

    Factors, sign-ins, links, permits, proposals, queued work and the keys that they answer for
    end; but the keys in `keys`, which a colleague takes over.
    The administrators are locked, so that the last two cannot each send the other away.
    On a page nobody sends an administrator away alone: `staff_deeds.send_away`.

    Raises:
        NoSuchStaff: unknown, or left already.
        OwnAccount: nobody sends themselves away.
        LastAdministrator: nobody would be left to bring in others.
    """
    if actor == Actor.staff(staff_id):
        raise OwnAccount
    await administrators.keep_one(tx, staff_id)
    member = await stored_members.lock_staff(tx, staff_id=staff_id)
    if member is None:
        raise NoSuchStaff
    weight = await weigh(tx, staff_id, clock)
    await stored_members.mark_left(tx, staff_id=staff_id, at=clock.now())
    await stored_factors.delete_factors(tx, staff_id=staff_id)
    await stored_ceremonies.delete_ceremonies(tx, bearer_ids=[staff_id])
    await stored_links.delete_links(tx, bearer_ids=[staff_id])
    await stored_sessions.revoke_sessions_of(
        tx, bearer_ids=[staff_id], audience=Audience.STAFF, but=b"", at=clock.now()
    )
    await proposals.end_permits_of(tx, staff_id, clock)
    await proposals.withdraw_all_of(tx, staff_id, clock)
    handed = 0
    if keys is not None:
        handed = await answering.hand_on(
            tx, staff_id, keys.refs, to=keys.to, actor=actor, clock=clock
        )
    ended = await answering.end_all(tx, staff_id, actor=actor, clock=clock)
    dropped = await jobs.drop_waiting(tx, "staff_id", str(staff_id))
    await audit.record(
        tx,
        actor=actor,
        action="access.staff_left",
        clock=clock,
        detail={
            "staff": str(staff_id),
            "sign_ins": weight.sessions,
            "passkeys": weight.passkeys,
            "permits": weight.permits,
            "proposals": weight.proposals,
            "jobs": dropped,
            "keys": ended,
            "keys_handed_on": handed,
        },
    )
    return weight


async def step_down(tx: Tx, member: Staff, role: Role, *, actor: Actor, clock: Clock) -> int:
    """Give somebody a role that includes nothing new; their sign-ins end; return how many; audited.

    What gives anything new, or takes it from an administrator, is a proposal
    (`access.change_role`).

    Raises:
        OwnAccount: nobody changes their own role.
        LastAdministrator: no administrator would remain.
        NoSuchStaff: they left meanwhile.
    """
    if actor == Actor.staff(member.staff_id):
        raise OwnAccount
    await administrators.keep_one(tx, member.staff_id)
    if not await stored.set_role_of(tx, staff_id=member.staff_id, role=role):
        raise NoSuchStaff
    ended = await stored_sessions.revoke_sessions_of(
        tx, bearer_ids=[member.staff_id], audience=Audience.STAFF, but=b"", at=clock.now()
    )
    await audit.record(
        tx,
        actor=actor,
        action="access.role_changed",
        clock=clock,
        detail={"staff": str(member.staff_id), "role": role.value, "sign_ins": ended},
    )
    return ended

"""Four eyes: nothing happens before another approves, and then once."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from candor.domain.access.errors import (
    BadProposal,
    NoSuchProposal,
    NotPermitted,
    OwnProposal,
    ProofNeeded,
    ProposalOver,
)
from candor.domain.access.model.proposal import Deed, State
from candor.domain.access.model.roles import Role
from candor.domain.access.model.sign_in import Audience, Method, Session, Staff
from candor.domain.access.service import invitations, members, proposals, sessions
from candor.domain.audit.model import Actor
from candor.infra.db.pool import Database
from candor.infra.keyring import LocalKeyring
from candor.kernel.clock import FixedClock
from candor.kernel.errors import CandorError
from candor.kernel.ids import new_id

BULK = {"permission": "people:bulk", "hours": 2}
WHY = "Answering the letters about the recall of March"


async def hire(db: Database, clock: FixedClock, handle: str, role: Role) -> Staff:
    """Make a member of staff."""
    async with db.tx() as tx:
        return await members.put(
            tx, handle=handle, display_name=handle.title(), role=role, clock=clock
        )


async def entered(
    db: Database, clock: FixedClock, member: Staff, *, is_strong: bool = True
) -> Session:
    """Begin a session."""
    async with db.tx() as tx:
        secret = await sessions.begin(
            tx,
            audience=Audience.STAFF,
            bearer_id=member.staff_id,
            methods=[Method.PASSKEY],
            is_strong=is_strong,
            clock=clock,
        )
        return await sessions.of_cookie(tx, secret, audience=Audience.STAFF, clock=clock)


async def proposed(db: Database, clock: FixedClock, member: Staff) -> UUID:
    """Propose a permit."""
    async with db.tx() as tx:
        return await proposals.propose(
            tx, Deed.GRANT_PERMIT, BULK, WHY, member=member, clock=clock
        )


async def approve(db: Database, clock: FixedClock, which: UUID, member: Staff) -> None:
    """Approve with a fresh proof."""
    session = await entered(db, clock, member)
    async with db.tx() as tx:
        await proposals.approve(
            tx,
            which,
            deeds=proposals.own_deeds(clock),
            member=member,
            session=session,
            clock=clock,
        )


async def permits(db: Database, clock: FixedClock, member: Staff) -> list[str]:
    """Return what somebody is permitted beyond the role."""
    async with db.read() as tx:
        return [
            one.permission for one in await proposals.permits_of(tx, member.staff_id, clock)
        ]


@pytest.mark.asvs("2.3.5")
async def test_a_permit_needs_another_and_ends_by_itself(
    db: Database, clock: FixedClock
) -> None:
    cleo = await hire(db, clock, "cleo", Role.SUPPORT)
    dora = await hire(db, clock, "dora", Role.PRIVACY)
    which = await proposed(db, clock, cleo)
    assert await permits(db, clock, cleo) == []
    async with db.read() as tx:
        assert await proposals.waiting_for(tx, dora, clock) == 1
        assert await proposals.waiting_for(tx, cleo, clock) == 0
    await approve(db, clock, which, dora)
    assert await permits(db, clock, cleo) == ["people:bulk"]
    assert await permits(db, clock, dora) == []
    clock.advance(timedelta(hours=2))
    assert await permits(db, clock, cleo) == []


@pytest.mark.parametrize("role", [Role.PRIVACY, Role.ADMIN, Role.SECURITY])
async def test_nobody_approves_what_they_proposed(
    role: Role, db: Database, clock: FixedClock, owner: psycopg.Connection[Any]
) -> None:
    dora = await hire(db, clock, "dora", role)
    which = await proposed(db, clock, dora)
    with pytest.raises(OwnProposal):
        await approve(db, clock, which, dora)
    with pytest.raises(psycopg.errors.CheckViolation):
        owner.execute(
            "UPDATE access.proposal SET state = 'approved', decided_by = proposed_by,"
            " decided_at = now()"
        )


async def test_nobody_decides_about_their_own_role(db: Database, clock: FixedClock) -> None:
    alex = await hire(db, clock, "alex", Role.ADMIN)
    dora = await hire(db, clock, "dora", Role.PRIVACY)
    change = {"staff": str(dora.staff_id), "role": "admin"}
    async with db.tx() as tx:
        which = await proposals.propose(
            tx, Deed.CHANGE_ROLE, change, WHY, member=alex, clock=clock
        )
    with pytest.raises(OwnProposal):
        await approve(db, clock, which, dora)


async def test_a_new_role_ends_all_sign_ins(db: Database, clock: FixedClock) -> None:
    alex = await hire(db, clock, "alex", Role.ADMIN)
    dora = await hire(db, clock, "dora", Role.PRIVACY)
    cleo = await hire(db, clock, "cleo", Role.SUPPORT)
    change = {"staff": str(cleo.staff_id), "role": "privacy"}
    await entered(db, clock, cleo)
    async with db.tx() as tx:
        which = await proposals.propose(
            tx, Deed.CHANGE_ROLE, change, WHY, member=alex, clock=clock
        )
    await approve(db, clock, which, dora)
    async with db.read() as tx:
        roles = {one.handle: one.role for one in await members.everybody(tx)}
        stood = await sessions.of_bearer(tx, [cleo.staff_id])
    assert roles["cleo"] == "privacy"
    assert [one.revoked_at for one in stood] == [clock.now()]


async def test_approving_takes_a_fresh_proof(db: Database, clock: FixedClock) -> None:
    cleo = await hire(db, clock, "cleo", Role.SUPPORT)
    dora = await hire(db, clock, "dora", Role.PRIVACY)
    which = await proposed(db, clock, cleo)
    weak = await entered(db, clock, dora, is_strong=False)
    stale = await entered(db, clock, dora)
    clock.advance(timedelta(minutes=16))
    for session in (weak, stale):
        with pytest.raises(ProofNeeded):
            async with db.tx() as tx:
                await proposals.approve(
                    tx,
                    which,
                    deeds=proposals.own_deeds(clock),
                    member=dora,
                    session=session,
                    clock=clock,
                )


@pytest.mark.parametrize(
    "role", [Role.SUPPORT, Role.MARKETING, Role.LOYALTY, Role.INTEGRATION, Role.AUDITOR]
)
async def test_who_may_not_decide_does_not(role: Role, db: Database, clock: FixedClock) -> None:
    cleo = await hire(db, clock, "cleo", Role.SUPPORT)
    eve = await hire(db, clock, "eve", role)
    which = await proposed(db, clock, cleo)
    with pytest.raises(NotPermitted):
        await approve(db, clock, which, eve)
    with pytest.raises(NotPermitted):
        async with db.tx() as tx:
            await proposals.decline(tx, which, member=eve, clock=clock)


@pytest.mark.asvs("2.3.4")
async def test_of_two_at_once_one_decides(committed_db: Database, clock: FixedClock) -> None:
    db = committed_db
    cleo = await hire(db, clock, "cleo", Role.SUPPORT)
    others = [await hire(db, clock, f"dora{n}", Role.PRIVACY) for n in range(4)]
    which = await proposed(db, clock, cleo)
    got = await asyncio.gather(
        *(approve(db, clock, which, one) for one in others), return_exceptions=True
    )
    assert [type(one) for one in got].count(ProposalOver) == 3
    assert await permits(db, clock, cleo) == ["people:bulk"]


async def test_too_late_is_too_late(db: Database, clock: FixedClock) -> None:
    cleo = await hire(db, clock, "cleo", Role.SUPPORT)
    dora = await hire(db, clock, "dora", Role.PRIVACY)
    which = await proposed(db, clock, cleo)
    clock.advance(timedelta(hours=24))
    with pytest.raises(ProposalOver):
        await approve(db, clock, which, dora)
    async with db.tx() as tx:
        assert await proposals.sweep(tx, clock) == 1
        assert (await proposals.find(tx, which)).state == State.EXPIRED


async def test_withdrawing_is_for_whoever_proposed(db: Database, clock: FixedClock) -> None:
    cleo = await hire(db, clock, "cleo", Role.SUPPORT)
    dora = await hire(db, clock, "dora", Role.PRIVACY)
    which = await proposed(db, clock, cleo)
    with pytest.raises(NoSuchProposal):
        async with db.tx() as tx:
            await proposals.withdraw(tx, which, member=dora, clock=clock)
    async with db.tx() as tx:
        await proposals.withdraw(tx, which, member=cleo, clock=clock)
    with pytest.raises(ProposalOver):
        await approve(db, clock, which, dora)


@pytest.mark.parametrize(
    ("deed", "payload", "why"),
    [
        (Deed.GRANT_PERMIT, BULK, "because"),
        (Deed.GRANT_PERMIT, BULK, "x" * 501),
        (Deed.GRANT_PERMIT, {"permission": "keys:manage", "hours": 2}, WHY),
        (Deed.GRANT_PERMIT, {"permission": "people:bulk", "hours": 13}, WHY),
        (Deed.GRANT_PERMIT, {"permission": "people:bulk", "hours": 0}, WHY),
        (Deed.GRANT_PERMIT, {"permission": "people:bulk"}, WHY),
        (Deed.CHANGE_ROLE, {"staff": "me", "role": "admin"}, WHY),
        (Deed.CHANGE_ROLE, {"staff": str(new_id()), "role": "root"}, WHY),
    ],
)
async def test_what_makes_no_sense_cannot_be_proposed(
    deed: Deed, payload: dict[str, str | int], why: str, db: Database, clock: FixedClock
) -> None:
    alex = await hire(db, clock, "alex", Role.ADMIN)
    with pytest.raises(BadProposal):
        async with db.tx() as tx:
            await proposals.propose(tx, deed, payload, why, member=alex, clock=clock)


@pytest.mark.asvs("2.3.3")
async def test_a_deed_that_fails_undoes_the_approval(db: Database, clock: FixedClock) -> None:
    alex = await hire(db, clock, "alex", Role.ADMIN)
    dora = await hire(db, clock, "dora", Role.PRIVACY)
    nobody = {"staff": str(new_id()), "role": "support"}
    async with db.tx() as tx:
        which = await proposals.propose(
            tx, Deed.CHANGE_ROLE, nobody, WHY, member=alex, clock=clock
        )
    with pytest.raises(CandorError):
        await approve(db, clock, which, dora)
    async with db.read() as tx:
        assert (await proposals.find(tx, which)).state == State.OPEN


async def test_whoever_let_somebody_in_is_not_their_second_pair_of_eyes(
    db: Database, clock: FixedClock, keyring: LocalKeyring
) -> None:
    alex = await hire(db, clock, "alex", Role.ADMIN)
    dora = await hire(db, clock, "dora", Role.PRIVACY)
    puppet = await hire(db, clock, "puppet", Role.SUPPORT)
    async with db.tx() as tx:
        await invitations.invite(
            tx,
            puppet.staff_id,
            keyring=keyring,
            actor=Actor.staff(alex.staff_id),
            clock=clock,
        )
    which = await proposed(db, clock, puppet)
    with pytest.raises(OwnProposal):
        await approve(db, clock, which, alex)
    assert await permits(db, clock, puppet) == []
    await approve(db, clock, which, dora)
    assert await permits(db, clock, puppet) == ["people:bulk"]

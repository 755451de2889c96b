"""Somebody leaves: their keys end or are taken over, and no administrator is lost by one alone."""

from typing import Any

import psycopg
import pytest

from candor.domain.access.errors import (
    BadProposal,
    LastAdministrator,
    ProposalOver,
    WrongAPIKey,
    WrongKey,
)
from candor.domain.access.model.keys import Scope
from candor.domain.access.model.proposal import Bar
from candor.domain.access.model.roles import Role
from candor.domain.access.model.sign_in import Staff
from candor.domain.access.service import (
    answering,
    api_keys,
    leaving,
    members,
    proposals,
    staff_deeds,
    write_keys,
)
from candor.domain.access.service.leaving import HandedOn
from candor.domain.audit import service as audit
from candor.infra.db.pool import Database
from candor.infra.keyring import LocalKeyring
from candor.kernel.clock import FixedClock
from tests.db.access.test_four_eyes import WHY, entered, hire
from tests.factories.house import TEST


async def issue(db: Database, clock: FixedClock, of: Staff) -> tuple[str, str]:
    """Make a key of each kind for which somebody answers; return their secrets."""
    async with db.tx() as tx:
        secret, _ = await api_keys.issue(
            tx,
            name="Mail platform",
            scopes=[Scope.DECISIONS_READ],
            source_code=None,
            actor=TEST,
            clock=clock,
            made_by=of.staff_id,
        )
        write = await write_keys.issue(
            tx, source_code="shop", actor=TEST, clock=clock, made_by=of.staff_id
        )
    return secret, write


async def send_away(
    db: Database, clock: FixedClock, whom: Staff, by: Staff, *, why: str = WHY
) -> object:
    """Let somebody leave, or propose it; return the proposal."""
    session = await entered(db, clock, by)
    async with db.tx() as tx:
        return await staff_deeds.send_away(
            tx, whom.staff_id, [], why=why, by=by, session=session, clock=clock
        )


@pytest.mark.asvs("6.5.6", "7.4.2")
async def test_the_keys_of_who_leaves_end(db: Database, clock: FixedClock) -> None:
    alex = await hire(db, clock, "alex", Role.ADMIN)
    ivo = await hire(db, clock, "ivo", Role.INTEGRATION)
    secret, write = await issue(db, clock, ivo)
    others, others_write = await issue(db, clock, alex)
    assert await send_away(db, clock, ivo, alex) is None
    async with db.read() as tx:
        with pytest.raises(WrongAPIKey):
            await api_keys.find(tx, secret, clock)
        with pytest.raises(WrongKey):
            await write_keys.source_of(tx, write)
        await api_keys.find(tx, others, clock)
        await write_keys.source_of(tx, others_write)
        [left] = await audit.newest(tx, action="access.staff_left")
        revoked = await audit.newest(tx, action="access.api_key_revoked")
    assert (left.detail["keys"], left.detail["keys_handed_on"]) == (2, 0)
    assert len(revoked) == 1


async def test_a_suspended_key_of_who_leaves_is_not_resumed(
    db: Database, clock: FixedClock
) -> None:
    ivo = await hire(db, clock, "ivo", Role.INTEGRATION)
    secret, _ = await issue(db, clock, ivo)
    async with db.tx() as tx:
        key = await api_keys.find(tx, secret, clock)
        await api_keys.suspend(tx, key.key_id, actor=TEST, clock=clock)
        await leaving.leave(tx, ivo.staff_id, actor=TEST, clock=clock)
        await api_keys.resume(tx, key.key_id, actor=TEST, clock=clock)
    async with db.read() as tx:
        with pytest.raises(WrongAPIKey):
            await api_keys.find(tx, secret, clock)


async def test_a_key_that_is_taken_over_goes_on_until_its_heir_leaves(
    db: Database, clock: FixedClock
) -> None:
    alex = await hire(db, clock, "alex", Role.SECURITY)
    ivo = await hire(db, clock, "ivo", Role.INTEGRATION)
    secret, write = await issue(db, clock, ivo)
    async with db.tx() as tx:
        refs = [key.ref for key in await answering.keys_of(tx, ivo.staff_id, clock)]
        assert len(refs) == 2
        assert not any(write in ref or secret in ref for ref in refs)
        keys = HandedOn(alex.staff_id, [*refs, "no such key"])
        await leaving.leave(tx, ivo.staff_id, actor=TEST, clock=clock, keys=keys)
    async with db.tx() as tx:
        key = await api_keys.find(tx, secret, clock)
        assert await write_keys.source_of(tx, write) == "shop"
        _, successor = await api_keys.rotate(tx, key.key_id, actor=TEST, clock=clock)
        assert successor.made_by == alex.staff_id
        assert len(await audit.newest(tx, action="access.key_handed_on")) == 2
        await leaving.leave(tx, alex.staff_id, actor=TEST, clock=clock)
    async with db.read() as tx:
        with pytest.raises(WrongAPIKey):
            await api_keys.find(tx, secret, clock)
        with pytest.raises(WrongKey):
            await write_keys.source_of(tx, write)


@pytest.mark.asvs("2.3.5", "8.2.1")
async def test_an_administrator_leaves_by_the_word_of_two(
    db: Database, clock: FixedClock, keyring: LocalKeyring
) -> None:
    alex = await hire(db, clock, "alex", Role.ADMIN)
    bela = await hire(db, clock, "bela", Role.ADMIN)
    sami = await hire(db, clock, "sami", Role.SECURITY)
    with pytest.raises(BadProposal):
        await send_away(db, clock, bela, alex, why="")
    which = await send_away(db, clock, bela, alex)
    assert which is not None
    async with db.tx() as tx:
        assert await members.find(tx, bela.staff_id) is not None
        proposal = (await proposals.latest(tx, clock))[0]
        bars = [await proposals.bar_to(tx, proposal, one) for one in (alex, bela, sami)]
        assert bars == [Bar.OWN, Bar.ABOUT, None]
    session = await entered(db, clock, sami)
    async with db.tx() as tx:
        await proposals.approve(
            tx,
            proposal.proposal_id,
            deeds=staff_deeds.deeds(keyring, clock),
            member=sami,
            session=session,
            clock=clock,
        )
        assert await members.find(tx, bela.staff_id) is None


async def test_an_administrator_is_demoted_by_the_word_of_two(
    db: Database, clock: FixedClock, owner: psycopg.Connection[Any]
) -> None:
    alex = await hire(db, clock, "alex", Role.ADMIN)
    bela = await hire(db, clock, "bela", Role.ADMIN)
    sami = await hire(db, clock, "sami", Role.SECURITY)
    session = await entered(db, clock, alex)
    async with db.tx() as tx:
        which = await staff_deeds.change_role(
            tx, bela.staff_id, Role.SUPPORT, why=WHY, by=alex, session=session, clock=clock
        )
        assert which is not None
        found = await members.find(tx, bela.staff_id)
        assert found is not None
        assert found.role == "admin"
    owner.execute("UPDATE access.staff SET left_at = now() WHERE handle = 'alex'")
    checked = await entered(db, clock, sami)
    with pytest.raises((LastAdministrator, ProposalOver)):  # meanwhile bela is the last
        async with db.tx() as tx:
            await proposals.approve(
                tx,
                which,
                deeds=proposals.own_deeds(clock),
                member=sami,
                session=checked,
                clock=clock,
            )


async def test_the_last_administrator_cannot_even_be_proposed(
    db: Database, clock: FixedClock
) -> None:
    alex = await hire(db, clock, "alex", Role.ADMIN)
    sami = await hire(db, clock, "sami", Role.SECURITY)
    with pytest.raises(LastAdministrator):
        await send_away(db, clock, alex, sami)
    session = await entered(db, clock, sami)
    async with db.tx() as tx:
        with pytest.raises(LastAdministrator):
            await staff_deeds.change_role(
                tx, alex.staff_id, Role.SUPPORT, why=WHY, by=sami, session=session, clock=clock
            )

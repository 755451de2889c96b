"""Signing in: a link works once and shortly, a session ends by itself, only hashes are kept."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from candor.domain.access.errors import LinkSpent, NotSignedIn, WrongKey
from candor.domain.access.model.roles import Role
from candor.domain.access.model.sign_in import (
    CUSTOMER_SESSION_LASTS,
    LINK_LASTS,
    STAFF_IDLE,
    STAFF_SESSION_LASTS,
    Audience,
    Session,
)
from candor.domain.access.service import members, sessions, sign_in_links, write_keys
from candor.domain.audit import service as audit
from candor.infra.db.pool import Database
from candor.kernel.clock import FixedClock
from tests.factories.house import TEST

ADA = UUID(int=7)
STAFF, CUSTOMER = Audience.STAFF, Audience.CUSTOMER
MOMENT = timedelta(microseconds=1)


async def make_link(db: Database, clock: FixedClock, audience: Audience = CUSTOMER) -> str:
    """Make a link and commit."""
    async with db.tx() as tx:
        return await sign_in_links.make(tx, audience=audience, bearer_id=ADA, clock=clock)


async def sign_in(
    db: Database, clock: FixedClock, token: str, audience: Audience = CUSTOMER
) -> str:
    """Use a link and commit; return the secret for the cookie."""
    async with db.tx() as tx:
        return (await sign_in_links.use(tx, token, audience=audience, clock=clock))[0]


async def session_of(
    db: Database, clock: FixedClock, secret: str, audience: Audience = CUSTOMER
) -> Session:
    """Return the session of a cookie."""
    async with db.tx() as tx:
        return await sessions.of_cookie(tx, secret, audience=audience, clock=clock)


async def test_a_link_begins_a_session(db: Database, clock: FixedClock) -> None:
    secret = await sign_in(db, clock, await make_link(db, clock))
    assert (await session_of(db, clock, secret)).bearer_id == ADA


async def test_a_link_works_once(db: Database, clock: FixedClock) -> None:
    token = await make_link(db, clock)
    await sign_in(db, clock, token)
    with pytest.raises(LinkSpent):
        await sign_in(db, clock, token)


async def test_of_two_who_use_a_link_at_once_one_gets_in(
    db: Database, clock: FixedClock
) -> None:
    token = await make_link(db, clock)
    found = await asyncio.gather(
        *(sign_in(db, clock, token) for _ in range(4)), return_exceptions=True
    )
    assert sum(isinstance(one, str) for one in found) == 1
    assert sum(isinstance(one, LinkSpent) for one in found) == 3


async def test_looking_at_a_link_does_not_use_it(db: Database, clock: FixedClock) -> None:
    token = await make_link(db, clock)
    for _ in range(2):
        async with db.read() as tx:
            link = await sign_in_links.look_at(tx, token, audience=CUSTOMER, clock=clock)
        assert link.bearer_id == ADA
    await sign_in(db, clock, token)
    async with db.read() as tx:
        with pytest.raises(LinkSpent):
            await sign_in_links.look_at(tx, token, audience=CUSTOMER, clock=clock)


async def test_a_link_runs_out(db: Database, clock: FixedClock) -> None:
    token = await make_link(db, clock)
    clock.advance(LINK_LASTS)
    with pytest.raises(LinkSpent):
        await sign_in(db, clock, token)


@pytest.mark.parametrize("token", ["", "wrong", "\x00", "é" * 50])
async def test_a_link_that_was_never_made_is_spent(
    db: Database, clock: FixedClock, token: str
) -> None:
    with pytest.raises(LinkSpent):
        await sign_in(db, clock, token)


async def test_a_customer_s_link_opens_no_console(db: Database, clock: FixedClock) -> None:
    with pytest.raises(LinkSpent):
        await sign_in(db, clock, await make_link(db, clock, CUSTOMER), STAFF)
    secret = await sign_in(db, clock, await make_link(db, clock, CUSTOMER))
    with pytest.raises(NotSignedIn):
        await session_of(db, clock, secret, STAFF)


@pytest.mark.asvs("7.3.2")
@pytest.mark.parametrize(
    ("audience", "step", "lasts"),
    [
        (STAFF, STAFF_IDLE / 2, STAFF_SESSION_LASTS),
        (CUSTOMER, timedelta(days=1), CUSTOMER_SESSION_LASTS),
    ],
)
async def test_a_session_ends_by_itself_even_when_it_is_used(
    db: Database, clock: FixedClock, audience: Audience, step: timedelta, lasts: timedelta
) -> None:
    secret = await sign_in(db, clock, await make_link(db, clock, audience), audience)
    ends = clock.now() + lasts
    while clock.now() + step < ends:
        clock.advance(step)
        await session_of(db, clock, secret, audience)
    clock.at = ends
    with pytest.raises(NotSignedIn):
        await session_of(db, clock, secret, audience)


async def test_staff_who_do_nothing_for_an_hour_are_signed_out(
    db: Database, clock: FixedClock
) -> None:
    secret = await sign_in(db, clock, await make_link(db, clock, STAFF), STAFF)
    clock.advance(STAFF_IDLE - MOMENT)
    await session_of(db, clock, secret, STAFF)
    clock.advance(STAFF_IDLE)
    with pytest.raises(NotSignedIn):
        await session_of(db, clock, secret, STAFF)


async def test_signing_out_ends_a_session(db: Database, clock: FixedClock) -> None:
    secret = await sign_in(db, clock, await make_link(db, clock))
    session = await session_of(db, clock, secret)
    async with db.tx() as tx:
        await sessions.end(tx, session, clock)
    with pytest.raises(NotSignedIn):
        await session_of(db, clock, secret)


@pytest.mark.asvs("16.3.1")
async def test_signing_in_stands_in_the_log(db: Database, clock: FixedClock) -> None:
    await sign_in(db, clock, await make_link(db, clock))
    async with db.read() as tx:
        [entry] = await audit.newest(tx, action="access.signed_in")
    # By pseudonym or not at all: what a profile id in the log would outlive.
    assert (entry.actor_kind, entry.actor_id) == ("customer", "unknown")


@pytest.mark.asvs("7.2.3", "11.4.2", "16.2.5")
async def test_no_secret_is_kept(
    db: Database, clock: FixedClock, owner: psycopg.Connection[Any]
) -> None:
    token = await make_link(db, clock)
    secret = await sign_in(db, clock, token)
    async with db.tx() as tx:
        key = await write_keys.issue(tx, source_code="shop", actor=TEST, clock=clock)
    kept = ""
    for table in ("access.sign_in_link", "access.session", "access.write_key", "audit.entry"):
        rows = owner.execute(f"SELECT t::text FROM {table} AS t".encode()).fetchall()
        kept += str(rows)
    for one in (token, secret, key):
        assert len(one) >= 43
        assert one not in kept
        assert one.encode().hex() not in kept


async def test_a_write_key_opens_the_door_of_its_source_only(
    db: Database, clock: FixedClock
) -> None:
    async with db.tx() as tx:
        key = await write_keys.issue(tx, source_code="shop", actor=TEST, clock=clock)
        assert await write_keys.source_of(tx, key) == "shop"
        for wrong in ("", key[:-1], key + "x", key.swapcase()):
            with pytest.raises(WrongKey):
                await write_keys.source_of(tx, wrong)
        await write_keys.revoke(tx, "shop", actor=TEST, clock=clock)
        with pytest.raises(WrongKey):
            await write_keys.source_of(tx, key)


async def test_staff_is_brought_up_to_date_by_handle(db: Database, clock: FixedClock) -> None:
    async with db.tx() as tx:
        for role in (Role.SUPPORT, Role.PRIVACY):
            dora = await members.put(
                tx, handle="dora", display_name="Dora", role=role, clock=clock
            )
        assert await members.everybody(tx) == [dora]
    assert dora.role == "privacy"


async def test_what_ended_long_ago_is_forgotten(db: Database, clock: FixedClock) -> None:
    await sign_in(db, clock, await make_link(db, clock))
    clock.advance(timedelta(days=30))
    async with db.tx() as tx:
        assert await sessions.sweep(tx, clock) == 0
    clock.advance(timedelta(days=30))
    async with db.tx() as tx:
        assert await sessions.sweep(tx, clock) == 2
        assert await sessions.sweep(tx, clock) == 0

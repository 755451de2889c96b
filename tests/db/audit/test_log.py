"""The audit log: written with the act, read newest first, changed by nobody."""

from typing import Any

import psycopg
import pytest

from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor, Outcome
from candor.infra.db.pool import Database
from candor.kernel.clock import FixedClock

ADA, BEN = bytes(16), bytes(15) + b"\x01"
DORA = Actor.staff("dora")


async def record(db: Database, clock: FixedClock, action: str, *subjects: bytes) -> None:
    """Write an act about somebody, and commit."""
    async with db.tx("request 1") as tx:
        await audit.record(
            tx, actor=DORA, action=action, clock=clock, subjects=subjects or (None,)
        )


@pytest.mark.asvs("16.2.1")
async def test_an_act_is_written_with_who_what_when_and_in_which_request(
    db: Database, clock: FixedClock
) -> None:
    async with db.tx("request 1") as tx:
        await audit.record(
            tx,
            actor=DORA,
            action="tests.looked",
            clock=clock,
            subjects=[ADA],
            purpose="orders",
            fields=["name"],
            outcome=Outcome.REFUSED,
            reason="no_consent",
            detail={"count": 3},
        )
    async with db.read() as tx:
        [entry] = await audit.newest(tx)
    assert (entry.actor_kind, entry.actor_id, entry.action) == ("staff", "dora", "tests.looked")
    assert (entry.recorded_at, entry.request_id) == (clock.now(), "request 1")
    assert (entry.subject, entry.purpose, entry.fields) == (ADA, "orders", ["name"])
    assert (entry.outcome, entry.reason, entry.detail) == (
        "refused",
        "no_consent",
        {"count": 3},
    )


async def test_an_act_that_is_undone_leaves_no_entry(db: Database, clock: FixedClock) -> None:
    async def fail() -> None:
        async with db.tx() as tx:
            await audit.record(tx, actor=DORA, action="tests.looked", clock=clock)
            raise TimeoutError

    with pytest.raises(TimeoutError):
        await fail()
    async with db.read() as tx:
        assert await audit.newest(tx) == []


async def test_everybody_whom_an_act_is_about_has_an_entry(
    db: Database, clock: FixedClock
) -> None:
    await record(db, clock, "tests.joined", ADA, BEN)
    async with db.read() as tx:
        assert len(await audit.about(tx, [ADA])) == 1
        assert len(await audit.about(tx, [ADA, BEN])) == 2
        assert await audit.about(tx, [bytes(15) + b"\x02"]) == []
        assert await audit.about(tx, []) == []


async def test_the_newest_stand_first_and_pages_follow_one_another(
    db: Database, clock: FixedClock
) -> None:
    for number in range(5):
        await record(db, clock, f"tests.act{number}")
    async with db.read() as tx:
        first = await audit.newest(tx, at_most=2)
        second = await audit.newest(tx, at_most=9, before=first[-1].entry_id)
    assert [e.action[-1] for e in (*first, *second)] == ["4", "3", "2", "1", "0"]


async def test_entries_are_found_by_action(db: Database, clock: FixedClock) -> None:
    for action in ("tests.b", "tests.a", "tests.b"):
        await record(db, clock, action)
    async with db.read() as tx:
        assert await audit.actions(tx) == ["tests.a", "tests.b"]
        assert len(await audit.newest(tx, action="tests.b")) == 2


async def test_without_entries_there_are_no_actions(db: Database) -> None:
    async with db.read() as tx:
        assert await audit.actions(tx) == []


@pytest.mark.parametrize("subject", [b"", bytes(15), bytes(17), bytes(32)])
async def test_only_pseudonyms_stand_for_people(
    db: Database, clock: FixedClock, subject: bytes
) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        await record(db, clock, "tests.looked", subject)


@pytest.mark.parametrize(
    "command",
    [
        "UPDATE audit.entry SET actor_id = 'eve'",
        "DELETE FROM audit.entry",
        "TRUNCATE audit.entry",
    ],
)
async def test_nobody_rewrites_the_log(
    db: Database, clock: FixedClock, owner: psycopg.Connection[Any], command: str
) -> None:
    await record(db, clock, "tests.looked")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        owner.execute(command.encode())
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with db.tx() as tx:
            await tx.connection.execute(command.encode())
    async with db.read() as tx:
        assert [e.actor_id for e in await audit.newest(tx)] == ["dora"]


def test_an_actor_has_one_label() -> None:
    assert [Actor.machine("door").label, DORA.label, Actor.customer(7).label] == [
        "machine:door",
        "staff:dora",
        "customer:7",
    ]

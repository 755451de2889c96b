"""The worker keeps the proof, and erasure leaves it whole."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from candor.app import Candor, registry_of
from candor.domain.audit import jobs
from candor.domain.audit import service as audit
from candor.domain.audit.errors import Rewritten
from candor.domain.audit.model import Entry
from candor.domain.audit.service import checkpoints, proving
from candor.kernel.clock import FixedClock
from tests.db.audit.conftest import DORA
from tests.factories.house import make_person
from tests.factories.logs import seal


async def write(candor: Candor) -> None:
    """Write an entry."""
    async with candor.database.tx() as tx:
        await audit.record(tx, actor=DORA, action="tests.looked", clock=candor.clock)


async def sizes(candor: Candor) -> tuple[int, int]:
    """Return how many entries are in the tree, and under the newest head."""
    async with candor.database.read() as tx:
        head = await checkpoints.latest(tx)
        return await proving.size(tx), head.size if head else 0


async def test_entries_every_second_and_heads_every_minute(
    candor: Candor, clock: FixedClock
) -> None:
    registry = registry_of(candor)
    await write(candor)
    await jobs.once(registry)
    first, signed = await sizes(candor)
    assert first == signed
    await write(candor)
    clock.advance(timedelta(seconds=59))
    await jobs.once(registry)
    assert await sizes(candor) == (first + 1, first)
    clock.advance(timedelta(seconds=1))
    await jobs.once(registry)
    assert await sizes(candor) == (first + 1, first + 1)
    clock.advance(timedelta(hours=5))
    await jobs.once(registry)  # nothing happened: the last head says it all
    assert await sizes(candor) == (first + 1, first + 1)


async def test_a_verification_is_written_down(
    candor: Candor, owner: psycopg.Connection[Any]
) -> None:
    await seal(candor)
    assert (await jobs.verify(registry_of(candor))).is_whole
    owner.execute("ALTER TABLE audit.entry DISABLE TRIGGER USER")
    owner.execute("UPDATE audit.entry SET actor_id = 'eve' WHERE entry_id = 1")
    assert not (await jobs.verify(registry_of(candor))).is_whole
    async with candor.database.read() as tx:
        after, before = await audit.newest(tx, action="audit.verified")
    assert (before.outcome, before.detail["findings"]) == ("done", 0)
    assert (after.outcome, after.reason, after.detail["findings"]) == (
        "refused", "log_differs", 1,
    )  # fmt: skip


async def test_a_rewritten_log_is_told_once_and_nothing_is_signed(
    candor: Candor, owner: psycopg.Connection[Any], clock: FixedClock
) -> None:
    await seal(candor)
    owner.execute("ALTER TABLE audit.tile DISABLE TRIGGER USER")
    owner.execute("UPDATE audit.tile SET hashes = overlay(hashes PLACING 'x' FROM 3 FOR 1)")
    _, signed = await sizes(candor)
    await write(candor)
    clock.advance(timedelta(minutes=2))
    with pytest.raises(Rewritten):
        await jobs.once(registry_of(candor))
    told: list[Entry] = []
    task = asyncio.create_task(jobs.prove_for_ever(registry_of(candor)))
    try:
        for _ in range(200):
            async with candor.database.read() as tx:
                told = await audit.newest(tx, action=jobs.REWRITTEN)
            if told:
                break
            await asyncio.sleep(0.02)
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    assert [entry.outcome for entry in told] == ["refused"]
    assert (await sizes(candor))[1] == signed


async def test_after_an_erasure_the_log_verifies_and_links_nobody(
    candor: Candor, owner: psycopg.Connection[Any]
) -> None:
    """The pseudonym follows from the person's key; with the key goes the way to work it out."""
    ada = await make_person(candor, number="A1", name="Ada", email="ada@example.org")
    async with candor.database.tx() as tx:
        (pseudonym,) = await candor.vault.pseudonyms(tx, [ada])
        await audit.record(
            tx, actor=DORA, action="tests.looked", clock=candor.clock, subjects=[pseudonym]
        )
    await seal(candor)
    async with candor.database.tx() as tx:
        await candor.vault.destroy(tx, [ada])
    await seal(candor)
    assert (await jobs.verify(registry_of(candor))).is_whole
    async with candor.database.read() as tx:
        assert await candor.vault.pseudonyms(tx, [ada]) == []
        about = await audit.about(tx, [pseudonym])
    assert about  # the entries stay, about somebody whom nobody can name any more
    everything = owner.execute("SELECT e::text FROM audit.entry AS e").fetchall()
    tree = owner.execute("SELECT hashes FROM audit.tile").fetchall()
    for row in (*everything, *tree):
        assert str(ada) not in str(row[0])
        assert ada.hex not in str(row[0])
        assert "ada@example.org" not in str(row[0])

"""The log is taken into a tree: every entry once, none left out, whatever happens meanwhile."""

import asyncio
from base64 import b64decode
from typing import Any

import psycopg
import pytest
from psycopg import errors

from candor.domain.audit import service as audit
from candor.domain.audit.errors import NoSuchEntry, NotSealedYet, Rewritten
from candor.domain.audit.model.leaf import canonical, leaf_hash, line_of, lines_of
from candor.domain.audit.model.tree import is_consistent, is_included
from candor.domain.audit.queries import tree as stored
from candor.domain.audit.service import checkpoints, integrating, proving, verifying
from candor.infra.db.pool import Database
from candor.kernel.clock import FixedClock
from tests.db.audit.conftest import DORA, Log

_WIDTHS = "SELECT level, tile_index, octet_length(hashes) / 32 FROM audit.tile ORDER BY 1, 2"


async def ids_in(log: Log) -> list[int]:
    """Return the entries in the tree, in its order."""
    async with log.db.read() as tx:
        tiles = await stored.run_of_tiles(tx, level=0, begin=0, end=1 << 40)
    return [one for tile in tiles for one in tile.entry_ids or ()]


async def test_entries_become_tiles(log: Log, owner: psycopg.Connection[Any]) -> None:
    await log.write(300)
    assert await log.integrate() == 300
    assert owner.execute(_WIDTHS).fetchall() == [(0, 0, 256), (0, 1, 44), (1, 0, 1)]
    await log.write(220)
    assert await log.integrate() == 220
    assert owner.execute(_WIDTHS).fetchall() == [
        (0, 0, 256), (0, 1, 256), (0, 2, 8), (1, 0, 2),
    ]  # fmt: skip
    assert await log.integrate() == 0
    assert await ids_in(log) == list(range(1, 521))


async def test_what_is_hashed_is_what_the_log_shows(log: Log) -> None:
    await log.write(2, [bytes(15) + b"\x07", None])
    async with log.db.read() as tx:
        entries = await audit.newest(tx)
        lines = lines_of(await stored.entries_as_json(tx, [e.entry_id for e in entries]))
    by_id = {line.entry_id: line for line in lines}
    assert [by_id[e.entry_id] for e in entries] == [line_of(e) for e in entries]
    assert canonical(by_id[1]) == (
        b'{"action":"tests.looked","actor_id":"dora","actor_kind":"staff",'
        b'"detail":{"number":0,"word":"a"},"entry_id":1,"fields":["name"],"outcome":"done",'
        b'"purpose":null,"reason":null,"recorded_at":"2026-03-02T12:00:00.000000Z",'
        b'"request_id":"request","subject":"00000000000000000000000000000007"}'
    )


async def test_what_is_read_at_once_is_hashed_as_what_is_proved(log: Log) -> None:
    """Taking in reads rows and proving reads JSON: both come to the same bytes."""
    await log.write(300, [bytes(15) + b"\x07", None])
    await log.integrate()
    async with log.db.read() as tx:
        ids = await ids_in(log)
        lines = {
            line.entry_id: line for line in lines_of(await stored.entries_as_json(tx, ids))
        }
        (*tiles,) = await stored.run_of_tiles(tx, level=0, begin=0, end=9)
    assert len(ids) == 600
    assert b"".join(tile.hashes for tile in tiles) == b"".join(
        leaf_hash(canonical(lines[one])) for one in ids
    )


async def test_a_late_commit_comes_later_and_once(log: Log) -> None:
    async with log.db.tx() as slow:
        await audit.record(slow, actor=DORA, action="tests.slow", clock=log.clock)
        await log.write(2)
        assert await log.integrate() == 2
        await log.write(1)
        assert await log.integrate() == 1
    assert await log.integrate() == 1
    assert await ids_in(log) == [2, 3, 4, 1]


async def test_what_was_undone_is_no_entry(log: Log) -> None:
    async def undone() -> None:
        async with log.db.tx() as tx:
            await audit.record(tx, actor=DORA, action="tests.undone", clock=log.clock)
            raise TimeoutError

    with pytest.raises(TimeoutError):
        await undone()
    await log.write()
    assert await log.integrate() == 1
    assert await ids_in(log) == [2]


async def test_entries_of_before_come_first(log: Log, owner: psycopg.Connection[Any]) -> None:
    await log.write(2)
    owner.execute("ALTER TABLE audit.entry DISABLE TRIGGER USER")
    owner.execute("UPDATE audit.entry SET xid = NULL WHERE entry_id = 2")
    assert await log.integrate() == 2
    assert await ids_in(log) == [2, 1]


async def test_a_log_from_a_dump_goes_on(log: Log, owner: psycopg.Connection[Any]) -> None:
    """Another cluster counts its transactions anew: rows name some that are yet to come."""
    await log.write(3)
    await log.integrate()
    await log.write(2)
    owner.execute("ALTER TABLE audit.entry DISABLE TRIGGER USER")
    owner.execute("UPDATE audit.entry SET xid = (xid::text::bigint + 1000000000)::text::xid8")
    owner.execute("UPDATE audit.progress SET horizon = '1000000900:1000000900:'")
    assert await at_a_quiet_moment(log) == 2
    await log.write(1)
    assert await log.integrate() == 1
    assert await log.integrate() == 0
    assert await ids_in(log) == [1, 2, 3, 4, 5, 6]


async def test_a_log_that_was_restored_by_hand_waits(
    log: Log, owner: psycopg.Connection[Any]
) -> None:
    """Somebody writes all the time: nothing is taken in yet, and nothing is called forged."""
    await log.grow(3)
    owner.execute("ALTER TABLE audit.entry DISABLE TRIGGER USER")
    owner.execute("UPDATE audit.progress SET horizon = '1000000900:1000000900:'")
    async with log.db.tx() as busy:
        await audit.record(busy, actor=DORA, action="tests.slow", clock=log.clock)
        await log.write(2)
        assert await log.integrate() == 0
        verdict = await verifying.verify(log.db, log.notary, file=log.notebook.text())
        assert verdict.is_whole
    assert await at_a_quiet_moment(log) == 3
    owner.execute("UPDATE audit.progress SET horizon = '1000000900:1000000900:'")
    owner.execute(
        "INSERT INTO audit.entry (entry_id, recorded_at, actor_kind, actor_id, action, outcome)"
        " OVERRIDING SYSTEM VALUE VALUES (-1, now(), 'staff', 'eve', 'tests.put', 'done')"
    )
    verdict = await verifying.verify(log.db, log.notary, file=log.notebook.text())
    assert [one.at for one in verdict.findings] == ["-1"]


async def at_a_quiet_moment(log: Log) -> int:
    """Integrate until nobody writes in the whole server, where other tests run too."""
    for _ in range(12_000):
        if taken := await log.integrate():
            return taken
        await asyncio.sleep(0.005)
    pytest.fail("somebody wrote all the time")


async def test_writers_and_two_workers_at_once(log: Log) -> None:
    done = asyncio.Event()

    async def writer() -> None:
        for _ in range(25):
            await log.write(3)

    async def worker() -> None:
        while not done.is_set():
            async with log.db.tx() as tx:
                await integrating.integrate(tx)
            await asyncio.sleep(0)

    workers = [asyncio.create_task(worker()) for _ in range(2)]
    await asyncio.gather(writer(), writer(), writer())
    done.set()
    await asyncio.gather(*workers)
    await log.integrate()
    assert sorted(await ids_in(log)) == list(range(1, 226))


async def test_a_worker_that_dies_in_it_leaves_no_trace(log: Log) -> None:
    await log.write(300)

    async def killed() -> None:
        async with log.db.tx() as tx:
            await integrating.integrate(tx)
            raise TimeoutError

    with pytest.raises(TimeoutError):
        await killed()
    assert await ids_in(log) == []
    assert await log.integrate() == 300


async def test_one_worker_at_a_time(log: Log) -> None:
    await log.write()
    async with log.db.tx() as first:
        assert await integrating.integrate(first) is not None
        async with log.db.tx() as second:
            assert await integrating.integrate(second) is None


@pytest.mark.parametrize(
    "rewrite",
    [
        "UPDATE audit.tile SET hashes = sha256('x')",
        "UPDATE audit.tile SET hashes = substring(hashes FROM 1 FOR 32), entry_ids = '{1}'",
        "UPDATE audit.tile SET entry_ids = '{2,1}'",
        "UPDATE audit.tile SET tile_index = 7",
        "DELETE FROM audit.tile",
        "TRUNCATE audit.tile",
        "UPDATE audit.checkpoint SET size = 1",
        "DELETE FROM audit.checkpoint",
    ],
)
async def test_even_the_owner_cannot_rewrite_the_tree(
    rewrite: str, log: Log, owner: psycopg.Connection[Any]
) -> None:
    await log.grow(2)
    with pytest.raises(errors.InsufficientPrivilege, match="append-only"):
        owner.execute(rewrite.encode())


async def test_entries_of_a_tile_cannot_be_moved_by_counting_otherwise(
    log: Log, owner: psycopg.Connection[Any]
) -> None:
    await log.grow(2)
    with pytest.raises(errors.CheckViolation, match="tile__counted__ck"):
        owner.execute(
            "UPDATE audit.tile SET entry_ids = '[0:2]={9,1,2}', "
            "hashes = hashes || substring(hashes FROM 1 FOR 32) WHERE level = 0"
        )


async def test_checkpoints_are_signed_when_there_is_something_new(log: Log) -> None:
    assert await log.sign() is None
    first = await log.grow(5)
    assert first.note.startswith("shop.example/trust/log\n5\n")
    assert await log.sign() is None
    second = await log.grow(300)
    assert second.size == 305
    assert log.notebook.text() == first.note + second.note
    async with log.db.read() as tx:
        proof = await proving.consistent(tx, 5, 305)
    assert is_consistent(5, first.root, 305, second.root, proof.path)


async def test_a_tree_that_did_not_grow_out_of_the_last_head_is_not_signed(
    log: Log, owner: psycopg.Connection[Any]
) -> None:
    await log.grow(5)
    owner.execute("ALTER TABLE audit.tile DISABLE TRIGGER USER")
    owner.execute("UPDATE audit.tile SET hashes = overlay(hashes PLACING 'x' FROM 3 FOR 1)")
    await log.write()
    await log.integrate()
    with pytest.raises(Rewritten):
        await log.sign()


async def test_the_file_tells_when_the_database_forgot(
    log: Log, owner: psycopg.Connection[Any]
) -> None:
    """Whoever rules the database may wipe tree and checkpoints and begin anew; the file stays."""
    await log.grow(5)
    for table in ("tile", "checkpoint", "entry"):
        owner.execute(f"ALTER TABLE audit.{table} DISABLE TRIGGER USER".encode())
    owner.execute("DELETE FROM audit.checkpoint")
    owner.execute("DELETE FROM audit.tile")
    owner.execute("DELETE FROM audit.progress")
    owner.execute("UPDATE audit.entry SET actor_id = 'eve' WHERE entry_id = 3")
    assert await log.integrate() == 5
    with pytest.raises(Rewritten, match="5 entries"):
        await log.sign()


async def test_the_file_catches_up(log: Log) -> None:
    await log.grow(2)
    await log.write()
    await log.integrate()
    async with log.db.tx() as tx:
        await checkpoints.sign(
            tx, log.notary, log.notebook, log.clock
        )  # killed before the copy
    await log.grow(1)
    text = log.notebook.text()
    assert [line for line in text.split("\n") if line.isdecimal()] == ["2", "3", "4"]


async def test_an_entry_is_proved(log: Log) -> None:
    signed = await log.grow(300)
    async with log.db.read() as tx:
        for entry_id in (1, 256, 257, 300):
            proof = await proving.prove(tx, entry_id)
            assert is_included(
                leaf_hash(proof.entry),
                index=proof.index,
                size=proof.size,
                path=proof.path,
                root=signed.root,
            )
    lines = proof.file.split("\n")
    assert lines[0] == "c2sp.org/tlog-proof@v1"
    assert b64decode(lines[1].removeprefix("extra ")) == proof.entry
    assert lines[2] == "index 299"
    assert proof.file.endswith("\n\n" + signed.note)


async def test_what_cannot_be_proved_yet_or_ever(log: Log) -> None:
    await log.grow(3)
    await log.write(1)
    async with log.db.read() as tx:
        with pytest.raises(NotSealedYet):
            await proving.prove(tx, 4)
        with pytest.raises(NoSuchEntry):
            await proving.prove(tx, 5)
    await log.integrate()
    async with log.db.read() as tx:
        with pytest.raises(NotSealedYet):
            await proving.prove(tx, 4)


async def test_an_entry_that_came_late_is_found(
    db: Database, clock: FixedClock, log: Log
) -> None:
    async with db.tx() as slow:
        await audit.record(slow, actor=DORA, action="tests.slow", clock=clock)
        await log.write(800)
        await log.integrate()
    signed = await log.grow(1)
    async with db.read() as tx:
        proof = await proving.prove(tx, 1)
    assert proof.index == 800
    assert proof.checkpoint == signed.note

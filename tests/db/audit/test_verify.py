"""Whoever rules the database may do anything to the log, and each thing is found and named."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest

from candor.domain.audit.model.tree import node_hash
from candor.domain.audit.model.verdict import Flaw, Verdict
from candor.domain.audit.service import verifying
from candor.domain.audit.service.notary import notary_of
from candor.infra.keyring import LocalKeyring
from tests.db.audit.conftest import Log

Owner = psycopg.Connection[Any]
_TABLES = ("entry", "tile", "checkpoint", "progress")


def free(owner: Owner) -> None:
    """Take every guard away, as whoever rules the database can."""
    for table in _TABLES:
        owner.execute(f"ALTER TABLE audit.{table} DISABLE TRIGGER USER".encode())


async def verified(log: Log) -> Verdict:
    """Verify the log as the nightly job does."""
    return await verifying.verify(log.db, log.notary, file=log.notebook.text())


async def found(log: Log) -> list[tuple[Flaw, str]]:
    """Return what is wrong with the log."""
    return [(one.flaw, one.at) for one in (await verified(log)).findings]


@pytest.fixture
async def grown(log: Log, owner: Owner) -> Log:
    """Return a log of 5, then 600, then 605 entries, with a head signed at each; no guards."""
    for times in (5, 595, 5):
        await log.grow(times)
        log.clock.advance(timedelta(minutes=1))
    free(owner)
    return log


async def test_a_log_that_nobody_touched_is_whole(grown: Log) -> None:
    await grown.write(2)
    verdict = await verified(grown)
    assert verdict.is_whole
    assert (verdict.size, verdict.checked, verdict.waiting) == (605, 605, 2)
    assert verdict.checkpoints == 3


async def test_an_empty_log_is_whole(log: Log) -> None:
    assert (await verified(log)).is_whole


_CHANGES = (
    "actor_id = 'eve'",
    "action = 'tests.other'",
    "subject = '\\x00000000000000000000000000000001'",
    "fields = '{}'",
    "outcome = 'refused'",
    "reason = 'other'",
    "purpose = 'news'",
    "request_id = NULL",
    "detail = '{}'",
    "actor_kind = 'machine'",
    "recorded_at = recorded_at + interval '1 microsecond'",
)


async def test_whatever_is_changed_in_an_entry_it_is_named(grown: Log, owner: Owner) -> None:
    for place, change in enumerate(_CHANGES):
        owner.execute(
            f"UPDATE audit.entry SET {change} WHERE entry_id = {place * 60 + 4}".encode()
        )
    assert await found(grown) == [
        (Flaw.CHANGED, str(place * 60 + 4)) for place in range(len(_CHANGES))
    ]


async def test_two_that_changed_places_are_named(grown: Log, owner: Owner) -> None:
    owner.execute(
        "UPDATE audit.entry AS e SET detail = o.detail FROM audit.entry AS o"
        " WHERE (e.entry_id, o.entry_id) IN ((8, 9), (9, 8))"
    )
    assert await found(grown) == [(Flaw.CHANGED, "8"), (Flaw.CHANGED, "9")]


async def test_a_removed_entry_is_named(grown: Log, owner: Owner) -> None:
    owner.execute("DELETE FROM audit.entry WHERE entry_id IN (3, 603)")
    assert await found(grown) == [(Flaw.MISSING, "3"), (Flaw.MISSING, "603")]


_PUT = """
    INSERT INTO audit.entry (
        entry_id, recorded_at, actor_kind, actor_id, action, outcome, xid
    ) OVERRIDING SYSTEM VALUE
    SELECT %s, recorded_at + %s, 'staff', 'eve', 'tests.put', 'done', {}
    FROM audit.entry WHERE entry_id = 4
"""


async def test_an_entry_put_in_under_an_old_transaction_is_named(
    grown: Log, owner: Owner
) -> None:
    for number, xid in ((-1, "xid"), (-2, "NULL")):
        owner.execute(_PUT.format(xid).encode(), (number, timedelta(0)))
    assert await found(grown) == [(Flaw.UNLISTED, "-1"), (Flaw.UNLISTED, "-2")]


async def test_an_entry_written_in_afterwards_is_named(grown: Log, owner: Owner) -> None:
    """With a transaction of today it is taken in like others, and stands behind what is later."""
    now = "pg_current_xact_id()"
    owner.execute(_PUT.format(now).encode(), (5001, timedelta(hours=-3)))
    owner.execute(_PUT.format(now).encode(), (5002, timedelta(0)))
    await grown.integrate()
    assert await found(grown) == [(Flaw.LATE, "5001")]


async def test_a_changed_tile_is_told_from_a_changed_entry(grown: Log, owner: Owner) -> None:
    flip = "overlay(hashes PLACING sha256('x') FROM 33 FOR 32)"
    for level, number in ((0, 0), (0, 2), (1, 0)):
        owner.execute(
            f"UPDATE audit.tile SET hashes = {flip}"
            f" WHERE level = {level} AND tile_index = {number}".encode()
        )
        assert await found(grown) == [(Flaw.TILE, f"{level}/{number}")]
        await _mend(grown, owner)


async def _mend(log: Log, owner: Owner) -> None:
    """Grow the tree anew from the rows, as it was."""
    owner.execute("DELETE FROM audit.tile")
    owner.execute("DELETE FROM audit.progress")
    await log.integrate()
    assert await found(log) == []


async def test_a_tile_whose_list_of_entries_is_in_another_order(
    grown: Log, owner: Owner
) -> None:
    owner.execute(
        "UPDATE audit.tile SET entry_ids = entry_ids[2:2] || entry_ids[1:1] || entry_ids[3:]"
        " WHERE level = 0 AND tile_index = 0"
    )
    assert await found(grown) == [(Flaw.TILE, "0/0")]


async def test_a_removed_tile_is_named(grown: Log, owner: Owner) -> None:
    owner.execute("DELETE FROM audit.tile WHERE level = 0 AND tile_index = 1")
    assert (Flaw.TILE_MISSING, "0/1") in await found(grown)
    await _mend(grown, owner)
    owner.execute("DELETE FROM audit.tile WHERE level = 1")
    assert await found(grown) == [(Flaw.TILE_MISSING, "1/0")]


async def test_a_tree_rewritten_from_bottom_to_top_does_not_fit_what_was_signed(
    grown: Log, owner: Owner
) -> None:
    """Rows and tiles agree, and the heads of before do not: the first that is over it is named."""
    owner.execute("UPDATE audit.entry SET actor_id = 'eve' WHERE entry_id = 300")
    owner.execute("DELETE FROM audit.tile")
    owner.execute("DELETE FROM audit.progress")
    await grown.integrate()
    assert await found(grown) == [(Flaw.HEAD, "600"), (Flaw.HEAD, "605")]


async def test_a_log_that_was_cut_short(grown: Log, owner: Owner) -> None:
    owner.execute("DELETE FROM audit.entry WHERE entry_id > 600")
    owner.execute("DELETE FROM audit.checkpoint WHERE size > 600")
    owner.execute("DELETE FROM audit.tile")
    owner.execute("DELETE FROM audit.progress")
    await grown.integrate()
    assert await found(grown) == [(Flaw.REMOVED, "605"), (Flaw.SHRUNK, "605")]


async def test_checkpoints_that_were_edited_removed_or_forged(
    grown: Log, owner: Owner, keyring: LocalKeyring
) -> None:
    owner.execute(
        "UPDATE audit.checkpoint SET note = replace(note, '600', '601') WHERE size = 600"
    )
    assert await found(grown) == [(Flaw.FORGED, "600"), (Flaw.REMOVED, "600")]
    owner.execute("DELETE FROM audit.checkpoint WHERE size = 600")
    assert await found(grown) == [(Flaw.REMOVED, "600")]
    eve = notary_of(keyring, number=2, public_url="https://shop.example")
    forged = eve.sign(600, bytes(32))
    owner.execute(
        "INSERT INTO audit.checkpoint VALUES (600, %s, %s, now())", (bytes(32), forged)
    )
    assert await found(grown) == [(Flaw.FORGED, "600"), (Flaw.REMOVED, "600")]


async def test_lines_that_were_taken_out_of_the_file_or_put_into_it(grown: Log) -> None:
    (path,) = grown.notebook.folder.iterdir()
    notes = verifying.notes_in(path.read_text())
    path.write_text(notes[0] + notes[2])
    assert await found(grown) == [(Flaw.NOT_IN_FILE, "600")]
    path.write_text("".join(notes) + notes[2].replace("605", "606"))
    assert await found(grown) == [(Flaw.FORGED, "606")]


async def test_a_head_that_somebody_kept_tells_what_database_and_file_do_not(
    grown: Log, owner: Owner
) -> None:
    """Even if both were wiped and the key was used to sign anew, a kept checkpoint tells."""
    kept = verifying.notes_in(grown.notebook.text())[1]
    owner.execute("UPDATE audit.entry SET actor_id = 'eve' WHERE entry_id = 300")
    for table in ("tile", "progress", "checkpoint"):
        owner.execute(f"DELETE FROM audit.{table}".encode())
    (path,) = grown.notebook.folder.iterdir()
    path.unlink()
    await grown.integrate()
    await grown.sign()
    assert await found(grown) == []
    async with grown.db.read() as tx:
        plan = await verifying.plan(
            tx, grown.notary, file=grown.notebook.text(), given=[kept], since=None
        )
        done = [await verifying.work_out(tx, task) for task in plan.tasks]
        verdict = await verifying.conclude(tx, plan, done)
    assert [(one.flaw, one.at) for one in verdict.findings] == [(Flaw.HEAD, "600")]


async def test_only_what_came_since(grown: Log, owner: Owner) -> None:
    owner.execute("UPDATE audit.entry SET actor_id = 'eve' WHERE entry_id IN (3, 604)")
    async with grown.db.read() as tx:
        plan = await verifying.plan(
            tx, grown.notary, file="", given=(), since=grown.clock.now() - timedelta(seconds=70)
        )
        done = [await verifying.work_out(tx, task) for task in plan.tasks]
        verdict = await verifying.conclude(tx, plan, done)
    assert verdict.checked == 605 - 512
    assert [(one.flaw, one.at) for one in verdict.findings] == [(Flaw.CHANGED, "604")]


async def test_the_note_of_how_far_it_is_taken_in(grown: Log, owner: Owner) -> None:
    owner.execute("UPDATE audit.progress SET size = 600")
    assert await found(grown) == [(Flaw.PROGRESS, "600 ≠ 605")]


async def test_a_head_of_another_root_that_a_thief_of_the_key_signed(
    grown: Log, owner: Owner
) -> None:
    root = node_hash(bytes(32), bytes(32))
    note = grown.notary.sign(300, root)
    owner.execute(
        "INSERT INTO audit.checkpoint VALUES (300, %s, %s, %s)", (root, note, grown.clock.now())
    )
    assert await found(grown) == [(Flaw.HEAD, "300"), (Flaw.NOT_IN_FILE, "300")]


async def test_keys_of_before_and_names_of_before_still_count(
    grown: Log, keyring: LocalKeyring
) -> None:
    grown.notary = notary_of(keyring, number=2, public_url="https://new.example")
    assert (await verified(grown)).is_whole
    signed = await grown.grow(1)
    assert signed.note.startswith("new.example/trust/log\n606\n")
    assert (await verified(grown)).is_whole

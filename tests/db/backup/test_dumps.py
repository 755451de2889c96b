"""Backups of somebody else's server: dumps, which restore without bringing anybody back."""

import json
from asyncio import to_thread
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import Rollback, sql

from candor.app import Candor
from candor.domain.access.errors import LinkSpent, NotSignedIn
from candor.domain.access.model.roles import Role
from candor.domain.access.model.sign_in import Audience, Method
from candor.domain.access.service import sessions, sign_in_links
from candor.domain.audit import service as audit
from candor.domain.audit.service import integrating, keeping
from candor.domain.audit.service.keeping import Registry
from candor.domain.backup import jobs
from candor.domain.backup.errors import LogFlawed, NotEmpty, NotReplayed
from candor.domain.backup.model import Deed
from candor.domain.backup.service import deeds, runs
from candor.domain.backup.service.place import Workshop, silent
from candor.domain.backup.service.proving import prove
from candor.domain.backup.service.replaying import require_replayed
from candor.domain.vault.jobs import rotate
from candor.infra.backup import server as server_of
from candor.infra.backup.errors import BackupBroken, Busy, LedgerBroken, WrongKeyring
from candor.infra.backup.folders import alone
from candor.infra.backup.manifest import FILE, Kind
from candor.infra.backup.taking import CONTENT, KEYS
from candor.infra.db.embedded import EmbeddedPostgres, Urls
from candor.infra.notebook import Notebook
from candor.kernel.ids import ProfileId
from tests.conftest import cloned
from tests.factories.backups import back_up, erase_person, make_workshop
from tests.factories.house import TEST, make_person
from tests.factories.logs import seal
from tests.factories.staff import add_staff

pytestmark = pytest.mark.anyio


@pytest.fixture
def shop(tmp_path: Path, database_urls: Urls, candor: Candor) -> Workshop:
    return make_workshop(tmp_path, database_urls, candor)


def _emptied(urls: Urls) -> None:
    """Leave a database empty, as a new one would be."""
    with psycopg.connect(urls.owner, autocommit=True) as connection:
        rows = connection.execute(
            "SELECT nspname FROM pg_namespace "
            "WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'"
        ).fetchall()
        for (name,) in rows:
            statement = sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(name))
            connection.execute(statement)
        connection.execute("CREATE SCHEMA public")


async def _come_in(candor: Candor) -> tuple[str, str]:
    """Sign somebody of staff in; return their cookie and a link that was not used."""
    member = await add_staff(candor, Role.ADMIN)
    async with candor.database.tx() as tx:
        cookie = await sessions.begin(
            tx,
            audience=Audience.STAFF,
            bearer_id=member.staff_id,
            methods=[Method.PASSKEY],
            is_strong=True,
            clock=candor.clock,
        )
        link = await sign_in_links.make(
            tx, audience=Audience.STAFF, bearer_id=member.staff_id, clock=candor.clock
        )
    return cookie, link


async def _living(shop: Workshop, url: str, profile_id: ProfileId) -> bool:
    async with shop.opener(url) as opened, opened.database.read() as tx:
        return bool(await opened.vault.keys(tx, [profile_id]))


@pytest.mark.timeout(120)
async def test_a_restore_does_not_bring_back_who_was_erased_since(
    candor: Candor,
    shop: Workshop,
    database_urls: Urls,
    server: EmbeddedPostgres,
    tmp_path: Path,
) -> None:
    ada = await make_person(candor, email="ada@example.com", name="Ada")
    ben = await make_person(candor, email="ben@example.com", name="Ben")
    stolen, link = await _come_in(candor)
    made = await back_up(shop, database_urls.owner)
    assert made.kind is Kind.DUMP
    await erase_person(candor, ada)
    with cloned(server) as other:
        there = make_workshop(tmp_path, other, candor)
        with pytest.raises(NotEmpty):
            await to_thread(deeds.restore, there, made.label, silent, None)
        _emptied(other)
        done = await to_thread(deeds.restore, there, made.label, silent, None)
        assert (done.replayed, done.ended) == (1, 1)
        # What was ended or used since the backup does not stand again.
        async with there.opener(other.app) as opened, opened.database.tx() as tx:
            with pytest.raises(NotSignedIn):
                await sessions.of_cookie(tx, stolen, audience=Audience.STAFF, clock=there.clock)
            with pytest.raises(LinkSpent):
                await sign_in_links.use_up(tx, link, audience=Audience.STAFF, clock=there.clock)
        assert not await _living(there, other.app, ada)
        assert await _living(there, other.app, ben)
        async with there.opener(other.app) as opened, opened.database.read() as tx:
            await require_replayed(tx, there.ledger, there.clock)
        with psycopg.connect(other.owner) as connection:
            row = connection.execute(
                "SELECT count(*) FROM profiles.identifier WHERE profile_id = %s", (ada,)
            ).fetchone()
            assert row == (0,)
            row = connection.execute(
                "SELECT count(*) FROM audit.entry WHERE action = 'backup.restored'"
            ).fetchone()
            assert row == (1,)


@pytest.mark.timeout(120)
async def test_the_log_goes_on_in_a_restored_dump(
    candor: Candor,
    shop: Workshop,
    owner: psycopg.Connection[Any],
    database_urls: Urls,
    server: EmbeddedPostgres,
    tmp_path: Path,
) -> None:
    """Its entries name transactions of a server that counted far more of them."""
    ada = await make_person(candor, email="ada@example.com")
    await seal(candor)
    await make_person(candor, email="ben@example.com")  # not in the tree yet
    owner.execute("ALTER TABLE audit.entry DISABLE TRIGGER USER")
    owner.execute("UPDATE audit.entry SET xid = (xid::text::bigint + 1000000000)::text::xid8")
    owner.execute(
        "UPDATE audit.progress SET horizon = concat(seen.xmax, ':', seen.xmax, ':') FROM ("
        "    SELECT pg_snapshot_xmax(horizon::pg_snapshot)::text::bigint + 1000000000 AS xmax"
        "    FROM audit.progress"
        ") AS seen"
    )
    owner.execute("ALTER TABLE audit.entry ENABLE TRIGGER USER")
    made = await back_up(shop, database_urls.owner)
    await erase_person(candor, ada)
    with cloned(server) as other:
        _emptied(other)
        there = make_workshop(tmp_path, other, candor)
        await to_thread(deeds.restore, there, made.label, silent, None)
        assert not await to_thread((tmp_path / "checkpoints").exists)  # put aside
        async with there.opener(other.app) as opened:
            registry = Registry(
                opened.database,
                opened.notary,
                Notebook(tmp_path / "checkpoints"),
                opened.clock,
            )
            first = await keeping.verify(registry, TEST)
            assert first.is_whole
            assert first.waiting > 0  # of the replay
            async with opened.database.tx() as tx:
                done = await integrating.integrate(tx)
            assert done is not None
            assert done.taken == first.waiting + 1  # and that it was verified
            await keeping.sign(registry)
            second = await keeping.verify(registry, TEST)
            assert second.is_whole
            assert (second.size, second.waiting) == (done.size, 0)
        with psycopg.connect(other.owner) as connection:
            row = connection.execute("SELECT count(*) FROM audit.entry").fetchone()
            assert row == (done.size + 1,)


async def test_a_database_from_before_an_erasure_is_not_opened(
    candor: Candor, shop: Workshop, server: EmbeddedPostgres
) -> None:
    ada = await make_person(candor, email="ada@example.com")
    await erase_person(candor, ada)
    async with candor.database.read() as tx:
        await require_replayed(tx, shop.ledger, candor.clock)
    with cloned(server) as other:
        async with shop.opener(other.app) as opened, opened.database.read() as tx:
            with pytest.raises(NotReplayed, match="1 profile"):
                await require_replayed(tx, shop.ledger, candor.clock)


async def test_an_erasure_that_was_undone_is_crossed_out(
    candor: Candor, shop: Workshop
) -> None:
    ada = await make_person(candor, email="ada@example.com")
    async with candor.database.tx() as tx:
        await candor.vault.destroy(tx, [ada])
        raise Rollback
    assert len(shop.ledger.erasures()) == 1
    async with candor.database.read() as tx:
        await require_replayed(tx, shop.ledger, candor.clock)
    assert shop.ledger.erasures() == []
    async with candor.database.read() as tx:
        assert await candor.vault.keys(tx, [ada])


@pytest.mark.timeout(120)
@pytest.mark.parametrize("is_changed", [False, True])
async def test_a_drill_restores_replays_and_takes_itself_away(
    candor: Candor, shop: Workshop, database_urls: Urls, tmp_path: Path, is_changed: bool
) -> None:
    ada = await make_person(candor, email="ada@example.com")
    await make_person(candor, email="ben@example.com")
    await seal(candor)
    if is_changed:  # by a superuser, past the trigger
        with psycopg.connect(database_urls.owner) as owner:
            owner.execute("SET session_replication_role = replica")
            owner.execute("UPDATE audit.entry SET actor_id = 'eve' WHERE entry_id = 1")
    await back_up(shop, database_urls.owner)
    await erase_person(candor, ada)
    if is_changed:
        await _fails(candor, shop)
        return
    done = await to_thread(deeds.drill, shop, None, silent)
    assert done.replayed == 1
    assert done.proof.opened_keys == 1  # of Ben
    assert done.proof.opened_values == 3  # number, address, and the address as a fact
    assert done.proof.log_entries > 0
    assert done.proof.log_flaws == ()
    assert [path.name for path in (tmp_path / "drill").iterdir()] == [".lock"]


async def _fails(candor: Candor, shop: Workshop) -> None:
    """Drill: it fails, says which entry it was, and takes its copy away."""
    await jobs.drill(candor.database, shop, TEST)
    async with candor.database.read() as tx:
        (run,) = await runs.newest(tx)
        (entry,) = await audit.newest(tx, at_most=1)
    assert (run.kind, run.outcome) == (Deed.DRILL, "failed")
    assert run.report["code"] == LogFlawed.code
    assert "entry 1 was changed" in str(run.report["why"])
    assert (entry.action, entry.outcome, entry.reason) == (
        "backup.drilled", "refused", LogFlawed.code,
    )  # fmt: skip
    left = await to_thread(lambda: list((shop.settings.home / "drill").iterdir()))
    assert [path.name for path in left] == [".lock"]


async def test_whom_a_drill_opens_the_lot_decides(
    candor: Candor, shop: Workshop, database_urls: Urls
) -> None:
    some = sorted([await make_person(candor, email=f"p{n}@example.com") for n in range(120)])
    everybody = server_of.sample(database_urls.owner, shop.has_epoch, lambda _: 0)
    assert sorted(everybody) == [*some[:50], *some[-50:]]
    there = some[55].int - some[0].int
    drawn = server_of.sample(database_urls.owner, shop.has_epoch, lambda _: there)
    assert some[60] in drawn
    asked: list[int] = []

    def last(below: int) -> int:
        asked.append(below)
        return below - 1

    async with shop.opener(database_urls.app) as opened:
        proof = await prove(opened, some, (0, ()), last)
    assert asked == [120]
    assert proof.opened_values > 0


async def test_every_kind_of_damage_is_named(
    shop: Workshop, database_urls: Urls, tmp_path: Path
) -> None:
    made = await back_up(shop, database_urls.owner)
    other = await back_up(shop, database_urls.owner)
    folder = tmp_path / "backups" / made.label
    content = (folder / CONTENT).read_bytes()
    for wrong in (
        content[:-1],
        content[:2_000] + bytes([content[2_000] ^ 1]) + content[2_001:],
        content + b"x",
        (tmp_path / "backups" / other.label / CONTENT).read_bytes(),
    ):
        (folder / CONTENT).write_bytes(wrong)
        with pytest.raises(BackupBroken, match=CONTENT):
            deeds.verify(shop, made.label, silent)
    (folder / CONTENT).unlink()
    with pytest.raises(BackupBroken, match=CONTENT):
        deeds.verify(shop, made.label, silent)
    (folder / CONTENT).write_bytes(content)
    (folder / KEYS).write_bytes((tmp_path / "backups" / other.label / KEYS).read_bytes())
    with pytest.raises(BackupBroken, match=KEYS):
        deeds.verify(shop, made.label, silent)


async def test_a_manifest_that_was_changed_or_swapped_is_refused(
    shop: Workshop, database_urls: Urls, tmp_path: Path
) -> None:
    made = await back_up(shop, database_urls.owner)
    other = await back_up(shop, database_urls.owner)
    path = tmp_path / "backups" / made.label / FILE
    text = path.read_text()
    body = json.loads(text)
    path.write_text(json.dumps({**body, "database": "elsewhere"}))
    with pytest.raises(BackupBroken, match="changed or damaged"):
        deeds.verify(shop, made.label, silent)
    path.write_text((tmp_path / "backups" / other.label / FILE).read_text())
    with pytest.raises(BackupBroken, match="of another backup"):
        deeds.verify(shop, made.label, silent)
    path.write_text("{")
    with pytest.raises(BackupBroken, match="changed or damaged"):
        deeds.verify(shop, made.label, silent)
    path.write_text(text)
    assert deeds.verify(shop, made.label, silent).label == made.label


async def test_another_keyring_is_told_from_damage(
    candor: Candor, shop: Workshop, database_urls: Urls, tmp_path: Path
) -> None:
    made = await back_up(shop, database_urls.owner)
    keyring = tmp_path / "keys" / "keyring.json"
    keyring.rename(tmp_path / "keys" / "other.json")
    stranger = make_workshop(tmp_path, database_urls, candor)
    with pytest.raises(WrongKeyring, match=made.label):
        deeds.verify(stranger, made.label, silent)


async def test_a_ledger_that_was_cut_stops_a_restore(
    candor: Candor, shop: Workshop, database_urls: Urls, tmp_path: Path
) -> None:
    ada = await make_person(candor, email="ada@example.com")
    await erase_person(candor, ada)
    made = await back_up(shop, database_urls.owner)
    next((tmp_path / "erasures").glob("*.jsonl")).unlink()
    with pytest.raises(LedgerBroken):
        await to_thread(deeds.restore, shop, made.label, silent, None)


async def test_two_at_once_are_one_too_many(shop: Workshop, database_urls: Urls) -> None:
    with alone(shop.folder), pytest.raises(Busy):
        await back_up(shop, database_urls.owner)


async def test_what_a_killed_run_left_is_no_backup_and_goes(
    shop: Workshop, database_urls: Urls, tmp_path: Path
) -> None:
    made = await back_up(shop, database_urls.owner)
    left = tmp_path / "backups" / ".making-2026-03-02T120000Z-abcdef"
    left.mkdir()
    (left / CONTENT).write_bytes(b"half of it")
    (left / FILE).write_text((tmp_path / "backups" / made.label / FILE).read_text())
    assert list(shop.shelf.labels()) == [made.label]
    await back_up(shop, database_urls.owner)
    assert not left.exists()


@pytest.mark.timeout(120)
async def test_an_old_backup_opens_for_the_living_by_newer_keys_only(
    candor: Candor,
    shop: Workshop,
    server: EmbeddedPostgres,
    database_urls: Urls,
    tmp_path: Path,
) -> None:
    ada = await make_person(candor, email="ada@example.com")
    ben = await make_person(candor, email="ben@example.com")
    old = await back_up(shop, database_urls.owner)
    await erase_person(candor, ada)
    await rotate(candor.database, candor.vault, candor.clock, is_forced=True)
    candor.keyring.destroy_epoch(old.epochs[0].epoch_id)
    await back_up(shop, database_urls.owner)
    with cloned(server) as other:
        _emptied(other)
        there = make_workshop(tmp_path, other, candor)
        done = await to_thread(deeds.restore, there, old.label, silent, None)
        assert (done.taken_keys, done.replayed) == (1, 1)
        assert not await _living(there, other.app, ada)
        assert await _living(there, other.app, ben)

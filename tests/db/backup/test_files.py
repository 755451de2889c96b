"""Backups of the embedded server: its files, what changed since, and any moment in between."""

from asyncio import sleep, to_thread
from collections.abc import AsyncIterator, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

import psycopg
import pytest

from candor.domain.backup.errors import StillRunning
from candor.domain.backup.service import deeds
from candor.domain.backup.service.place import Workshop, silent
from candor.infra.backup import restoring, wal
from candor.infra.backup.manifest import Kind
from candor.infra.backup.wal import Point
from candor.infra.db.embedded import EmbeddedPostgres, Urls
from candor.infra.db.migrate import migrate
from candor.kernel.clock import FixedClock
from candor.kernel.errors import CandorError
from candor.kernel.ids import ProfileId
from tests.factories.backups import back_up, erase_person, make_workshop
from tests.factories.house import apply_company, make_person, running

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(180)]


@dataclass
class House:
    """An embedded server with Candor on it, stopped and started at will."""

    home: Path
    clock: FixedClock

    @contextmanager
    def open(self) -> Generator[Urls]:
        """Run the server for the time of the block, as the next start would."""
        restoring.finish_swap(self.home)
        server = EmbeddedPostgres(self.home / "postgres")
        server.start()
        try:
            yield server.urls("candor")
        finally:
            server.stop()

    @property
    def shop(self) -> Workshop:
        return make_workshop(self.home, None)


@pytest.fixture
async def house(clock: FixedClock) -> AsyncIterator[House]:
    # Not in pytest's own folder: the user that a server runs as could not always reach it.
    made = House(Path(mkdtemp(prefix="candor-backup-")), clock)
    with made.open() as urls:
        migrate(urls.owner)
        async with running(urls.app, made.home, clock) as candor:
            await apply_company(candor)
    yield made
    if (made.home / "postgres").exists():
        EmbeddedPostgres(made.home / "postgres").stop()
    rmtree(made.home)


async def _known(house: House, urls: Urls, *profile_ids: ProfileId) -> list[bool]:
    async with house.shop.opener(urls.app) as opened, opened.database.read() as tx:
        keys = await opened.vault.keys(tx, profile_ids)
    return [profile_id in keys for profile_id in profile_ids]


async def test_files_and_what_changed_restore_and_forget_the_erased(house: House) -> None:
    with house.open() as urls:
        async with running(urls.app, house.home, house.clock) as candor:
            ada = await make_person(candor, email="ada@example.com", name="Adalgisa")
            full = await back_up(house.shop, urls.owner)
            ben = await make_person(candor, email="ben@example.com")
            part = await back_up(house.shop, urls.owner, is_full=False)
            eve = await make_person(candor, email="eve@example.com")
            await erase_person(candor, ada)
        assert (full.kind, part.kind) == (Kind.FULL, Kind.INCREMENTAL)
        assert part.sealed_bytes < full.sealed_bytes / 2
        with pytest.raises(StillRunning):
            await to_thread(deeds.restore, house.shop, part.label, silent, None)
        drilled = await to_thread(deeds.drill, house.shop, part.label, silent)
        assert drilled.replayed == 1
    done = await to_thread(deeds.restore, house.shop, part.label, silent, None)
    assert done.replayed == 1
    assert done.aside is not None
    with house.open() as urls:
        assert await _known(house, urls, ada, ben, eve) == [False, True, False]
        with psycopg.connect(urls.owner) as connection:
            row = connection.execute(
                "SELECT count(*) FROM profiles.identifier WHERE profile_id = %s", (ada,)
            ).fetchone()
        assert row == (0,)
    for path in (house.home / "postgres").rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert b"ada@example.com" not in content
            assert b"Adalgisa" not in content


async def test_a_moment_in_between_is_restored_from_the_log(house: House) -> None:
    with house.open() as urls:
        archive = wal.Archive(
            urls.owner, house.home / "wal", house.home / "backups", house.shop.seal
        )
        async with running(urls.app, house.home, house.clock) as candor:
            with wal.drawing(archive):
                await back_up(house.shop, urls.owner)
                ada = await make_person(candor, email="ada@example.com")
                with psycopg.connect(urls.owner, autocommit=True) as connection:
                    row = connection.execute("SELECT clock_timestamp()").fetchone()
                    assert row is not None
                    between: datetime = row[0]
                ben = await make_person(candor, email="ben@example.com")
                with psycopg.connect(urls.owner, autocommit=True) as connection:
                    row = connection.execute(
                        "SELECT pg_walfile_name(pg_current_wal_lsn()), pg_switch_wal()"
                    ).fetchone()
                    assert row is not None
                for _ in range(100):
                    await to_thread(wal.store, archive, with_partial=True)
                    if row[0] in wal.names(archive.folder):
                        break
                    await sleep(0.1)
    home = house.home
    assert row[0] in wal.names(archive.folder)
    await to_thread(deeds.restore, house.shop, None, silent, Point(between))
    with house.open() as urls:
        assert await _known(house, urls, ada, ben) == [True, False]
    await to_thread(deeds.restore, house.shop, None, silent, Point())
    with house.open() as urls:
        assert await _known(house, urls, ada, ben) == [True, True]
    late = datetime.now(UTC) + timedelta(days=1)
    with pytest.raises(CandorError):
        await to_thread(deeds.restore, house.shop, None, silent, Point(late))
    assert not list(home.glob(".making-*"))
    with house.open() as urls:
        assert await _known(house, urls, ada, ben) == [True, True]


async def test_a_swap_that_was_interrupted_is_finished_by_the_next_start(house: House) -> None:
    home = house.home
    (home / "postgres").rename(home / "postgres.before-x")
    fresh = home / ".making-x"
    (home / "postgres.before-x").rename(fresh)
    (home / "restore.json").write_text('[".making-x", "postgres", "postgres.before-x"]')
    with house.open() as urls, psycopg.connect(urls.owner) as connection:
        assert connection.execute("SELECT count(*) FROM candor.migration").fetchone() != (0,)
    assert not fresh.exists()
    assert not restoring.finish_swap(home)

"""The page of the backups: how it stands, and asking for one; nothing is restored by a click."""

from pathlib import Path

import pytest

from candor.app import Candor
from candor.domain.access.model.roles import Role
from candor.domain.audit.model import Actor
from candor.domain.backup.model import Deed
from candor.domain.backup.service import asking, runs
from candor.infra.settings import Settings
from tests.factories.house import TEST
from tests.web.console.conftest import Hire

pytestmark = pytest.mark.anyio


async def test_a_job_is_asked_for_once_and_noted(candor: Candor, tmp_path: Path) -> None:
    settings = Settings.load(
        {"CANDOR_HOME": str(tmp_path), "CANDOR_BACKUP_FOLDER": str(tmp_path / "b")}
    )
    for _ in range(2):
        async with candor.database.tx() as tx:
            await asking.ask(
                tx,
                asking.CREATE,
                settings=settings,
                staff_id="1",
                actor=Actor.staff("1"),
                clock=candor.clock,
            )
    async with candor.database.read() as tx:
        cursor = await tx.connection.execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'backup.create'"
        )
        assert await cursor.fetchone() == (1,)


async def test_a_run_that_failed_is_what_health_says(candor: Candor) -> None:
    first = await runs.begin(candor.database, Deed.CREATE, None, candor.clock)
    await runs.end(
        candor.database, first, Deed.CREATE, "a", {}, candor.clock, is_well=True, actor=TEST
    )
    second = await runs.begin(candor.database, Deed.DRILL, "a", candor.clock)
    await runs.end(
        candor.database, second, Deed.DRILL, "a", {"code": "backup.broken"}, candor.clock,
        is_well=False, actor=TEST,
    )  # fmt: skip
    async with candor.database.read() as tx:
        health = await runs.health(tx, candor.clock)
        assert await runs.good(tx) == {"a"}
    assert not health.backup_is_late
    assert health.drill_is_late
    assert health.last_failure is not None
    assert health.last_failure.report["code"] == "backup.broken"


async def test_a_flaw_that_a_drill_found_is_named(candor: Candor, hire: Hire) -> None:
    run = await runs.begin(candor.database, Deed.DRILL, "a", candor.clock)
    report = {"code": "backup.log_flawed", "why": "In the audit log, entry 7 was removed."}
    await runs.end(
        candor.database, run, Deed.DRILL, "a", report, candor.clock, is_well=False, actor=TEST
    )
    dora = await hire(Role.ADMIN)
    assert "entry 7 was removed" in await dora.page("/console/security/backups")
    assert "entry 7 was removed" in await dora.page("/console")

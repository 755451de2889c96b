"""`candor key api list` and `candor canary add staff`, as whoever runs the server sees them."""

from pathlib import Path

import pytest
from anyio import to_thread
from typer.testing import CliRunner

from candor.app import Candor
from candor.cli import app
from candor.domain.access.model.keys import Scope
from candor.domain.access.model.roles import Role
from candor.domain.access.service import api_keys
from candor.domain.shield.model.canary import CanaryKind
from candor.domain.shield.service import canaries
from candor.infra.db.embedded import Urls
from candor.kernel.clock import SystemClock
from tests.factories.house import TEST
from tests.factories.staff import add_staff

run = CliRunner()
pytestmark = pytest.mark.anyio


@pytest.fixture
def _here(database_urls: Urls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let commands speak to the database of this test."""
    monkeypatch.setenv("CANDOR_DATABASE_URL", database_urls.app)
    monkeypatch.setenv("CANDOR_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "240")


async def said(*words: str, wants: int = 0) -> str:
    """Run a command beside the loop of this test; return what it said."""
    found = await to_thread.run_sync(lambda: run.invoke(app, list(words)))
    assert found.exit_code == wants, found.output
    return found.output


@pytest.mark.usefixtures("_here")
async def test_a_suspended_key_is_listed_as_such(candor: Candor) -> None:
    clock = SystemClock()
    async with candor.database.tx() as tx:
        _, key = await api_keys.issue(
            tx,
            name="till",
            scopes=[Scope.CHOICES_READ],
            source_code=None,
            actor=TEST,
            clock=clock,
        )
    assert "suspended" not in await said("key", "api", "list")
    async with candor.database.tx() as tx:
        assert await api_keys.suspend(tx, key.key_id, actor=TEST, clock=clock)
    assert "suspended" in await said("key", "api", "list")


@pytest.mark.usefixtures("_here")
async def test_an_account_of_staff_is_made_a_canary(candor: Candor) -> None:
    member = await add_staff(candor, Role.ADMIN)
    await said("canary", "add", "staff", "in the old handbook", member.handle)
    await said("canary", "add", "staff", "nowhere", "nobody-of-this-name", wants=1)
    async with candor.database.read() as tx:
        (canary,) = await canaries.out(tx, [CanaryKind.STAFF])
    assert (bytes(canary.mark), canary.note) == (
        member.staff_id.bytes, "in the old handbook",
    )  # fmt: skip
    assert "in the old handbook" in await said("canary", "list")

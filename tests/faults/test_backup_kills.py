"""Whoever kills a backup, a drill or a restore leaves nothing half-done that is taken for good."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Final

import pytest

from candor.infra.db.embedded import EmbeddedPostgres

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
ROOT: Final = Path(__file__).parents[2]
_PATIENCE_SECONDS: Final = 60


class Installation:
    """An installation of one machine, driven by its commands."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.backups = home / "backups"
        self._environment = {
            **{n: v for n, v in os.environ.items() if not n.startswith("CANDOR_")},
            "PYTHONPATH": str(ROOT / "src"),
            "CANDOR_HOME": str(home),
            "CANDOR_BACKUP_FOLDER": str(self.backups),
            "CANDOR_CONFIG": str(home / "none.toml"),
            "COLUMNS": "200",
        }

    def start(self, *arguments: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [sys.executable, "-m", "candor.cli", *arguments],
            env=self._environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def run(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "candor.cli", *arguments],
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=_PATIENCE_SECONDS,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def killed(self, where: Path, *arguments: str) -> None:
        """Run a command and kill it with all its children once it works on something there."""
        process = self.start(*arguments)
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            if where.is_dir() and any(where.glob(".making-*/*")):
                os.killpg(process.pid, signal.SIGKILL)
                break
            time.sleep(0.002)
        assert process.wait() == -signal.SIGKILL, "it was over before it could be killed"


@pytest.fixture
def installation() -> Generator[Installation]:
    home = Path(mkdtemp(prefix="candor-kills-"))
    yield Installation(home)
    if (home / "postgres").exists():
        EmbeddedPostgres(home / "postgres").stop()
    rmtree(home)


def test_nothing_half_done_is_taken_for_good(installation: Installation) -> None:
    installation.run("db", "migrate")
    installation.run("backup", "create")
    installation.killed(installation.backups, "backup", "create", "--full")
    listed = installation.run("backup", "list")
    assert listed.count("everybody in it") == 1
    installation.run("backup", "create", "--full")
    assert not list(installation.backups.glob(".making-*"))

    installation.killed(installation.home / "drill", "backup", "drill")
    installation.run("backup", "drill")
    assert not list((installation.home / "drill").glob(".making-*"))

    before = (installation.home / "postgres" / "PG_VERSION").stat().st_ino
    _stopped(installation)
    installation.killed(installation.home, "backup", "restore", "--yes")
    assert (installation.home / "postgres" / "PG_VERSION").stat().st_ino == before
    assert "is in place" in installation.run("backup", "restore", "--yes")
    assert not list(installation.home.glob(".making-*"))
    installation.run("db", "migrate")


def _stopped(installation: Installation) -> None:
    """Stop the server that a killed command left running, as it does by design."""
    server = EmbeddedPostgres(installation.home / "postgres")
    server.start()
    server.stop()

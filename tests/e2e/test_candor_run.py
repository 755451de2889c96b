"""`candor run` as an operator meets it: first start, next start, Ctrl-C, a kill, and mistakes.

The demo is marked as loaded beforehand; that it loads is shown in `test_the_demo_arrives`.
"""

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, LiteralString

import psutil
import psycopg
import pytest

from candor.infra.db.embedded import EmbeddedPostgres
from tests.factories.live import ROOT, free_port, kill_tree, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.timeout(480)]
_LOADING_SECONDS = (
    180  # until a demo begins to load on a busy machine; nothing is measured by it
)


class House:
    """A folder in which `candor run` is started."""

    def __init__(self, folder: Path) -> None:
        """Take an empty folder."""
        self.folder = folder
        self.home = folder / "home"
        self.port = free_port()
        self.runs: list[subprocess.Popen[bytes]] = []

    @property
    def environment(self) -> dict[str, str]:
        """Return what commands are told."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("CANDOR_")}
        own = {"CANDOR_HOME": str(self.home), "CANDOR_PORT": str(self.port)}
        return {**kept, **own, "PYTHONPATH": str(ROOT / "src")}

    def without_demo(self) -> None:
        """Mark the demo's year as loaded."""
        (self.home / "demo").mkdir(parents=True)
        (self.home / "demo" / "done").touch()

    def start(self) -> subprocess.Popen[bytes]:
        """Start `candor run`."""
        with self.said.open("wb") as file:
            run = subprocess.Popen(
                [sys.executable, "-m", "candor.cli", "run"],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                cwd=self.folder,
                start_new_session=True,
            )
        self.runs.append(run)
        return run

    def started(self) -> subprocess.Popen[bytes]:
        """Start `candor run` and wait for its welcome."""
        run = self.start()

        def is_welcome() -> bool:
            assert run.poll() is None, self.said.read_text()
            return "Ctrl-C stops everything" in self.said.read_text()

        wait_for(is_welcome, "no welcome", seconds=_LOADING_SECONDS)
        return run

    @property
    def said(self) -> Path:
        return self.folder / "run.log"

    def command(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            [sys.executable, "-m", "candor.cli", *arguments],
            env={**self.environment, **environment},
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def processes(self) -> list[psutil.Process]:
        """Return what runs for this folder, found by its settings or its place."""
        found: list[psutil.Process] = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                mine = process.environ().get("CANDOR_HOME") == str(self.home)
                if mine or str(self.home) in " ".join(process.cmdline()):
                    found.append(process)
        return [p for p in found if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]

    def is_quiet(self) -> bool:
        """Tell whether nothing runs any more."""
        for run in self.runs:
            run.poll()
        return not self.processes()

    def close(self) -> None:
        """End what still runs, by its id."""
        for process in self.processes():
            kill_tree(process.pid)
        for run in self.runs:
            run.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture
def house() -> Iterator[House]:
    folder = Path(tempfile.mkdtemp(prefix="candor-run-"))
    folder.chmod(0o755)
    house = House(folder)
    try:
        yield house
    finally:
        house.close()


def test_it_starts_again_without_loading_and_ctrl_c_leaves_no_process(house: House) -> None:
    house.without_demo()
    for is_first in (True, False):
        run = house.started()
        said = house.said.read_text()
        assert ("prepared the database" in said) is is_first
        assert "loading the demo" not in said
        assert "/console/sign-in/" in said
        run.send_signal(signal.SIGINT)
        assert run.wait(60) == 0
        assert "stopped; everything that was acknowledged is kept" in house.said.read_text()
        wait_for(house.is_quiet, "a process was left")
    keyring = house.home / "keys" / "keyring.json"
    assert stat.S_IMODE(keyring.stat().st_mode) == 0o600
    keys = house.home / "keys" / "demo_write_keys.json"
    assert stat.S_IMODE(keys.stat().st_mode) == 0o600


def test_a_second_ctrl_c_leaves_no_process_either(house: House) -> None:
    house.without_demo()
    run = house.started()
    run.send_signal(signal.SIGINT)
    run.send_signal(signal.SIGINT)
    run.send_signal(signal.SIGTERM)
    run.wait(60)
    wait_for(house.is_quiet, "a process was left")


def test_after_a_kill_it_starts_again(house: House) -> None:
    house.without_demo()
    run = house.started()
    run.kill()  # itself only: its children must notice
    run.wait(30)
    run = house.started()
    run.send_signal(signal.SIGINT)
    assert run.wait(60) == 0
    wait_for(house.is_quiet, "a process was left")


def test_a_server_that_dies_is_started_again(house: House) -> None:
    house.without_demo()
    run = house.started()
    (serve,) = [
        child for child in psutil.Process(run.pid).children() if "serve" in child.cmdline()
    ]
    kill_tree(serve.pid)
    wait_for(lambda: "starting it again" in house.said.read_text(), "nobody noticed")

    def is_there() -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", house.port), 1):
            return True
        return False

    wait_for(is_there, "the web server did not come back")
    run.send_signal(signal.SIGTERM)
    assert run.wait(60) == 0
    wait_for(house.is_quiet, "a process was left")


def test_stopped_while_it_loads_it_goes_on_next_time(house: House) -> None:
    run = house.start()

    def is_loading() -> bool:
        assert run.poll() is None, house.said.read_text()
        return (house.home / "demo" / "load.json").exists()

    wait_for(is_loading, "the demo did not begin to load", seconds=_LOADING_SECONDS)
    run.send_signal(signal.SIGINT)
    assert run.wait(60) == 0
    wait_for(house.is_quiet, "a process was left")
    assert not (house.home / "demo" / "done").exists()
    assert "Traceback" not in house.said.read_text()


def test_a_port_that_is_taken_is_said_before_anything_starts(house: House) -> None:
    with socket.create_server(("127.0.0.1", house.port)):
        found = house.command("run")
    assert found.returncode == 1
    assert f"Port {house.port} on 127.0.0.1 is in use." in found.stderr
    assert "Traceback" not in found.stderr
    assert not house.home.exists()


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("CANDOR_PROT", "8701", "does not know"),
        ("CANDOR_PORT", "eighty", "whole number"),
        ("CANDOR_PORT", "99999", "65535"),
        ("CANDOR_HOST", "256.1.1.1", "256.1.1.1"),
        ("CANDOR_HOME", "/dev/null/x", "/dev/null"),
        ("CANDOR_HOME", "/proc/candor", "/proc/candor"),
        ("CANDOR_LOG_LEVEL", "loud", "log_level"),
        ("CANDOR_CATALOGUE", "/nowhere", "/nowhere"),
    ],
)
def test_a_wrong_setting_is_named_in_a_sentence(
    house: House, setting: str, value: str, said: str
) -> None:
    found = house.command("run", **{setting: value})
    assert found.returncode == 1
    assert said in found.stderr + found.stdout
    assert "Traceback" not in found.stderr


# -------------------------------------------------------------------------------------- doctor
DEFECTS: Final[Sequence[tuple[LiteralString, LiteralString, str]]] = (
    ("ALTER SYSTEM SET fsync = off", "ALTER SYSTEM RESET fsync", "fsync off"),
    (
        "ALTER SYSTEM SET synchronous_commit = off",
        "ALTER SYSTEM RESET synchronous_commit",
        "synchronous_commit off",
    ),
    (
        "GRANT UPDATE ON audit.entry TO candor_app",
        "REVOKE UPDATE ON audit.entry FROM candor_app",
        "cannot rewrite",
    ),
    (
        "ALTER TABLE consent.record DISABLE TRIGGER record__append_only",
        "ALTER TABLE consent.record ENABLE TRIGGER record__append_only",
        "refuse to be rewritten",
    ),
    (
        "INSERT INTO vault.epoch (epoch_id, opened_at) VALUES (99, now())",
        "DELETE FROM vault.epoch WHERE epoch_id = 99",
        "keyring",
    ),
    (
        "UPDATE candor.migration SET name = 'x' || name WHERE name LIKE '0007%'",
        "UPDATE candor.migration SET name = substr(name, 2) WHERE name LIKE 'x%'",
        "misses 1 migration",
    ),
)


def alter(postgres: EmbeddedPostgres, sql: LiteralString) -> None:
    """Do as the owner what no one should, or undo it; returns when it is in force."""
    with psycopg.connect(postgres.urls("candor").owner, autocommit=True) as owner:
        owner.execute(sql)
        owner.execute("SELECT pg_reload_conf()")
        owner.execute("SELECT pg_sleep(0.3)")


def test_the_doctor_finds_each_planted_defect(house: House) -> None:
    house.home.mkdir()
    postgres = EmbeddedPostgres(house.home / "postgres")
    postgres.start()
    try:
        found = house.command("doctor")
        assert found.returncode == 1
        assert "cannot be reached as the application" in found.stdout
        assert "candor db migrate" in found.stdout
        assert house.command("db", "migrate").returncode == 0
        found = house.command("doctor")
        assert found.returncode == 1
        assert "no catalogue is in force" in found.stdout
        demo = ROOT / "src" / "candor" / "demo" / "catalogue"
        applied = house.command("catalogue", "apply", str(demo), "--yes")
        assert applied.returncode == 0, applied.stderr
        found = house.command("doctor")
        assert found.returncode == 0, found.stdout + found.stderr
        for plant, mend, said in DEFECTS:
            alter(postgres, plant)
            found = house.command("doctor")
            assert found.returncode == 1, plant
            wrong = [line for line in found.stdout.splitlines() if line.startswith("✗")]
            assert len(wrong) == 1, plant
            assert said in wrong[0]
            alter(postgres, mend)
        assert house.command("doctor").returncode == 0
        keyring = house.home / "keys" / "keyring.json"
        keyring.chmod(0o644)
        found = house.command("doctor")
        assert found.returncode == 1
        assert "keyring" in found.stdout
        assert "chmod 600" in found.stdout
    finally:
        postgres.stop()

"""What every figure runs on: an embedded PostgreSQL and real processes in a temporary folder."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any, Final
from urllib.error import URLError
from urllib.request import urlopen

import psutil
import psycopg

from bench.result import ROOT
from candor.app import compose
from candor.domain.access.service import write_keys
from candor.domain.audit.model import Actor
from candor.domain.catalogue import service as catalogue
from candor.domain.consent.service import notices
from candor.infra.db.embedded import EmbeddedPostgres, Urls
from candor.infra.db.migrate import migrate
from candor.infra.settings import Settings

SOURCE: Final = "shop"
_ACTOR: Final = Actor.machine("bench")


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(slots=True)
class Stage:
    """A database with the demo's catalogue, and the processes that run on it."""

    folder: Path
    server: EmbeddedPostgres
    urls: Urls
    write_key: str = ""
    port: int = 0
    settings: dict[str, str] = field(
        default_factory=dict[str, str]
    )  # further CANDOR_… settings
    processes: dict[str, subprocess.Popen[bytes]] = field(
        default_factory=dict[str, "subprocess.Popen[bytes]"]
    )

    def environment(self, *, embedded: bool = False) -> dict[str, str]:
        """Return the settings of the processes; embedded: they find the database themselves."""
        kept = {n: v for n, v in os.environ.items() if not n.startswith("CANDOR_")}
        own = {
            **kept,
            "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
            "CANDOR_HOME": str(self.folder),
            "CANDOR_PORT": str(self.port),
            **self.settings,
        }
        if embedded:
            return own
        return {
            **own,
            "CANDOR_DATABASE_URL": self.urls.app,
            "CANDOR_OWNER_URL": self.urls.owner,
        }

    def start(self, name: str, *command: str, embedded: bool = False) -> None:
        """Start a process of ours: its output goes to a file in the folder."""
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", *command],
                env=self.environment(embedded=embedded),
                cwd=ROOT,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def start_web(self) -> None:
        """Start `candor serve` and wait until it can keep events."""
        self.port = self.port or free_port()
        self.start("web", "candor.cli", "serve")
        self.wait_for("web", "/readyz")

    def start_worker(self) -> None:
        """Start `candor work`, which folds."""
        self.start("worker", "candor.cli", "work")

    def wait_for(self, name: str, path: str, seconds: float = 30) -> None:
        """Wait until a process answers."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with (
                suppress(URLError, OSError),
                urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=1) as answer,
            ):
                if answer.status == 200:
                    return
            if self.processes[name].poll() is not None:
                break
            time.sleep(0.05)
        log = (self.folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")
        raise RuntimeError(f"{name} did not come up:\n{log[-2000:]}")

    def stop(self, name: str) -> None:
        """Stop a process of ours, by force if it does not listen."""
        process = self.processes.pop(name, None)
        if process is None:
            return
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            self.kill_group(process)

    def kill(self, name: str) -> None:
        """End a process of ours with all its children at once, as `kill -9` does."""
        process = self.processes.pop(name, None)
        if process is not None:
            self.kill_group(process)

    @staticmethod
    def kill_group(process: "subprocess.Popen[bytes]") -> None:
        """Kill the process group that we started."""
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)

    def postgres(self) -> list[psutil.Process]:
        """Return the processes of the database server."""
        with suppress(psutil.NoSuchProcess):
            root = psutil.Process(int(self.server.pid or 0))
            return [root, *root.children(recursive=True)]
        return []

    def family(self, name: str) -> list[psutil.Process]:
        """Return a process of ours and its children."""
        with suppress(psutil.NoSuchProcess, KeyError):
            root = psutil.Process(self.processes[name].pid)
            return [root, *root.children(recursive=True)]
        return []

    def cpu_seconds(self) -> dict[str, float]:
        """Return the processor time that each part has used so far."""
        used = {name: _cpu(self.family(name)) for name in self.processes}
        return {**used, "postgresql": _cpu(self.postgres())}

    def lives(self, name: str) -> bool:
        """Tell whether a process of ours runs."""
        process = self.processes.get(name)
        return process is not None and process.poll() is None

    def connected(self) -> "psycopg.Connection[Any]":
        """Connect as the owner; each statement commits by itself."""
        return psycopg.connect(self.urls.owner, autocommit=True)

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement as the owner; return its rows, if it has any."""
        with self.connected() as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []


def _cpu(processes: Sequence[psutil.Process]) -> float:
    total = 0.0
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system
    return total


@contextmanager
def stage() -> Generator[Stage]:
    """Make a stage in a temporary folder; stop everything and remove it after."""
    folder = Path(tempfile.mkdtemp(prefix="candor-bench-"))
    folder.chmod(0o755)  # the server runs as a user of its own when we are root
    server = EmbeddedPostgres(folder / "postgres")
    server.start()
    made = Stage(folder, server, server.urls("candor"))
    try:
        migrate(made.urls.owner)
        made.write_key = asyncio.run(_prepare(made))
        yield made
    finally:
        for name in list(made.processes):
            made.kill(name)
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


async def _prepare(made: Stage) -> str:
    """Apply the demo's catalogue; return a write key of the shop."""
    settings = Settings.load(
        {"CANDOR_HOME": str(made.folder), "CANDOR_DATABASE_URL": made.urls.app}
    )
    async with (
        compose(settings, made.urls.app, pool=2).running() as candor,
        candor.database.tx("bench") as tx,
    ):
        document = catalogue.read(Path(str(files("candor.demo.catalogue"))))
        await notices.put_in_force(tx, document=document, actor=_ACTOR, clock=candor.clock)
        return await write_keys.issue(tx, source_code=SOURCE, actor=_ACTOR, clock=candor.clock)

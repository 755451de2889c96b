"""A whole Candor of its own: PostgreSQL, web and worker as real processes on a port of its own.

For tests of what only the whole can show. Everything lies in one temporary folder and ends with
the block; processes are ended by their own ids.
"""

import asyncio
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psutil
import psycopg

from candor.cli import demo
from candor.cli.family import OPTION
from candor.cli.place import Place, services
from candor.infra.db.embedded import EmbeddedPostgres, Urls
from candor.infra.db.migrate import migrate
from candor.infra.settings import Settings
from candor.kernel.ids import new_id

ROOT: Final = Path(__file__).parents[2]
_PATIENCE_SECONDS: Final = 60  # bounds a wait; nothing is measured by it


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said."""

    status: int
    headers: Mapping[str, str]  # names in small letters
    body: bytes

    @property
    def json(self) -> Any:  # noqa: ANN401 - whatever it is
        """Return the body, decoded."""
        return json.loads(self.body)


class Live:
    """One running installation."""

    def __init__(self, folder: Path) -> None:
        """Prepare; nothing runs before `open`."""
        self.folder = folder
        self.home = folder / "home"
        self.port = free_port()
        self.postgres = EmbeddedPostgres(self.home / "postgres")
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.keys: Mapping[str, str] = {}
        self.more: dict[str, str] = {}  # what processes that start from now on are told besides
        self._urls: Urls | None = None

    @property
    def url(self) -> str:
        """Return the address of the web server."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def urls(self) -> Urls:
        """Return the addresses of the database."""
        assert self._urls is not None, "not opened"
        return self._urls

    @property
    def environment(self) -> dict[str, str]:
        """Return what processes of this installation are told."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("CANDOR_")}
        own = {"CANDOR_HOME": str(self.home), "CANDOR_PORT": str(self.port)}
        if self._urls is not None:
            own["CANDOR_DATABASE_URL"] = self._urls.app
            own["CANDOR_OWNER_URL"] = self._urls.owner
        return {**kept, **own, **self.more, "PYTHONPATH": str(ROOT / "src")}

    def open(self) -> None:
        """Start everything, with the demo company's catalogue and keys and no data."""
        self.home.mkdir(parents=True)
        self.postgres.start()
        self._urls = self.postgres.urls("candor")
        migrate(self._urls.owner)
        settings = Settings.load(
            {k: v for k, v in self.environment.items() if k.startswith("CANDOR_")}
        )
        asyncio.run(_prepare(Place(settings, self._urls, self.postgres)))
        keys = self.home / "keys" / "demo_write_keys.json"
        self.keys = json.loads(keys.read_text(encoding="utf-8"))
        self.start("serve")
        self.start("work")
        self.wait_ready()

    def start(self, name: str) -> None:
        """Start `serve` or `work`."""
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", "candor.cli", name, OPTION],
                env=self.environment,
                stdin=subprocess.PIPE,  # it ends with us, even when the tests are killed
                stdout=log,
                stderr=log,
                cwd=self.folder,
                start_new_session=True,
            )

    def command(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command of Candor on this installation."""
        return subprocess.run(
            [sys.executable, "-m", "candor.cli", *arguments],
            env={**self.environment, **environment},
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=_PATIENCE_SECONDS,
        )

    def wait_ready(self) -> None:
        """Wait until the door can keep events."""
        wait_for(self._is_ready, "the web server did not come up")

    def _is_ready(self) -> bool:
        with suppress(OSError, http.client.HTTPException):
            return self.get("/readyz").status == 200
        return False

    def stop(self, name: str) -> int:
        """Ask a process to stop, wait for it; return its code."""
        process = self.processes.pop(name)
        process.terminate()
        return _ended(process)

    @contextmanager
    def serving_with(self, **environment: str) -> Generator[None]:
        """Let the web server be told more for the time of the block; it starts anew twice."""
        for more in (environment, {}):
            self.stop("serve")
            self.more = more
            self.start("serve")
            self.wait_ready()
            if more:
                yield

    def kill(self, name: str) -> None:
        """Kill a process and its children at once, as a failing machine would."""
        process = self.processes.pop(name)
        kill_tree(process.pid)
        _ended(process)

    def kill_postgres(self) -> None:
        """Kill PostgreSQL, every process of it."""
        pid = self.postgres.pid
        assert pid is not None
        kill_tree(pid)
        wait_for(lambda: not psutil.pid_exists(pid), "PostgreSQL would not die")

    def start_postgres(self) -> None:
        """Start PostgreSQL; it recovers what was committed."""
        self.postgres = EmbeddedPostgres(self.home / "postgres")
        self.postgres.start()

    def owner(self) -> psycopg.Connection[Any]:
        """Return a connection that may read everything."""
        return psycopg.connect(self.urls.owner, autocommit=True)

    def wait_folded(self) -> None:
        """Wait until the worker has counted everything that was committed."""
        with self.owner() as connection:

            def is_folded() -> bool:
                row = connection.execute("SELECT count(*) FROM collect.flush").fetchone()
                return row is not None and row[0] == 0

            wait_for(is_folded, "the worker did not fold what came in")

    def logs(self) -> bytes:
        """Return all that web, worker and PostgreSQL wrote down."""
        files = [*self.folder.glob("*.log"), self.home / "postgres" / "log"]
        return b"".join(file.read_bytes() for file in files if file.is_file())

    def get(self, path: str, **headers: str) -> Answer:
        """Ask for a page."""
        return self.request("GET", path, b"", headers)

    def post(self, path: str, body: object, *, source: str = "shop", **headers: str) -> Answer:
        """Send something to the door with the key of a source. Bytes go as they are."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        head = {"Authorization": basic(self.keys[source])} if source else {}
        return self.request("POST", path, raw, {**head, **_headers(headers)})

    def batch(self, calls: Sequence[object], *, source: str = "shop") -> Answer:
        """Send a batch to the door."""
        return self.post("/v1/batch", {"batch": calls}, source=source)

    def request(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str]
    ) -> Answer:
        """Send a request over a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body or None, dict(headers))
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, found, answer.read())
        finally:
            connection.close()

    def close(self) -> None:
        """End every process and remove the folder."""
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                kill_tree(process.pid)
            _ended(process)
        if self.postgres.is_running:
            self.postgres.stop()


@contextmanager
def installed() -> Generator[Live]:
    """Give a running installation for the time of the block."""
    folder = Path(tempfile.mkdtemp(prefix="candor-live-"))
    # The embedded server runs as a user of its own when we are root: it must get through.
    folder.chmod(0o755)
    live = Live(folder)
    try:
        live.open()
        yield live
    finally:
        live.close()
        shutil.rmtree(folder, ignore_errors=True)


def _ended(process: subprocess.Popen[bytes]) -> int:
    """Wait until a process has ended, let go of it, return its code."""
    code = process.wait(_PATIENCE_SECONDS)
    if process.stdin:
        process.stdin.close()
    return code


def wait_for(
    is_so: Callable[[], bool], otherwise: str, *, seconds: float = _PATIENCE_SECONDS
) -> None:
    """Wait until something is so, for a minute at most, or as long as is said."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.05)


def kill_tree(pid: int) -> None:
    """Kill a process and all that it started, by their ids."""
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        process.suspend()  # so that it cannot start another one meanwhile
        for one in [*process.children(recursive=True), process]:
            with suppress(ProcessLookupError):
                os.kill(one.pid, signal.SIGKILL)


def free_port() -> int:
    """Return a port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def fresh_mark() -> str:
    """Return a word that was never used before: letters only, so that nothing is a card in it."""
    return new_id().hex.translate(str.maketrans("0123456789", "ghijklmnop"))


def basic(key: str) -> str:
    """Return the header that SDKs send a write key in."""
    return "Basic " + b64encode(f"{key}:".encode()).decode()


def _headers(given: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in given.items()}


async def _prepare(place: Place) -> None:
    async with services(place) as candor:
        await demo.prepare(candor)

"""The demo's CRM database does not outlive who started it, whenever that one is told to stop."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import psutil
import pytest

from candor.infra.mariadb_server import is_installed
from tests.factories.live import ROOT, kill_tree, wait_for

pytestmark = pytest.mark.skipif(
    not is_installed(), reason="MariaDB is not installed: apt-get install mariadb-server"
)

STARTS: Final = """
import signal, sys
from pathlib import Path
from candor.infra.mariadb_server import OwnMariaDB

def stop(*_):
    raise KeyboardInterrupt

signal.signal(signal.SIGTERM, stop)
server = OwnMariaDB(Path(sys.argv[1]))
try:
    server.start()
    signal.pause()
finally:
    server.stop()
"""


def of(folder: Path) -> list[psutil.Process]:
    """Return the servers that run in a folder."""
    found: list[psutil.Process] = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            is_server = process.name().startswith("mariadbd")
            if is_server and str(folder) in " ".join(process.cmdline()):
                found.append(process)
    return found


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return a folder with a short path, as sockets need it; nothing runs in it afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="candor-crm-"))
    yield folder
    for process in of(folder):
        kill_tree(process.pid)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize(
    "is_time",
    [
        pytest.param(lambda folder: bool(of(folder)), id="its tables are made"),
        pytest.param(
            lambda folder: (folder / "server.log").exists() and bool(of(folder)),
            id="it is started",
        ),
        pytest.param(lambda folder: (folder / "server.pid").exists(), id="it comes up"),
    ],
)
def test_it_ends_with_who_started_it(folder: Path, is_time: Callable[[Path], bool]) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", STARTS, str(folder)],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        stderr=subprocess.DEVNULL,  # it says that it was interrupted
    ) as starter:

        def is_so() -> bool:
            assert starter.poll() is None, "it ended by itself"
            return is_time(folder)

        wait_for(is_so, "it was not started")
        starter.send_signal(signal.SIGTERM)
        starter.wait(60)
    wait_for(lambda: not of(folder), "a server was left")

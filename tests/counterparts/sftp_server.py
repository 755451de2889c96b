"""A real server of SFTP: OpenSSH's sshd from Debian, on a loopback port, in a folder of its own.

sshd(8), sshd_config(5) of OpenSSH 9.2 (read 2026-11-22). It is never run as a service: each test
starts one, as whoever runs the tests, and ends it by its id. Files lie in `files`; `full` makes it
a folder in which nothing can be written any more.
"""

import getpass
import shutil
import socket
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from candor.infra import sftp

_TRIES: Final = 100
_PAUSE: Final = 0.05


@dataclass(frozen=True)
class SftpServer:
    """A server that runs."""

    port: int
    host_key: str
    files: Path
    user: str
    authorized: Path

    def allow(self, public: str) -> None:
        """Let a key in."""
        self.authorized.write_text(f"{public}\n")

    def server(self, identity: str, *, host_key: str = "") -> sftp.Server:
        """Return it as a client names it."""
        key = host_key or self.host_key
        return sftp.Server("127.0.0.1", self.port, "127.0.0.1", self.user, key, identity)

    def settings(self) -> dict[str, str]:
        """Return what a connection knows of it."""
        return {
            "place": "sftp",
            "host": "127.0.0.1",
            "port": str(self.port),
            "user": self.user,
            "host_key": self.host_key,
            "folder": str(self.files),
        }


@contextmanager
def sftp_server(root: Path) -> Generator[SftpServer]:
    """Run a server in a folder; ended at the end of the block."""
    sshd = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/usr/bin")
    if sshd is None:
        pytest.skip("no sshd: apt-get install openssh-server")
    root.mkdir(parents=True, exist_ok=True)
    files, authorized, key = root / "files", root / "authorized", root / "host"
    files.mkdir()
    identity = sftp.new_identity()
    key.write_text(identity)
    key.chmod(0o600)
    authorized.write_text("")
    authorized.chmod(0o600)
    port = _free_port()
    (root / "config").write_text(_config(port, key, authorized))
    Path("/run/sshd").mkdir(exist_ok=True)  # where root's sshd separates its privileges
    process = subprocess.Popen(
        [sshd, "-D", "-e", "-f", str(root / "config")], stderr=subprocess.DEVNULL
    )
    try:
        _wait(port, process)
        yield SftpServer(port, sftp.public_of(identity), files, getpass.getuser(), authorized)
    finally:
        process.terminate()
        process.wait(10)


def _config(port: int, key: Path, authorized: Path) -> str:
    lines = {
        "ListenAddress": "127.0.0.1",
        "Port": port,
        "HostKey": key,
        "PidFile": "none",
        "AuthorizedKeysFile": authorized,
        "StrictModes": "no",
        "UsePAM": "no",
        "PermitRootLogin": "prohibit-password",
        "PasswordAuthentication": "no",
        "KbdInteractiveAuthentication": "no",
        "Subsystem": "sftp internal-sftp",
    }
    return "".join(f"{name} {value}\n" for name, value in lines.items())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(port: int, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(_TRIES):
        assert process.poll() is None, "sshd ended at once"
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(_PAUSE)
    raise AssertionError("sshd does not listen")

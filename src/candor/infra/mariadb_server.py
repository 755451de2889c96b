"""A MariaDB of our own in a folder, for the demo and for tests: the database of another system.

Candor keeps nothing there. It listens on a socket in its folder and, where asked, on a port of the
loopback interface; the programs come from the system (Debian: `mariadb-server`). It reads nobody's
configuration and ends with whoever started it, unless that one is killed.
"""

import getpass
import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final, final

from candor.infra.sql import SqlFailed, Target
from candor.infra.sql_mariadb import MariaDBSession, connect
from candor.kernel.errors import Unavailable

PORT: Final = 3306  # as databases of this kind are named; nothing listens there
_READY_SECONDS: Final = 30.0
_STOP_SECONDS: Final = 10.0  # less than `candor run` waits for who started it
_TELL_AGAIN_SECONDS: Final = 1.0
_INSTALL_SECONDS: Final = 60.0
_LONGEST_SOCKET: Final = 100  # sockaddr_un holds 108 bytes
_PATH: Final = "/usr/local/bin:/usr/bin:/usr/local/sbin:/usr/sbin"


class NoMariaDB(Unavailable):
    """MariaDB did not start, or its programs are not on this machine."""

    code: ClassVar[str] = "infra.no_mariadb"
    default_hint: ClassVar[str] = "Install it (Debian: apt-get install mariadb-server)."


@dataclass(frozen=True, slots=True)
class _Programs:
    server: str
    installer: str


def _programs() -> _Programs | None:
    path = f"{os.environ.get('PATH', '')}:{_PATH}"
    server = shutil.which("mariadbd", path=path)
    installer = shutil.which("mariadb-install-db", path=path)
    return _Programs(server, installer) if server and installer else None


def is_installed() -> bool:
    """Tell whether this machine has MariaDB's programs."""
    return _programs() is not None


def folder_in(home: Path) -> Path:
    """Return where the demo's database lies in a data folder."""
    return home / "crm"


def host_in(home: Path) -> str:
    """Return the demo's database as a host:port pair of our own, for the guard of the way out."""
    return f"{OwnMariaDB(folder_in(home)).socket}:{PORT}"


@final
class OwnMariaDB:
    """A server in a folder."""

    def __init__(
        self, folder: Path, *, port: int | None = None, options: tuple[str, ...] = ()
    ) -> None:
        """Take where it keeps its data, a port of the loopback interface, further options."""
        self.folder = folder
        self._port = port
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def socket(self) -> Path:
        """Return its socket."""
        return self.folder / "mariadb.sock"

    def target(self, database: str = "mysql", user: str = "root", password: str = "") -> Target:
        """Return how to reach it over its socket; as whoever owns it, unless said otherwise."""
        return Target(
            host=str(self.socket),
            port=PORT,
            database=database,
            user=user,
            password=password,
            is_plain=True,
        )

    def start(self) -> None:
        """Start it, and return when it answers; makes its data the first time.

        Raises:
            NoMariaDB: it is not installed, or does not come up.
        """
        programs = _programs()
        if programs is None:
            raise NoMariaDB
        if len(str(self.socket)) > _LONGEST_SOCKET:
            message = "The path of the folder is too long for a socket."
            raise NoMariaDB(message, hint="Choose a shorter CANDOR_HOME.")
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Of its own: a server that starts takes away what it finds there, also of others.
        scratch = self.folder / "tmp"
        scratch.mkdir(exist_ok=True, mode=0o700)
        environment = {**os.environ, "TMPDIR": str(scratch)}
        data = self.folder / "data"
        if not (data / "mysql").is_dir():
            _install(programs, data, environment)
        network = (
            ["--skip-networking"]
            if self._port is None
            else ["--bind-address=127.0.0.1", f"--port={self._port}"]
        )
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - MariaDB's own program
                [
                    programs.server,
                    "--no-defaults",
                    f"--user={getpass.getuser()}",
                    f"--datadir={data}",
                    f"--socket={self.socket}",
                    f"--pid-file={self.folder / 'server.pid'}",
                    "--skip-name-resolve",
                    "--innodb-buffer-pool-size=32M",
                    "--innodb-log-file-size=32M",
                    "--character-set-server=utf8mb4",
                    *network,
                    *self._options,
                ],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C reaches us, and we stop it in order
            )
        try:
            self._wait_ready(self._process)
        except BaseException:  # we are told to stop: it must not outlive us
            self.stop()
            raise

    def stop(self) -> None:
        """Stop it in order; harmless when it does not run."""
        process, self._process = self._process, None
        if process is None:
            return
        deadline = time.monotonic() + _STOP_SECONDS
        while time.monotonic() < deadline:
            with suppress(subprocess.TimeoutExpired):
                process.terminate()  # told again: while it comes up it does not listen
                process.wait(_TELL_AGAIN_SECONDS)
                return
        process.kill()
        process.wait()

    @property
    def is_running(self) -> bool:
        """Tell whether its process lives."""
        return self._process is not None and self._process.poll() is None

    def session(self, database: str = "mysql") -> MariaDBSession:
        """Open a session as whoever owns the server.

        Raises:
            SqlFailed: it cannot be reached.
        """
        return connect(self.target(database))

    def _wait_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            with suppress(SqlFailed):
                self.session().close()
                return
            time.sleep(0.05)
        message = "MariaDB did not come up."
        raise NoMariaDB(message, hint=f"See {self.folder / 'server.log'}.")


def _install(programs: _Programs, data: Path, environment: Mapping[str, str]) -> None:
    """Make the system tables; a half-made folder is made anew."""
    shutil.rmtree(data, ignore_errors=True)
    done = subprocess.run(  # noqa: S603 - the same
        [
            programs.installer,
            "--no-defaults",
            f"--user={getpass.getuser()}",
            f"--datadir={data}",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
        ],
        env=environment,
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=_INSTALL_SECONDS,
    )
    if done.returncode:
        shutil.rmtree(data, ignore_errors=True)
        message = "MariaDB could not make its data folder."
        raise NoMariaDB(message)

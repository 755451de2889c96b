"""A scratch server: a restored data folder that is started for us alone, to be worked on.

It listens on a UNIX socket in a private folder and on nothing else, archives nothing, and no
application knows of it. What a killed run left behind is stopped and taken away by the next.
"""

import shutil
import tarfile
import tempfile
import time
from collections.abc import Generator, Iterable
from contextlib import contextmanager, suppress
from io import RawIOBase
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import msgspec
import psycopg
from psycopg import sql
from typing_extensions import override

from candor.infra.backup import programs
from candor.infra.backup.errors import BackupBroken, ProgramFailed
from candor.infra.backup.folders import UNFINISHED
from candor.infra.db.embedded import Urls, give_to_server

_START_SECONDS: Final = 24 * 3_600  # recovery reads as much of the log as there is
_STOP_SECONDS: Final = 600
_LOOK_SECONDS: Final = 0.05
_SAID: Final = 1_500  # last characters of the server's log
_OWNER: Final = "postgres"
_ROLES: Final = """
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'candor_app') THEN
        CREATE ROLE candor_app LOGIN NOINHERIT;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'candor_vault') THEN
        CREATE ROLE candor_vault NOLOGIN NOINHERIT;
    END IF;
END $$
"""


class _File(msgspec.Struct, frozen=True):
    """A file as the server lists it."""

    size: int = msgspec.field(name="Size")
    path: str = msgspec.field(name="Path", default="")
    encoded: str = msgspec.field(name="Encoded-Path", default="")


class _List(msgspec.Struct, frozen=True):
    """The server's list of what it sent."""

    files: tuple[_File, ...] = msgspec.field(name="Files")


class Scratch:
    """A data folder that nobody else knows."""

    def __init__(self, folder: Path) -> None:
        """Take the folder, which need not be there yet."""
        self.folder = folder

    def unpack(self, chunks: Iterable[bytes]) -> None:
        """Unpack the tar of a data folder into this one, which must be new.

        Raises:
            BackupBroken: it is no tar, or one with more than files and folders.
        """
        self.folder.mkdir(mode=0o700)
        unpack(chunks, self.folder)

    def initialise(self) -> None:
        """Make an empty server, for the contents of a dump."""
        self.folder.mkdir(mode=0o700)
        give_to_server(self.folder)
        programs.run(
            "initdb", "--auth=trust", "--encoding=utf8", "-U", _OWNER, "-D", str(self.folder),
            as_server=True, timeout=_STOP_SECONDS,
        )  # fmt: skip

    @contextmanager
    def running(self, settings: Iterable[str] = ()) -> Generator["Running"]:
        """Run the server for the time of the block; recovery is done when the block begins.

        Raises:
            ProgramFailed: it does not start: the message has the end of its log.
        """
        give_to_server(self.folder)
        socket = Path(tempfile.mkdtemp(prefix="candor-"))
        give_to_server(socket)
        given = [
            "listen_addresses=",
            f"unix_socket_directories={socket}",
            "unix_socket_permissions=0700",
            "archive_mode=off",
            "ssl=off",
            *settings,
        ]
        log = self.folder / "log"
        try:
            self._start(log, " ".join(f"-c '{line}'" for line in given))
            made = Running(socket)
            self._wait(made, log)
            yield made
        finally:
            with suppress(ProgramFailed):
                self.stop()
            shutil.rmtree(socket, ignore_errors=True)

    def stop(self, *, at_once: bool = False) -> None:
        """Stop the server of this folder, if one runs."""
        if (self.folder / "postmaster.pid").exists():
            mode = "immediate" if at_once else "fast"
            programs.run(
                "pg_ctl", "-D", str(self.folder), "-m", mode, "-w", "stop",
                as_server=True, timeout=_STOP_SECONDS,
            )  # fmt: skip

    def verify_files(self) -> None:
        """Compare the files with the list that the server made when it was backed up.

        Names and sizes: what is in them was sealed on its way. (`pg_verifybackup`, which would do
        the same, does not run in the wheel: it ends with a segmentation fault.)

        Raises:
            BackupBroken: a file is missing, or has another size than the server sent.
        """
        listed = msgspec.json.decode((self.folder / "backup_manifest").read_bytes(), type=_List)
        for file in listed.files:
            path = self.folder / (file.path or bytes.fromhex(file.encoded).decode())
            if not path.is_file() or path.stat().st_size != file.size:
                message = f"{path.name} is not in the backup as the server sent it."
                raise BackupBroken(message)

    def check_pages(self) -> None:
        """Check the checksum of every page; the server must have been stopped.

        Raises:
            BackupBroken: a page is damaged.
        """
        try:
            programs.run("pg_checksums", "--check", "-D", str(self.folder), as_server=True)
        except ProgramFailed as error:
            message = "A page of the restored database is damaged."
            raise BackupBroken(message) from error

    def remove(self) -> None:
        """Stop what runs and take the folder away."""
        with suppress(ProgramFailed):
            self.stop(at_once=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start(self, log: Path, options: str) -> None:
        try:
            programs.run(
                "pg_ctl", "-D", str(self.folder), "-w", "-t", str(_START_SECONDS), "-s",
                "-l", str(log), "-o", options, "start",
                as_server=True,
            )  # fmt: skip
        except ProgramFailed as error:
            raise _not_started(log) from error

    def _wait(self, made: "Running", log: Path) -> None:
        """Wait until recovery is over: the server answers before that, and cannot be written.

        Raises:
            ProgramFailed: the server gave up.
        """
        while True:
            try:
                with psycopg.connect(made.urls(_OWNER).owner, autocommit=True) as connection:
                    row = connection.execute("SELECT pg_is_in_recovery()").fetchone()
                if row and not row[0]:
                    return
            except psycopg.OperationalError as error:
                if not (self.folder / "postmaster.pid").exists():
                    raise _not_started(log) from error
            time.sleep(_LOOK_SECONDS)


class Running:
    """A scratch server that runs."""

    def __init__(self, socket: Path) -> None:
        """Take the folder of its socket."""
        self._socket = socket

    def urls(self, database: str) -> Urls:
        """Return how to reach a database of it."""
        name, host = quote(database), quote(str(self._socket))
        return Urls(
            owner=f"postgresql://{_OWNER}@/{name}?host={host}",
            app=f"postgresql://candor_app@/{name}?host={host}",
        )

    def make_database(self, database: str, owner: str) -> None:
        """Make an empty database with the roles that a dump speaks of."""
        with psycopg.connect(self.urls(_OWNER).owner, autocommit=True) as connection:
            make_roles(connection)
            there = connection.execute(
                "SELECT 1 FROM pg_roles WHERE rolname = %s", (owner,)
            ).fetchone()
            if there is None:
                name = sql.Identifier(owner)
                connection.execute(sql.SQL("CREATE ROLE {} SUPERUSER").format(name))
            if database != _OWNER:
                name = sql.Identifier(database)
                connection.execute(sql.SQL("CREATE DATABASE {}").format(name))


def make_roles(connection: psycopg.Connection[Any]) -> None:
    """Make the roles that the contents of a dump are granted to, where they are missing."""
    connection.execute(_ROLES)


def make_roles_at(url: str) -> None:
    """Make these roles on a server that is not ours."""
    with psycopg.connect(url, autocommit=True) as connection:
        make_roles(connection)


def clear(home: Path) -> int:
    """Stop and take away the scratch folders of runs that were killed; returns how many."""
    left = [path for path in home.glob(f"{UNFINISHED}*") if path.is_dir()]
    for path in left:
        Scratch(path).remove()
    return len(left)


def unpack(chunks: Iterable[bytes], folder: Path) -> None:
    """Unpack a tar of plain files and folders.

    Raises:
        BackupBroken: it is none.
    """
    try:
        with tarfile.open(fileobj=_Stream(chunks), mode="r|", bufsize=1 << 20) as archive:
            for member in archive:
                if not (member.isreg() or member.isdir()):
                    message = f"The backup holds {member.name}, which is no plain file."
                    raise BackupBroken(message)
                archive.extract(member, folder, set_attrs=False, filter="data")
    except tarfile.TarError as error:
        message = "The backup is no tar of a data folder."
        raise BackupBroken(message) from error
    close_to_others(folder)


def close_to_others(folder: Path) -> None:
    """Let only the owner read a data folder, as the server demands."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)


def _not_started(log: Path) -> ProgramFailed:
    words = log.read_text(errors="replace")[-_SAID:] if log.exists() else ""
    return ProgramFailed(f"The restored server does not start. {words}".strip())


class _Stream(RawIOBase):
    """Chunks as a file that is read once, from its beginning to its end."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._rest = memoryview(b"")

    @override
    def readable(self) -> bool:
        return True

    @override
    def read(self, size: int = -1, /) -> bytes:
        pieces: list[bytes] = []
        wanted = size
        while wanted:
            if not self._rest:
                self._rest = memoryview(next(self._chunks, b""))
                if not self._rest:
                    break
            piece = self._rest if wanted < 0 else self._rest[:wanted]
            self._rest = self._rest[len(piece) :]
            pieces.append(bytes(piece))
            wanted -= len(piece) if wanted > 0 else 0
        return b"".join(pieces)

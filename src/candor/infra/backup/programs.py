"""PostgreSQL's own programs, which come in the wheel: run, fed, drained, and believed on failure.

Addresses go to them in the environment, never as arguments: other users of a machine can read
those. They run as ourselves; only the server itself needs another user when we are root.
"""

import os
import subprocess
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager, suppress
from tempfile import TemporaryFile
from typing import BinaryIO, Final, cast

from psycopg.conninfo import conninfo_to_dict

from candor.infra.backup.errors import ProgramFailed
from candor.infra.backup.sealed import CHUNK
from candor.infra.db.embedded import BIN, SYSTEM_USER

_SAID: Final = 2_000  # last characters of what a program said
_VARIABLES: Final[Mapping[str, str]] = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "passfile": "PGPASSFILE",
    "service": "PGSERVICE",
}


def environment(url: str) -> dict[str, str]:
    """Return what tells a program where the database is."""
    given = conninfo_to_dict(url)
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {
        **kept,
        **{_VARIABLES[n]: str(v) for n, v in given.items() if n in _VARIABLES and v},
        "PGAPPNAME": "candor backup",
        "PGCONNECT_TIMEOUT": "10",
    }


def database_of(url: str) -> str:
    """Return the name of the database that an address leads to."""
    return str(conninfo_to_dict(url).get("dbname") or "")


def run(
    name: str,
    *arguments: str,
    url: str = "",
    timeout: float | None = None,
    as_server: bool = False,
) -> str:
    """Run a program to its end; return what it printed.

    Raises:
        ProgramFailed: it failed; the message has its last words.
    """
    # Files, not pipes: a server that pg_ctl starts would hold a pipe open for ever.
    with TemporaryFile() as said, TemporaryFile() as complained:
        try:
            done = subprocess.run(  # noqa: S603 - a program of the wheel, arguments of ours
                [str(BIN / name), *arguments],
                env=environment(url),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=complained,
                timeout=timeout,
                check=False,
                user=SYSTEM_USER if as_server else None,
                cwd="/",
            )
        except subprocess.TimeoutExpired as error:
            message = f"{name} did not end in {timeout:.0f} s."
            raise ProgramFailed(message) from error
        if done.returncode:
            raise _failed(name, done.returncode, complained)
        said.seek(0)
        return said.read().decode(errors="replace")


@contextmanager
def reading(
    name: str, *arguments: str, url: str, descriptors: Sequence[int] = ()
) -> Generator[BinaryIO]:
    """Run a program and give what it writes; the block must read to the end.

    Raises:
        ProgramFailed: it failed, which is known only at the end: what was read is worth nothing.
    """
    with TemporaryFile() as complained:
        process = subprocess.Popen(  # noqa: S603 - as above
            [str(BIN / name), *arguments],
            env=environment(url),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=complained,
            pass_fds=descriptors,
        )
        try:
            yield cast("BinaryIO", process.stdout)
            if process.wait():
                raise _failed(name, process.returncode, complained)
        finally:
            _end(process)


def feeding(name: str, *arguments: str, url: str, chunks: Iterable[bytes]) -> None:
    """Run a program and feed it.

    Raises:
        ProgramFailed: it failed.
    """
    with TemporaryFile() as complained:
        process = subprocess.Popen(  # noqa: S603 - as above
            [str(BIN / name), *arguments],
            env=environment(url),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=complained,
        )
        try:
            given = cast("BinaryIO", process.stdin)
            with suppress(BrokenPipeError):  # its exit code says why it listens no more
                for chunk in chunks:
                    given.write(chunk)
                given.close()
            if process.wait():
                raise _failed(name, process.returncode, complained)
        finally:
            _end(process)


def chunks_of(stream: BinaryIO) -> Iterable[bytes]:
    """Return a stream in pieces."""
    return iter(lambda: stream.read(CHUNK), b"")


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Leave no program behind, whatever happened."""
    if process.poll() is None:
        process.kill()
    for pipe in (process.stdout, process.stdin):
        if pipe is not None:
            with suppress(BrokenPipeError):
                pipe.close()
    process.wait()


def _failed(name: str, code: int, complained: BinaryIO) -> ProgramFailed:
    complained.seek(0)
    words = complained.read().decode(errors="replace").strip()[-_SAID:]
    return ProgramFailed(f"{name} ended with {code}: {words or 'it said nothing'}")

"""Files on other machines by SFTP, with the client of OpenSSH as a process of its own.

Every library of SSH for Python is under a copyleft licence; the client of OpenSSH is on nearly
every machine, and is what others audit (`apt-get install openssh-client`). It reads no
configuration but what is named here: one host key, which must be the one that was given; one key
of ours, in a file that nobody else may read and that is gone afterwards; no pass words, no agent,
no forwarding. Batch mode: sftp(1) of OpenSSH 9.2, read 2026-11-22; the first command that fails
ends it with 1, and a connection that cannot be made with 255.

Names of files are checked here before they stand in a command: letters, digits, point, hyphen and
underscore, whatever the other machine lists.
"""

import asyncio
import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_ssh_private_key,
    load_ssh_public_key,
)

from candor.kernel.errors import Kind, Refused, Unavailable

_CONNECT_SECONDS: Final = 10
_CONNECTION: Final = 255
_SAID_AT_MOST: Final = 4_000_000  # bytes of a list of files
_LOOK_SECONDS: Final = 0.2
_USER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
_FOLDER: Final = re.compile(r"(/|\.|[A-Za-z0-9_./-]{1,300})")
# sftp(1), `ls -ln`: rights, links, owner, group, size, date in three parts, name.
_LINE: Final = re.compile(
    r"-\S{9,11}\s+\S+\s+\S+\s+\S+\s+(?P<size>\d+)\s+\S+\s+\S+\s+\S+\s+(?P<name>.+)"
)


class NoClient(Unavailable):
    """The client of OpenSSH is not installed here."""

    code: ClassVar[str] = "sftp.no_client"
    default_hint: ClassVar[str] = "Install it: apt-get install openssh-client"


class BadServer(Refused):
    """The address, the user, the folder or the host key of a server makes no sense."""

    code: ClassVar[str] = "sftp.bad_server"
    default_hint: ClassVar[str] = (
        "The host key is a line such as: ssh-ed25519 AAAA…  Get it from whoever runs the server."
    )


class WrongKey(Refused):
    """The server is not the one that was named, or does not let us in."""

    code: ClassVar[str] = "sftp.wrong_key"
    kind: ClassVar[Kind] = Kind.FORBIDDEN
    default_hint: ClassVar[str] = (
        "Compare its host key with whoever runs it; have them allow our public key."
    )


class Failed(Unavailable):
    """The server does not answer, or did not do what it was asked for."""

    code: ClassVar[str] = "sftp.failed"
    default_hint: ClassVar[str] = "Is it running, is there space, may we write there?"


class TooLarge(Refused):
    """A file is larger than may be fetched."""

    code: ClassVar[str] = "sftp.too_large"
    default_hint: ClassVar[str] = "Split it."


@dataclass(frozen=True, slots=True)
class Server:
    """One server, and who we are there. `address`: where its name was found to be."""

    host: str
    port: int
    address: str
    user: str
    host_key: str  # "ssh-ed25519 AAAA…"
    identity: str = field(repr=False)  # our private key, as OpenSSH keeps it; secret


@dataclass(frozen=True, slots=True)
class Entry:
    """One file in a folder there; size in bytes."""

    name: str
    size: int


def new_identity() -> str:
    """Make a key of ours, as OpenSSH keeps it."""
    key = Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()


def public_of(identity: str) -> str:
    """Return the public half of a key of ours, as it stands in `authorized_keys`.

    Raises:
        BadServer: it is no such key.
    """
    try:
        key = load_ssh_private_key(identity.encode(), None)
    except (ValueError, UnsupportedAlgorithm):
        raise BadServer from None
    return key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def check_server(user: str, host_key: str, folder: str) -> None:
    """Look at what a server is described by.

    Raises:
        BadServer: it makes no sense; says what.
    """
    parts = host_key.split()
    try:
        load_ssh_public_key(" ".join(parts[:2]).encode())
    except (ValueError, UnsupportedAlgorithm):
        message = "The host key is none."
        raise BadServer(message) from None
    if not _USER.fullmatch(user):
        message = "The name of the user has letters, digits, and . _ - in it."
        raise BadServer(message)
    if not _FOLDER.fullmatch(folder) or folder.startswith("-") or ".." in folder.split("/"):
        message = "The folder has letters, digits, and / . _ - in it, and leads nowhere up."
        raise BadServer(message)


def is_name(name: str) -> bool:
    """Tell whether a file of such a name is touched at all."""
    return _NAME.fullmatch(name) is not None


async def run(
    server: Server,
    commands: Sequence[str],
    *,
    timeout_seconds: float,
    growing: Path | None = None,
    at_most_bytes: int = 0,
) -> str:
    """Run commands of sftp(1) one after the other; return what was said.

    `growing`: a file that is fetched, which may not become larger than `at_most_bytes`.

    Raises:
        NoClient, BadServer, WrongKey, Failed, TooLarge.
    """
    program = shutil.which("sftp")
    if program is None:
        raise NoClient
    with _private(server) as folder:
        process = await asyncio.create_subprocess_exec(
            program,
            *_options(server, folder),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
            start_new_session=True,
        )
        watch = asyncio.create_task(_watch(process, growing, at_most_bytes))
        try:
            async with asyncio.timeout(timeout_seconds):
                said, wrong = await process.communicate("\n".join(commands).encode() + b"\n")
        except TimeoutError:
            raise Failed from None
        finally:
            watch.cancel()
            await _end(process)
    if watch.done() and not watch.cancelled() and watch.result():
        raise TooLarge
    if process.returncode:
        raise _trouble(process.returncode, wrong)
    if len(said) > _SAID_AT_MOST:
        raise Failed
    return said.decode(errors="replace")


async def listed(server: Server, folder: str, *, timeout_seconds: float) -> list[Entry]:
    """Return the files in a folder there, by name; others, and strange names, are left out.

    Raises:
        As `run`.
    """
    said = await run(server, [f"ls -ln {folder}/"], timeout_seconds=timeout_seconds)
    found = (_LINE.fullmatch(line.strip()) for line in said.splitlines())
    entries = [Entry(one["name"].rpartition("/")[2], int(one["size"])) for one in found if one]
    return sorted((one for one in entries if is_name(one.name)), key=lambda one: one.name)


def _options(server: Server, folder: Path) -> list[str]:
    """Return the arguments: nothing is read but what is named here."""
    options = {
        "BatchMode": "yes",
        "StrictHostKeyChecking": "yes",
        "UserKnownHostsFile": str(folder / "known"),
        "GlobalKnownHostsFile": "/dev/null",
        "HostKeyAlias": "there",
        "UpdateHostKeys": "no",
        "VerifyHostKeyDNS": "no",
        "IdentityFile": str(folder / "key"),
        "IdentitiesOnly": "yes",
        "IdentityAgent": "none",
        "PreferredAuthentications": "publickey",
        "PubkeyAuthentication": "yes",
        "ForwardAgent": "no",
        "ForwardX11": "no",
        "ClearAllForwardings": "yes",
        "PermitLocalCommand": "no",
        "ConnectTimeout": str(_CONNECT_SECONDS),
        "ConnectionAttempts": "1",
        "ServerAliveInterval": "5",
        "ServerAliveCountMax": "3",
        "User": server.user,
        "LogLevel": "ERROR",
    }
    given = [part for name, value in options.items() for part in ("-o", f"{name}={value}")]
    address = f"[{server.address}]" if ":" in server.address else server.address
    return ["-F", "/dev/null", *given, "-P", str(server.port), "-b", "-", address]


@contextlib.contextmanager
def _private(server: Server) -> Generator[Path]:
    """Give a folder that only we may read, with our key and the host's; it is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="candor-") as name:
        folder = Path(name)
        key = " ".join(server.host_key.split()[:2])
        _write(folder / "known", f"there {key}\n")
        _write(folder / "key", server.identity.rstrip("\n") + "\n")
        yield folder


def _write(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


async def _watch(process: asyncio.subprocess.Process, path: Path | None, most: int) -> bool:
    """End a process when a file becomes too large; True: it did."""
    while path is not None:
        if _size(path) > most:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            return True
        await asyncio.sleep(_LOOK_SECONDS)
    return False


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _trouble(code: int, wrong: bytes) -> Refused | Unavailable:
    """Return what a process ended with. Its words may name people's files: they go nowhere."""
    is_refused = (
        b"Host key verification failed" in wrong
        or b"Permission denied (" in wrong
        or b"REMOTE HOST IDENTIFICATION HAS CHANGED" in wrong
    )
    if code == _CONNECTION and is_refused:
        return WrongKey()
    return Failed()

"""Files that only their recipients can read: age (C2SP age.md, read 2026-11-22), X25519 alone.

Streamed in chunks of 64 KiB by the library `pyrage` (MIT, bindings to `rage`), in a thread: a file
of any length takes the memory of a chunk. A file that was cut off or tampered with fails at the
chunk where it was; so whoever opens one reads it to its end before they believe anything of it.
"""

import asyncio
import hashlib
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Final, cast

import pyrage  # pyright: ignore[reportMissingTypeStubs] - an extension; see below

_PREFIX: Final = "age1"
_LENGTH: Final = 62  # signs of a recipient: Bech32 of 32 bytes
_CHUNK: Final = 64 * 1024
# The library is an extension without types: what is used of it is named in the functions below.
_library: Final = cast("Any", pyrage)


class NotARecipient(Exception):
    """This is not the public key of a recipient."""


class Unreadable(Exception):
    """This file is not for us, is damaged, or was tampered with."""


def new_identity() -> str:
    """Make a secret key; `AGE-SECRET-KEY-1…`."""
    return str(_library.x25519.Identity.generate())


def public_of(identity: str) -> str:
    """Return the public half of a secret key; `age1…`.

    Raises:
        Unreadable: it is no such key.
    """
    return str(_identity(identity).to_public())


def recipients_of(text: str) -> tuple[str, ...]:
    """Return the public keys in a text, sorted, each once; comments begin with #.

    Raises:
        NotARecipient: something in it is none. A pass phrase or a key of SSH is none either.
    """
    lines = (line.partition("#")[0] for line in text.splitlines())
    found = sorted({one for line in lines for one in line.replace(",", " ").split()})
    for one in found:
        _recipient(one)
    return tuple(found)


class Sealing:
    """A file while it is written and sealed. Made by `seal`."""

    def __init__(self, writer: IO[bytes]) -> None:
        """Take where plain bytes go."""
        self._writer = writer

    async def write(self, plain: bytes) -> None:
        """Write some more of it; waits while the disk is slower."""
        await asyncio.to_thread(self._writer.write, plain)


Writing = Callable[[Sealing], Awaitable[None]]


async def seal(target: Path, recipients: Sequence[str], write: Writing) -> None:
    """Seal what `write` writes into a file, for these recipients and nobody else.

    What goes wrong in `write` goes wrong here; what lies in the file then is of no use.

    Raises:
        NotARecipient: one is none, or there is none.
        OSError: no space is left.
    """
    keys = [_recipient(one) for one in recipients]
    if not keys:
        raise NotARecipient
    with _pipe() as (reader, writer):
        work = asyncio.create_task(asyncio.to_thread(_seal, reader, target, keys))
        try:
            await write(Sealing(writer))
        except BrokenPipeError:
            pass  # the other end says what went wrong
        finally:
            with suppress(OSError):
                writer.close()
            failed = await _over(work)
        if failed is not None:
            raise failed


async def check(source: Path, identity: str) -> int:
    """Read a sealed file to its end; return how many plain bytes are in it.

    Raises:
        Unreadable: it is not for us, or any part of it is not as it was sealed.
    """
    size = 0
    async for some in opened(source, identity):
        size += len(some)
    return size


async def opened(source: Path, identity: str) -> AsyncGenerator[bytes]:
    """Yield the plain bytes of a sealed file; nothing plain is written to a disk.

    Raises:
        Unreadable: it is not for us, or what comes now is not as it was sealed.
    """
    key = _identity(identity)
    with _pipe() as (reader, writer):
        work = asyncio.create_task(asyncio.to_thread(_open, source, writer, key))
        try:
            while some := await asyncio.to_thread(reader.read, _CHUNK):
                yield some
        finally:
            reader.close()  # the other end stops, if it still writes
            failed = await _over(work)
        if failed is not None:
            raise failed


def digest(path: Path) -> bytes:
    """Return the SHA-256 of a file; blocking."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").digest()


async def _over(work: asyncio.Task[None]) -> BaseException | None:
    """Wait until a thread is done; return what it ended with."""
    await asyncio.wait([work])
    return work.exception()


def _seal(reader: IO[bytes], target: Path, keys: Sequence[object]) -> None:
    try:
        with reader, target.open("wb") as sealed:  # who still writes hears that this has ended
            _library.encrypt_io(reader, sealed, keys)
            sealed.flush()
            os.fsync(sealed.fileno())
    except _library.EncryptError as error:
        message = "sealing failed"
        raise OSError(message) from error


def _open(source: Path, writer: IO[bytes], key: object) -> None:
    try:
        with writer, source.open("rb") as sealed:
            _library.decrypt_io(sealed, writer, [key])
    except (OSError, ValueError, _library.DecryptError) as error:
        raise Unreadable from error


def _recipient(text: str) -> object:
    if not text.startswith(_PREFIX) or len(text) != _LENGTH:
        raise NotARecipient
    try:
        return _library.x25519.Recipient.from_str(text)
    except _library.RecipientError as error:
        raise NotARecipient from error


def _identity(text: str) -> Any:  # noqa: ANN401 - a key of the library, which has no types
    try:
        return _library.x25519.Identity.from_str(text.strip())
    except _library.IdentityError as error:
        raise Unreadable from error


@contextmanager
def _pipe() -> Generator[tuple[IO[bytes], IO[bytes]]]:
    source, sink = os.pipe()
    reader, writer = os.fdopen(source, "rb"), os.fdopen(sink, "wb")
    try:
        yield reader, writer
    finally:
        for end in (writer, reader):
            with suppress(OSError, ValueError):
                end.close()

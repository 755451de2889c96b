"""Sealed streams: AES-256-GCM in chunks, so that not one byte can be changed, moved or cut.

The STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár 2015; as in age and Tink): each
chunk is sealed under a nonce of its number and a mark on the last, so that a chunk that is
changed, repeated, moved, left out or cut off at the end does not open. Each file has a key of
its own, derived by HKDF from the key of its backup, a random salt and its context: a file that
was taken from another backup, or renamed, does not open either.

    file   = magic · salt (32) · chunk …
    nonce  = chunk number (11, big endian) · 1 for the last chunk, else 0
    chunk  = AES-256-GCM(1 MiB of plaintext, less in the last one) · tag (16)
"""

import hashlib
import os
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from candor.infra.backup.errors import BackupBroken

CHUNK: Final = 1 << 20
_MAGIC: Final = b"candor sealed 1\n"
_SALT: Final = 32
_TAG: Final = 16
KEY_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Part:
    """One sealed file of a backup, as its manifest knows it."""

    name: str
    plain_bytes: int
    sealed_bytes: int
    sha256: str  # of the sealed file, hexadecimal: anybody can check it without a key


def seal(
    target: BinaryIO, chunks: Iterable[bytes], *, key: bytes, context: bytes, name: str
) -> Part:
    """Seal a stream of bytes of any sizes into a file; return what was written."""
    salt = os.urandom(_SALT)
    box = AESGCM(_derived(key, salt, context))
    digest = hashlib.sha256()
    plain = written = 0

    def put(data: bytes) -> None:
        nonlocal written
        target.write(data)
        digest.update(data)
        written += len(data)

    put(_MAGIC + salt)
    for number, (chunk, is_last) in enumerate(_marked(_even(chunks))):
        put(box.encrypt(_nonce(number, is_last=is_last), chunk, context))
        plain += len(chunk)
    return Part(name, plain, written, digest.hexdigest())


def unseal(path: Path, *, key: bytes, context: bytes) -> Generator[bytes]:
    """Open a sealed file chunk by chunk; what was given is good, and it ends only when all was.

    Raises:
        BackupBroken: a byte is wrong, or some are missing or too many.
    """
    with path.open("rb") as file:
        if file.read(len(_MAGIC)) != _MAGIC:
            raise broken(path)
        box = AESGCM(_derived(key, file.read(_SALT), context))
        sealed = iter(lambda: file.read(CHUNK + _TAG), b"")
        empty = True
        for number, (chunk, is_last) in enumerate(_marked(sealed)):
            empty = False
            try:
                yield box.decrypt(_nonce(number, is_last=is_last), chunk, context)
            except (InvalidTag, ValueError):
                raise broken(path) from None
        if empty:
            raise broken(path)


def sealed_size(path: Path) -> int:
    """Return how many bytes a file has; 0 when it is missing."""
    return path.stat().st_size if path.exists() else 0


def broken(path: Path) -> BackupBroken:
    """Return the error that names a broken file."""
    return BackupBroken(
        f"{path.name} in {path.parent} was changed, cut or damaged: it is not what was written."
    )


def derived(key: bytes, use: str) -> bytes:
    """Return a key for one use, derived from another."""
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=b"candor backup " + use.encode()).derive(
        key
    )


def _derived(key: bytes, salt: bytes, context: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=salt, info=b"candor sealed " + context).derive(key)


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\x01" if is_last else b"\x00")


def _even(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Cut a stream anew into chunks of one size; the last is shorter, and may be empty."""
    waiting = bytearray()
    for piece in chunks:
        waiting += piece
        while len(waiting) > CHUNK:
            yield bytes(waiting[:CHUNK])
            del waiting[:CHUNK]
    yield bytes(waiting)


def _marked(chunks: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Say of each chunk whether it is the last."""
    before: bytes | None = None
    for chunk in chunks:
        if before is not None:
            yield before, False
        before = chunk
    if before is not None:
        yield before, True

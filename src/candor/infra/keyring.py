"""The keys that never enter the database: one key-encryption key per epoch, and fixed keys.

`KeyProvider` is the interface; `LocalKeyring` keeps keys in one file, readable by its owner
only, for development and small installations. Whoever holds this file and the database holds
the plaintext: back them up apart.

Fixed keys are derived from one root by HKDF (RFC 5869) with their name as info, so that a new
use needs no new secret.
"""

import fcntl
import json
import os
import secrets
from base64 import b64decode, b64encode
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar, Final, Protocol

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from candor.kernel.errors import CandorError

_KEY_BYTES: Final = 32


class MissingEpoch(CandorError):
    """The key of this epoch is not in the keyring."""

    code: ClassVar[str] = "keyring.missing_epoch"
    default_hint: ClassVar[str] = (
        "If the epoch was destroyed on purpose, what it sealed is gone. "
        "If not, restore the keyring from its backup; run: candor doctor"
    )


class UnsafeKeyring(CandorError):
    """Others may read the keyring file."""

    code: ClassVar[str] = "keyring.unsafe"
    default_hint: ClassVar[str] = "Run: chmod 600 on the keyring file."


class KeyProvider(Protocol):
    """Where key-encryption keys live."""

    def epoch_key(self, epoch_id: int) -> bytes:
        """Return the 256-bit key of an epoch, or raise MissingEpoch."""
        ...

    def create_epoch(self, epoch_id: int) -> None:
        """Make the key of a new epoch; do nothing when it is there."""
        ...

    def destroy_epoch(self, epoch_id: int) -> None:
        """Destroy the key of an epoch for ever."""
        ...

    def fixed_key(self, name: str) -> bytes:
        """Return the 256-bit key of a named use."""
        ...


class LocalKeyring:
    """Keys in one file, mode 0600, written anew and atomically at each change.

    Several processes share the file: a change takes a lock, reads what the others wrote, and adds
    to it, so that no process can write another's epoch away.
    """

    def __init__(self, path: Path) -> None:
        """Read a keyring, or make one when the file is missing.

        Raises:
            UnsafeKeyring: group or others may read the file.
        """
        self._path = path
        self._fixed: dict[str, bytes] = {}
        if not path.exists():
            with self._changing():
                if not path.exists():  # nobody was quicker
                    self._write(secrets.token_bytes(_KEY_BYTES), {})
        self._root, self._epochs = self._read()

    def epoch_key(self, epoch_id: int) -> bytes:
        """Return the 256-bit key of an epoch.

        The file is read again when a key is missing: another process may have opened the epoch.

        Raises:
            MissingEpoch: the epoch was never opened here, or was destroyed.
        """
        if epoch_id not in self._epochs:
            self._root, self._epochs = self._read()
        try:
            return self._epochs[epoch_id]
        except KeyError:
            raise MissingEpoch from None

    def create_epoch(self, epoch_id: int) -> None:
        """Make the key of a new epoch; do nothing when it is there."""
        with self._changing():
            self._root, self._epochs = self._read()
            if epoch_id not in self._epochs:
                self._epochs[epoch_id] = secrets.token_bytes(_KEY_BYTES)
                self._write(self._root, self._epochs)

    def destroy_epoch(self, epoch_id: int) -> None:
        """Destroy the key of an epoch: everything that only it wrapped is unreadable for ever."""
        with self._changing():
            self._root, self._epochs = self._read()
            if self._epochs.pop(epoch_id, None) is not None:
                self._write(self._root, self._epochs)

    def fixed_key(self, name: str) -> bytes:
        """Return the 256-bit key of a named use, derived from the root."""
        if name not in self._fixed:
            kdf = HKDF(SHA256(), _KEY_BYTES, salt=None, info=b"candor/1/" + name.encode())
            self._fixed[name] = kdf.derive(self._root)
        return self._fixed[name]

    @contextmanager
    def _changing(self) -> Generator[None]:
        """Let one process at a time change the file."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(self._path.with_suffix(".lock"), os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _read(self) -> tuple[bytes, dict[int, bytes]]:
        """Return root and epochs as they stand in the file."""
        if self._path.stat().st_mode & 0o077:
            raise UnsafeKeyring
        stored = json.loads(self._path.read_text(encoding="utf-8"))
        epochs = {int(n): b64decode(k) for n, k in stored["epochs"].items()}
        return b64decode(stored["root"]), epochs

    def _write(self, root: bytes, epochs: Mapping[int, bytes]) -> None:
        """Replace the file by a fresh one that is on disk."""
        stored = {
            "root": b64encode(root).decode(),
            "epochs": {str(n): b64encode(k).decode() for n, k in epochs.items()},
        }
        fresh = self._path.with_suffix(".new")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(stored, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)  # the new name must survive a power cut, or the keys do not
        finally:
            os.close(folder)

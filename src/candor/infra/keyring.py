"""The keys that never enter the database: one key-encryption key per epoch, and fixed keys.

`KeyProvider` is the interface; `LocalKeyring` keeps keys in one file, readable by its owner
only, for development and small installations. Whoever holds this file and the database holds
the plaintext: back them up apart.

Fixed keys are derived from one root by HKDF (RFC 5869) with their name as info, so that a new
use needs no new secret.
"""

import json
import os
import secrets
from base64 import b64decode, b64encode
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
    """Keys in one file, mode 0600, written anew and atomically at each change."""

    def __init__(self, path: Path) -> None:
        """Read a keyring, or make one when the file is missing.

        Raises:
            UnsafeKeyring: group or others may read the file.
        """
        self._path = path
        self._epochs: dict[int, bytes] = {}
        if path.exists():
            if path.stat().st_mode & 0o077:
                raise UnsafeKeyring
            stored = json.loads(path.read_text(encoding="utf-8"))
            self._root = b64decode(stored["root"])
            self._epochs = {int(n): b64decode(k) for n, k in stored["epochs"].items()}
        else:
            self._root = secrets.token_bytes(_KEY_BYTES)
            self._save()
        self._fixed: dict[str, bytes] = {}

    def epoch_key(self, epoch_id: int) -> bytes:
        """Return the 256-bit key of an epoch.

        The file is read again when a key is missing: another process may have opened the epoch.

        Raises:
            MissingEpoch: the epoch was never opened here, or was destroyed.
        """
        if epoch_id not in self._epochs:
            self._epochs = dict(LocalKeyring(self._path)._epochs)  # noqa: SLF001 - our own class
        try:
            return self._epochs[epoch_id]
        except KeyError:
            raise MissingEpoch from None

    def create_epoch(self, epoch_id: int) -> None:
        """Make the key of a new epoch; do nothing when it is there."""
        if epoch_id not in self._epochs:
            self._epochs[epoch_id] = secrets.token_bytes(_KEY_BYTES)
            self._save()

    def destroy_epoch(self, epoch_id: int) -> None:
        """Destroy the key of an epoch: everything that only it wrapped is unreadable for ever."""
        if self._epochs.pop(epoch_id, None) is not None:
            self._save()

    def fixed_key(self, name: str) -> bytes:
        """Return the 256-bit key of a named use, derived from the root."""
        if name not in self._fixed:
            kdf = HKDF(SHA256(), _KEY_BYTES, salt=None, info=b"candor/1/" + name.encode())
            self._fixed[name] = kdf.derive(self._root)
        return self._fixed[name]

    def _save(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        stored = {
            "root": b64encode(self._root).decode(),
            "epochs": {str(n): b64encode(k).decode() for n, k in self._epochs.items()},
        }
        fresh = self._path.with_suffix(".new")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(stored, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)

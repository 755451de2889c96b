"""Keys in one file, mode 0600, for development and installations on one machine.

Several processes share the file: a change takes a lock, reads what the others wrote, and adds
to it, so that no process can write another's epoch away. A process looks at the file's stamp
before it hands out a key: what another one destroyed is gone here, too.

The file carries a check over its keys, so that one that was cut short, edited or put together
from two is refused rather than used.
"""

import contextlib
import fcntl
import hmac
import json
import os
import secrets
from base64 import b64decode, b64encode
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from candor.infra.keyring import files
from candor.infra.keyring.copies import read_epochs, write_epochs
from candor.infra.keyring.provider import (
    KEY_BYTES,
    BrokenKeyring,
    KeyringUnavailable,
    MissingEpoch,
    UnsafeKeyring,
    derived,
    fingerprint_of,
)
from candor.infra.log import logger

_log: Final = logger("keyring")
_FORMAT: Final = 2  # 1 had no check
Stamp = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class _Keys:
    """What stands in the file."""

    root: bytes
    epochs: Mapping[int, bytes]

    @property
    def check(self) -> str:
        """Return the check over all keys."""
        text = "".join(f"{n}:{key.hex()};" for n, key in sorted(self.epochs.items()))
        return hmac.digest(derived(self.root, "keyring check"), text.encode(), "sha256").hex()


class LocalKeyring:
    """The keys of this installation, in a file."""

    def __init__(self, path: Path, *, copy: Path | None = None) -> None:
        """Read a keyring, or make one when the file is missing.

        Args:
            path: of the file.
            copy: a second file that always holds the keys of the living epochs, sealed by the
                root; see `candor.infra.keyring.copies`.

        Raises:
            UnsafeKeyring: group or others may read the file.
            BrokenKeyring: it is damaged.
            KeyringUnavailable: it cannot be read, or made.
        """
        self._path = path
        self._copy = copy
        self._fixed: dict[str, bytes] = {}
        if not path.exists():
            with self._changing():
                if not path.exists():  # nobody was quicker
                    _write(path, _Keys(secrets.token_bytes(KEY_BYTES), {}))
        self._stamp: Stamp = self._stamped()
        self._keys = _read(path)

    @property
    def about(self) -> str:
        """Return where the keys live."""
        return f"the file {self._path}"

    @property
    def fingerprint(self) -> str:
        """Return the public name of the root."""
        return fingerprint_of(self._keys.root)

    @property
    def root(self) -> bytes:
        """Return the root, for a recovery copy and nothing else."""
        return self._keys.root

    @property
    def epochs(self) -> frozenset[int]:
        """Return the numbers of the epochs whose keys are here."""
        self._look()
        return frozenset(self._keys.epochs)

    @property
    def needs_copies(self) -> bool:
        """Tell that nobody else copies a file."""
        return True

    def copy_holds(self, epoch_id: int | None) -> bool | None:
        """Tell whether the copy of the epochs holds this one and opens; None: none is kept."""
        if self._copy is None:
            return None
        try:
            held = read_epochs(self._copy, self._keys.root)
        except (BrokenKeyring, KeyringUnavailable):
            return False
        return epoch_id is None or (
            epoch_id in held and held[epoch_id] == self._keys.epochs.get(epoch_id)
        )

    def epoch_key(self, epoch_id: int) -> bytes:
        """Return the 256-bit key of an epoch.

        The file is read again when it changed: another process may have opened the epoch, or
        destroyed it.

        Raises:
            MissingEpoch: the epoch was never opened here, or was destroyed.
            BrokenKeyring, UnsafeKeyring: the key is not in memory and the file is no help.
        """
        self._look()
        try:
            return self._keys.epochs[epoch_id]
        except KeyError:
            _read(self._path)  # a damaged file is the better explanation
            raise MissingEpoch from None

    def is_at_hand(self, epoch_id: int) -> bool:
        """Tell that a file is always quick."""
        del epoch_id
        return True

    def create_epoch(self, epoch_id: int) -> None:
        """Make the key of a new epoch; do nothing when it is there."""
        with self._changing():
            keys = _read(self._path)
            if epoch_id not in keys.epochs:
                fresh = secrets.token_bytes(KEY_BYTES)
                keys = _Keys(keys.root, {**keys.epochs, epoch_id: fresh})
                _write(self._path, keys)
            self._take(keys)
            try:
                self._write_copy(keys)
            except (
                KeyringUnavailable
            ) as error:  # it is not lost yet: candor doctor says so, too
                _log.error("the copy of the epochs cannot be written", reason=error.code)

    def destroy_epoch(self, epoch_id: int) -> None:
        """Destroy the key of an epoch: everything that only it wrapped is unreadable for ever.

        Raises:
            KeyringUnavailable: the file or its copy cannot be written: it is not destroyed.
        """
        with self._changing():
            keys = _read(self._path)
            left = {n: key for n, key in keys.epochs.items() if n != epoch_id}
            keys = _Keys(keys.root, left)
            self._write_copy(keys)  # first: a key that is left there is not destroyed
            _write(self._path, keys)
            self._take(keys)

    def fixed_key(self, name: str) -> bytes:
        """Return the 256-bit key of a named use, derived from the root."""
        if name not in self._fixed:
            self._fixed[name] = derived(self._keys.root, name)
        return self._fixed[name]

    def check(self) -> None:
        """Look whether the file can be read and is the one that we know.

        Raises:
            UnsafeKeyring, BrokenKeyring, KeyringUnavailable: it cannot be trusted or reached.
        """
        if _read(self._path).root != self._keys.root:
            message = f"{self._path} was replaced by the keyring of another installation."
            raise BrokenKeyring(message)

    def write_copy(self) -> None:
        """Write the copy of the living epochs anew, where one is kept."""
        with self._changing():
            self._write_copy(_read(self._path))

    def _write_copy(self, keys: _Keys) -> None:
        if self._copy is not None:
            write_epochs(self._copy, keys.root, keys.epochs)

    def _look(self) -> None:
        """Read the file again when it is another one than we read last.

        What is in memory goes on working when the file is away or damaged: `check` tells.
        """
        with contextlib.suppress(KeyringUnavailable):
            stamp = self._stamped()
            if stamp == self._stamp:
                return
            try:
                keys = _read(self._path)
            except (BrokenKeyring, UnsafeKeyring) as error:
                _log.error("the keyring cannot be trusted any more", reason=error.code)
                return
            if keys.root == self._keys.root:
                self._keys, self._stamp = keys, stamp
            else:
                _log.error("the keyring was replaced by another installation's")

    def _take(self, keys: _Keys) -> None:
        self._keys, self._stamp = keys, self._stamped()

    def _stamped(self) -> Stamp:
        with files.reported(self._path):
            found = self._path.stat()
        return found.st_ino, found.st_mtime_ns, found.st_size

    @contextmanager
    def _changing(self) -> Generator[None]:
        """Let one process at a time change the file."""
        with files.reported(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = self._path.with_suffix(".lock")
            handle = os.open(lock, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def restore(path: Path, root: bytes, epochs: Mapping[int, bytes]) -> None:
    """Make a keyring file from what a recovery copy held; never over one that is in use.

    One without any epoch was made by a start without the lost file: it is put aside.

    Raises:
        KeyringUnavailable: there is one that is in use, or it cannot be written.
    """
    if path.exists():
        if _read(path).epochs:
            message = f"{path} is there already."
            raise KeyringUnavailable(message, hint="Move it away first; do not delete it.")
        with files.reported(path):
            path.rename(path.with_suffix(".unused"))
    _write(path, _Keys(root, epochs))


def _read(path: Path) -> _Keys:
    """Return root and epochs as they stand in the file."""
    with files.reported(path):
        if path.stat().st_mode & 0o077:
            raise UnsafeKeyring
        text = path.read_text(encoding="utf-8", errors="replace")
    try:
        stored = cast("dict[str, Any]", json.loads(text))
        epochs = {int(n): _key(k) for n, k in stored["epochs"].items()}
        keys = _Keys(_key(stored["root"]), epochs)
        is_well = stored.get("format", 1) == 1 or hmac.compare_digest(
            str(stored["check"]), keys.check
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        raise BrokenKeyring from None  # not the cause: it may quote the file
    if not is_well:
        raise BrokenKeyring
    return keys


def _key(text: str) -> bytes:
    key = b64decode(text, validate=True)
    if len(key) != KEY_BYTES:
        raise ValueError
    return key


def _write(path: Path, keys: _Keys) -> None:
    """Replace the file by a fresh one that is on disk."""
    stored = {
        "format": _FORMAT,
        "root": b64encode(keys.root).decode(),
        "epochs": {str(n): b64encode(k).decode() for n, k in keys.epochs.items()},
        "check": keys.check,
    }
    files.replace(path, json.dumps(stored))

"""The manifest of a backup: what it is, of what, and what each of its files must be.

JSON that people can read, under a MAC by a key from the keyring. It names its own folder, so that
the manifest of one backup does not pass for that of another; the key of the backup stands in it,
wrapped by the keyring; the files are bound to the label by their keys.
"""

import hmac
import os
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from candor.infra.backup.errors import BackupBroken, NoSuchBackup, WrongKeyring
from candor.infra.backup.folders import UNFINISHED
from candor.infra.backup.ledger import Head
from candor.infra.backup.sealed import KEY_BYTES, Part, derived

FILE: Final = "manifest.json"
_NONCE: Final = 12


class Kind(StrEnum):
    """How a backup was taken."""

    FULL = "full"  # all files of the server (pg_basebackup)
    INCREMENTAL = "incremental"  # the blocks that changed since another backup
    DUMP = "dump"  # the contents of the database (pg_dump)


class EpochShare(msgspec.Struct, frozen=True, kw_only=True):
    """How many subject keys in the backup an epoch wraps."""

    epoch_id: int
    keys: int


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows a table had before and after the backup was taken."""

    table: str
    before: int
    after: int
    grows_only: bool  # rows are added and never taken away


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All there is to know about one backup."""

    version: int = 1
    label: str
    kind: Kind
    parent: str | None = None
    started_at: datetime
    finished_at: datetime
    server_version: str
    system_identifier: str
    database: str
    owner: str
    migrations: tuple[str, ...]
    epochs: tuple[EpochShare, ...]
    counts: tuple[Count, ...]
    parts: tuple[Part, ...]
    first_wal: str | None = None  # file of the log that recovery begins with; none: a dump
    ledger: tuple[Head, ...]
    keyring: str  # fingerprint of the key that wraps the key of this backup
    wrapped_key: bytes
    mac: str = ""

    def part(self, name: str) -> Part:
        """Return one of the files.

        Raises:
            BackupBroken: there is none of that name.
        """
        for part in self.parts:
            if part.name == name:
                return part
        message = f"The backup {self.label} has no file {name}."
        raise BackupBroken(message)

    @property
    def plain_bytes(self) -> int:
        """Return the size of everything before sealing."""
        return sum(part.plain_bytes for part in self.parts)

    @property
    def sealed_bytes(self) -> int:
        """Return the size of everything on the disk."""
        return sum(part.sealed_bytes for part in self.parts)


class Seal:
    """What a keyring's key for backups is used for: wrapping, MACs, and telling it by."""

    def __init__(self, key: bytes) -> None:
        """Take the key from the keyring: `fixed_key("backup")`."""
        self._wrapping = AESGCM(derived(key, "wrap"))
        self._signing = derived(key, "manifest")
        self.fingerprint = sha256(derived(key, "fingerprint")).hexdigest()[:16]
        self.ledger_key = derived(key, "ledger")
        self.wal_key = derived(key, "wal")

    def fresh_key(self, label: str) -> tuple[bytes, bytes]:
        """Make the key of a new backup; return it, and wrapped."""
        key, nonce = os.urandom(KEY_BYTES), os.urandom(_NONCE)
        return key, nonce + self._wrapping.encrypt(nonce, key, label.encode())

    def key_of(self, manifest: Manifest) -> bytes:
        """Return the key of a backup.

        Raises:
            BackupBroken: the wrapped key is not that of this backup.
        """
        wrapped = manifest.wrapped_key
        try:
            return self._wrapping.decrypt(
                wrapped[:_NONCE], wrapped[_NONCE:], manifest.label.encode()
            )
        except (InvalidTag, ValueError):
            message = f"The key in the manifest of {manifest.label} does not open."
            raise BackupBroken(message) from None

    def signed(self, manifest: Manifest) -> Manifest:
        """Return the manifest with its MAC."""
        bare = msgspec.structs.replace(manifest, mac="")
        return msgspec.structs.replace(bare, mac=self._mac(bare))

    def read(self, folder: Path) -> Manifest:
        """Read and check the manifest in a folder.

        Raises:
            NoSuchBackup: there is none.
            WrongKeyring: another keyring made it.
            BackupBroken: it was changed, or belongs to another folder.
        """
        path = folder / FILE
        try:
            manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
        except FileNotFoundError:
            message = f"There is no backup {folder.name}."
            raise NoSuchBackup(message) from None
        except (msgspec.MsgspecError, UnicodeDecodeError):
            message = f"{path} was changed or damaged: it is not what was written."
            raise BackupBroken(message) from None
        if not hmac.compare_digest(manifest.keyring, self.fingerprint):
            message = (
                f"The backup {folder.name} was sealed by keyring {manifest.keyring}; "
                f"the one in use is {self.fingerprint}."
            )
            raise WrongKeyring(message)
        bare = msgspec.structs.replace(manifest, mac="")
        if not hmac.compare_digest(self._mac(bare), manifest.mac):
            message = f"{path} was changed or damaged: it is not what was written."
            raise BackupBroken(message)
        if manifest.label != folder.name:
            message = f"{path} is the manifest of another backup, {manifest.label}."
            raise BackupBroken(message)
        return manifest

    def _mac(self, bare: Manifest) -> str:
        text = msgspec.json.encode(bare, order="deterministic")
        return hmac.new(self._signing, text, sha256).hexdigest()


def write(manifest: Manifest, folder: Path) -> None:
    """Write a signed manifest, for people to read and for us; on disk when this returns."""
    text = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
    with (folder / FILE).open("xb") as file:
        file.write(text + b"\n")
        file.flush()
        os.fsync(file.fileno())


def labels(folder: Path) -> Sequence[str]:
    """Return the names of all backups in a folder, oldest first; nothing that is half-done."""
    if not folder.is_dir():
        return []
    return sorted(
        path.parent.name
        for path in folder.glob(f"*/{FILE}")
        if not path.parent.name.startswith(UNFINISHED)
    )

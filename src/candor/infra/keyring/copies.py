"""Copies for the day on which the keyring is lost.

Two of them, and one is worth nothing without the other:

- The *recovery copy* holds the root only, sealed by a passphrase (Argon2id, RFC 9106, then
  AES-256-GCM) or split into shares. It holds no key of an epoch, so it may be kept for years
  without undoing a single erasure.
- The *copy of the epochs* (setting `keyring_copy`) holds the keys of the living epochs, sealed
  by the root. It is written anew whenever an epoch begins or is destroyed, so what is destroyed
  is gone from it as well. There must be one of it, overwritten in place, never a row of them.

See docs/decisions/0017-a-recovery-copy-holds-no-epoch.md.
"""

import json
import os
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final, Literal, cast

import msgspec
from argon2.exceptions import HashingError
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from candor.infra.keyring import files
from candor.infra.keyring.provider import (
    KEY_BYTES,
    BrokenKeyring,
    derived,
    fingerprint_of,
)
from candor.kernel.errors import Refused

_COPY: Final = "candor-recovery-1"
_EPOCHS: Final = "candor-epochs-1"
_NONCE_BYTES: Final = 12
_SALT_BYTES: Final = 16
SHORTEST_PASSPHRASE: Final = 15  # characters, NIST SP 800-63B-4
# What a file may ask of us, so that a foreign one cannot eat the machine.
_MOST_KIB: Final = 1024 * 1024
_MOST_PASSES: Final = 16


class WrongPassphrase(Refused):
    """This passphrase does not open the recovery copy, or the copy is damaged."""

    code: ClassVar[str] = "keyring.wrong_passphrase"


class WeakPassphrase(Refused):
    """This passphrase is too short for a key that must hold for years."""

    code: ClassVar[str] = "keyring.weak_passphrase"
    default_hint: ClassVar[str] = (
        f"Take {SHORTEST_PASSPHRASE} characters or more: five or six words drawn by lot."
    )


@dataclass(frozen=True, slots=True)
class Cost:
    """What one guess at a passphrase costs (Argon2id)."""

    memory_kib: int = 256 * 1024
    passes: int = 3
    lanes: int = 4


class _Stretching(msgspec.Struct, frozen=True):
    """How a passphrase becomes a key."""

    salt: bytes
    memory_kib: Annotated[int, msgspec.Meta(ge=8, le=_MOST_KIB)]
    passes: Annotated[int, msgspec.Meta(ge=1, le=_MOST_PASSES)]
    lanes: Annotated[int, msgspec.Meta(ge=1, le=_MOST_PASSES)]


class _Copy(msgspec.Struct, frozen=True):
    """The recovery copy, as its file says it."""

    format: Literal["candor-recovery-1"]
    what: str
    fingerprint: str
    argon2id: _Stretching
    sealed: bytes


def sealed_root(root: bytes, passphrase: str, cost: Cost | None = None) -> str:
    """Return the recovery copy of a root, as the text of a file.

    Raises:
        WeakPassphrase: fewer than 15 characters.
    """
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise WeakPassphrase
    cost = cost or Cost()
    salt, nonce = os.urandom(_SALT_BYTES), os.urandom(_NONCE_BYTES)
    stretching = _Stretching(salt, cost.memory_kib, cost.passes, cost.lanes)
    name = fingerprint_of(root)
    sealed = AESGCM(_stretched(passphrase, stretching)).encrypt(
        nonce, root, _bound(_COPY, name)
    )
    what = "The root of Candor's keyring, sealed by a passphrase. Keep it apart."
    copy = _Copy(_COPY, what, name, stretching, nonce + sealed)
    return msgspec.json.format(msgspec.json.encode(copy)).decode() + "\n"


def opened_root(text: str, passphrase: str) -> bytes:
    """Return the root that a recovery copy holds.

    Raises:
        WrongPassphrase: it does not open.
        BrokenKeyring: it is not a recovery copy.
    """
    try:
        copy = msgspec.json.decode(text, type=_Copy)
    except (msgspec.DecodeError, ValueError):
        message = "This file is not a recovery copy that Candor wrote, or it is damaged."
        raise BrokenKeyring(message) from None
    try:
        root = AESGCM(_stretched(passphrase, copy.argon2id)).decrypt(
            copy.sealed[:_NONCE_BYTES],
            copy.sealed[_NONCE_BYTES:],
            _bound(_COPY, copy.fingerprint),
        )
    except (InvalidTag, ValueError, HashingError):
        raise WrongPassphrase from None
    return root


def write_epochs(path: Path, root: bytes, epochs: Mapping[int, bytes]) -> None:
    """Replace the copy of the living epochs' keys.

    Raises:
        KeyringUnavailable: it cannot be written.
    """
    nonce, name = os.urandom(_NONCE_BYTES), fingerprint_of(root)
    plain = json.dumps({str(n): key.hex() for n, key in epochs.items()}).encode()
    sealed = AESGCM(derived(root, "copy of the epochs")).encrypt(
        nonce, plain, _bound(_EPOCHS, name)
    )
    stored = {
        "format": _EPOCHS,
        "what": "Keys of the living epochs, sealed by the root. Overwrite it, never keep old ones.",
        "fingerprint": name,
        "epochs": sorted(epochs),
        "sealed": b64encode(nonce + sealed).decode(),
    }
    files.replace(path, json.dumps(stored, indent=1))


def read_epochs(path: Path, root: bytes) -> dict[int, bytes]:
    """Return the keys of the epochs that a copy holds.

    Raises:
        BrokenKeyring: it is damaged, or belongs to another root.
        KeyringUnavailable: it cannot be read.
    """
    with files.reported(path):
        text = path.read_text(encoding="utf-8", errors="replace")
    try:
        stored = cast("dict[str, Any]", json.loads(text))
        sealed = b64decode(stored["sealed"])
        plain = AESGCM(derived(root, "copy of the epochs")).decrypt(
            sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], _bound(_EPOCHS, fingerprint_of(root))
        )
        found = {int(n): bytes.fromhex(key) for n, key in json.loads(plain).items()}
    except (ValueError, TypeError, KeyError, InvalidTag):
        message = f"{path} does not open with this root, or it is damaged."
        raise BrokenKeyring(message) from None
    if any(len(key) != KEY_BYTES for key in found.values()):
        raise BrokenKeyring
    return found


def _stretched(passphrase: str, how: _Stretching) -> bytes:
    return hash_secret_raw(
        passphrase.encode(),
        how.salt,
        time_cost=how.passes,
        memory_cost=how.memory_kib,
        parallelism=how.lanes,
        hash_len=KEY_BYTES,
        type=Type.ID,
    )


def _bound(form: str, name: str) -> bytes:
    return f"{form}/{name}".encode()

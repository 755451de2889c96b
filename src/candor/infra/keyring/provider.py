"""What the vault asks of whoever keeps its keys, and how that fails.

Fixed keys are derived from one root by HKDF (RFC 5869) with their name as info, so that a new
use needs no new secret. The root names the installation: `fingerprint` is a public name of it.
"""

from typing import ClassVar, Final, Protocol

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from candor.kernel.errors import CandorError, Tampered, Unavailable

KEY_BYTES: Final = 32
_FINGERPRINT_BYTES: Final = 8


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


class BrokenKeyring(Tampered):
    """The keyring is damaged or was edited: it is not in the form that Candor wrote."""

    code: ClassVar[str] = "keyring.broken"
    default_hint: ClassVar[str] = (
        "Leave the file as it is, and put it back from your copy: candor keys restore --help"
    )


class KeyringUnavailable(Unavailable):
    """The keys cannot be reached just now."""

    code: ClassVar[str] = "keyring.unavailable"


class KeyProvider(Protocol):
    """Where key-encryption keys live. May be asked from several threads."""

    @property
    def about(self) -> str:
        """Return where the keys live, in words, without a secret."""
        ...

    @property
    def fingerprint(self) -> str:
        """Return the public name of the root: 16 hexadecimal digits."""
        ...

    @property
    def needs_copies(self) -> bool:
        """Tell whether copies of these keys are ours to keep, not the key server's."""
        ...

    def copy_holds(self, epoch_id: int | None) -> bool | None:
        """Tell whether the copy of the epochs holds this one and opens; None: none is kept."""
        ...

    def epoch_key(self, epoch_id: int) -> bytes:
        """Return the 256-bit key of an epoch, or raise MissingEpoch or KeyringUnavailable."""
        ...

    def is_at_hand(self, epoch_id: int) -> bool:
        """Tell whether `epoch_key` answers without asking anybody else."""
        ...

    def create_epoch(self, epoch_id: int) -> None:
        """Make the key of a new epoch; do nothing when it is there."""
        ...

    def destroy_epoch(self, epoch_id: int) -> None:
        """Destroy the key of an epoch for ever; do nothing when it is gone."""
        ...

    def fixed_key(self, name: str) -> bytes:
        """Return the 256-bit key of a named use."""
        ...

    def check(self) -> None:
        """Look whether the keys can be reached and trusted now, not from memory; else raise."""
        ...


def derived(root: bytes, name: str) -> bytes:
    """Return the 256-bit key of a named use, derived from a root."""
    kdf = HKDF(SHA256(), KEY_BYTES, salt=None, info=b"candor/1/" + name.encode())
    return kdf.derive(root)


def fingerprint_of(root: bytes) -> str:
    """Return the public name of a root, from which nothing about it follows."""
    return derived(root, "fingerprint")[:_FINGERPRINT_BYTES].hex()

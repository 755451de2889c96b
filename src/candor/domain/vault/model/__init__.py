"""Sealing: the pure part. AES-256-GCM with a key per profile, bound to the place of the value.

A sealed value is `version (1) ‖ nonce (12) ‖ ciphertext ‖ tag (16)`. The nonce is random: one
key seals a person's few thousand values, far below the 2^32 of NIST SP 800-38D. The associated
data is `version ‖ table.column ‖ 0 ‖ profile id ‖ row`, so that a value moved to another row,
column or person does not open.
"""

import hashlib
import hmac
import os
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from candor.domain.vault.errors import Malformed, SealBroken, WrongKey

FORMAT: Final = b"\x01"
_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16
_SHORTEST: Final = 1 + _NONCE_BYTES + _TAG_BYTES
KEY_BYTES: Final = 32
INDEX_BYTES: Final = 16
PSEUDONYM_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Place:
    """A column whose values are sealed. One constant per column, beside the slice's queries."""

    table: str
    column: str

    def prefix(self) -> bytes:
        """Return the part of the associated data that names the column."""
        return FORMAT + f"{self.table}.{self.column}".encode() + b"\x00"


class SubjectKey:
    """The key of one profile, ready for use. Lives in memory only."""

    __slots__ = ("_aes", "id_bytes", "profile_id", "pseudonym")

    def __init__(self, profile_id: UUID, key: bytes) -> None:
        """Take the plain key of a profile."""
        self.profile_id = profile_id
        self.id_bytes = profile_id.bytes
        self._aes = AESGCM(key)
        self.pseudonym = hmac.digest(key, b"candor/audit/" + self.id_bytes, "sha256")[
            :PSEUDONYM_BYTES
        ]

    def seal(self, prefix: bytes, plain: bytes, row: bytes = b"") -> bytes:
        """Seal a value for a place (`Place.prefix()`) and a row within it."""
        nonce = os.urandom(_NONCE_BYTES)
        return FORMAT + nonce + self._aes.encrypt(nonce, plain, prefix + self.id_bytes + row)

    def unseal(self, prefix: bytes, sealed: bytes, row: bytes = b"") -> bytes:
        """Open a sealed value.

        Raises:
            Malformed: not of our form.
            SealBroken: changed, moved, or sealed for somebody else.
        """
        if len(sealed) < _SHORTEST or sealed[:1] != FORMAT:
            raise Malformed
        try:
            return self._aes.decrypt(
                sealed[1 : 1 + _NONCE_BYTES],
                sealed[1 + _NONCE_BYTES :],
                prefix + self.id_bytes + row,
            )
        except InvalidTag:
            raise SealBroken from None


class EpochKey:
    """The key of one epoch, ready to wrap subject keys. Lives in memory only."""

    __slots__ = ("_aes", "_prefix", "epoch_id")

    def __init__(self, epoch_id: int, key: bytes) -> None:
        """Take the plain key of an epoch."""
        self.epoch_id = epoch_id
        self._aes = AESGCM(key)
        self._prefix = FORMAT + b"vault.subject_key.wrapped\x00" + epoch_id.to_bytes(4)

    def wrap(self, profile_id: UUID, key: bytes) -> bytes:
        """Wrap a subject key: 61 bytes, bound to profile and epoch."""
        nonce = os.urandom(_NONCE_BYTES)
        return FORMAT + nonce + self._aes.encrypt(nonce, key, self._prefix + profile_id.bytes)

    def unwrap(self, profile_id: UUID, wrapped: bytes) -> bytes:
        """Open a wrapped subject key.

        Raises:
            Malformed: not of our form.
            WrongKey: another key wrapped it, or it was changed.
        """
        if len(wrapped) != _SHORTEST + KEY_BYTES or wrapped[:1] != FORMAT:
            raise Malformed
        try:
            return self._aes.decrypt(
                wrapped[1 : 1 + _NONCE_BYTES],
                wrapped[1 + _NONCE_BYTES :],
                self._prefix + profile_id.bytes,
            )
        except InvalidTag:
            raise WrongKey from None


def blind_index_full(index_key: bytes, kind: str, normalised: str) -> bytes:
    """Return HMAC-SHA-256(index key, kind ‖ 0 ‖ normalised value)."""
    return hmac.digest(index_key, kind.encode() + b"\x00" + normalised.encode(), hashlib.sha256)


def blind_index(index_key: bytes, kind: str, normalised: str) -> bytes:
    """Return the 16 bytes by which an identifier is looked up without being known."""
    return blind_index_full(index_key, kind, normalised)[:INDEX_BYTES]

"""Where reading goes on.

A cursor stands in our books in the clear, so it may name nobody: the row
after which reading goes on is sealed with a key made from what only the connection knows.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeVar
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

T = TypeVar("T")

_NONCE: Final = bytes(
    12
)  # RFC 8452: the same row is sealed the same way, and that is all it says


@dataclass(frozen=True, slots=True)
class Seal:
    """The key of the cursors of one connection; another password begins from the beginning."""

    key: bytes

    @classmethod
    def of(cls, connection_id: UUID, secrets: Mapping[str, str]) -> "Seal":
        """Derive it."""
        secret = secrets.get("password", "").encode()
        return cls(
            HKDF(hashes.SHA256(), 32, connection_id.bytes, b"candor/cursor").derive(secret)
        )

    def closed(self, row_id: str) -> str:
        """Return a row's name, sealed."""
        sealed = AESGCMSIV(self.key).encrypt(_NONCE, row_id.encode(), None)
        return base64.urlsafe_b64encode(sealed).decode()

    def open(self, sealed: str) -> str | None:
        """Return a row's name; None: it was sealed with another key."""
        try:
            raw = base64.urlsafe_b64decode(sealed)
            return AESGCMSIV(self.key).decrypt(_NONCE, raw, None).decode()
        except (InvalidTag, ValueError):
            return None


def read(text: str | None, form: type[T]) -> T | None:
    """Return a cursor; None: there is none, or it is not of this form: begin again."""
    if text is None:
        return None
    try:
        return msgspec.json.decode(text, type=form)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return None


def written(cursor: msgspec.Struct) -> str:
    """Return a cursor as text."""
    return msgspec.json.encode(cursor).decode()

"""Tokens in addresses of ours, by which we know whose mail it was that came back.

A token holds a profile and the first bytes of a hash of the delivery, sealed and authenticated by
AES-SIV (RFC 5297): who reads it learns nothing, who changes or invents one is found out. It is
written in base32 with small letters, for mail servers fold the case of addresses; with its mark it
is 63 signs long, for a local part has 64 at most (RFC 5321 4.5.3.1.1). Each use has tokens of its
own: a return path does not unsubscribe.
"""

import re
from base64 import b32decode, b32encode
from binascii import Error as NotBase32
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b
from secrets import token_hex
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

KEY_BYTES: Final = 64  # AES-256-SIV
_REFERENCE_BYTES: Final = 6
_PLAIN_BYTES: Final = 16 + _REFERENCE_BYTES
_SIGNS: Final = 61  # of base32 over 38 bytes, without padding
_FOUND: Final = re.compile(
    rf"(?<![a-z0-9])([bum])[+.]([a-z2-7]{{{_SIGNS}}})(?![a-z0-9])", re.IGNORECASE
)
_MOST: Final = 200  # candidates that are looked at in one mail


class Use(StrEnum):
    """What a token is good for; also the mark before it."""

    BOUNCE = "b"  # the return path: b+token@…
    UNSUBSCRIBE = "u"  # u+token@…
    MESSAGE = "m"  # the Message-ID: m.token@…


@dataclass(frozen=True, slots=True)
class Opened:
    """What a token of ours says."""

    use: Use
    profile_id: UUID
    reference: bytes  # of the delivery


def make_key() -> str:
    """Make a key, in hex."""
    return token_hex(KEY_BYTES)


class Tokens:
    """Makes and opens the tokens of one connection."""

    def __init__(self, key: str) -> None:
        """Take its key, in hex."""
        self._siv = AESSIV(bytes.fromhex(key))

    def seal(self, use: Use, profile_id: UUID, delivery: str) -> str:
        """Return a token; the same for the same delivery."""
        plain = profile_id.bytes + reference_of(delivery)
        sealed = self._siv.encrypt(plain, [use.encode()])
        return b32encode(sealed).decode().rstrip("=").lower()

    def open(self, use: Use, token: str) -> Opened | None:
        """Return what a token says; None: it is none of ours, or for something else."""
        try:
            sealed = b32decode(token.upper() + "=" * (-len(token) % 8))
            plain = self._siv.decrypt(sealed, [use.encode()])
        except (NotBase32, InvalidTag, ValueError):
            return None
        if len(plain) != _PLAIN_BYTES:
            return None
        return Opened(use, UUID(bytes=plain[:16]), plain[16:])

    def within(self, text: str) -> Iterator[Opened]:
        """Yield what the tokens in a text say, of whatever use; at most so many are tried."""
        for number, found in enumerate(_FOUND.finditer(text)):
            if number >= _MOST:
                return
            opened = self.open(Use(found.group(1).lower()), found.group(2).lower())
            if opened is not None:
                yield opened


def reference_of(delivery: str) -> bytes:
    """Return the short hash by which a token refers to a delivery."""
    return blake2b(delivery.encode(), digest_size=_REFERENCE_BYTES).digest()

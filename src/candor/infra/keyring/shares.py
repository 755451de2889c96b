"""A root in several hands: Shamir's secret sharing over GF(256).

Any `threshold` of the shares give the root back; fewer say nothing at all about it. Each share
is one line of text with a checksum of its own, so that a slip of the pen is found before the
shares are put together; that the right ones were, the fingerprint in them says.
(A. Shamir, How to Share a Secret, CACM 22, 1979. Field: x^8+x^4+x^3+x+1, generator 3, as in AES.)
"""

import hashlib
import secrets
from base64 import b32decode, b32encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from candor.infra.keyring.provider import KEY_BYTES, fingerprint_of
from candor.kernel.errors import Refused

MOST_SHARES: Final = 16
_PREFIX: Final = "candor-share"
_CHECK_LETTERS: Final = 8


class BadShare(Refused):
    """This is not a share that Candor wrote, or a letter of it is wrong."""

    code: ClassVar[str] = "keyring.bad_share"
    default_hint: ClassVar[str] = "Compare it with the paper, letter by letter."


class TooFewShares(Refused):
    """These shares do not give the root back."""

    code: ClassVar[str] = "keyring.too_few_shares"
    default_hint: ClassVar[str] = "Each share says how many are needed; all must be of one set."


@dataclass(frozen=True, slots=True)
class Share:
    """One hand's part."""

    fingerprint: str
    threshold: int
    number: int  # from 1
    data: bytes

    def text(self) -> str:
        """Return the line to be kept."""
        letters = b32encode(self.data).decode().rstrip("=").lower()
        line = f"{_PREFIX}-{self.fingerprint}-{self.threshold}-{self.number}-{letters}"
        return f"{line}-{_check(line)}"


def split(root: bytes, *, shares: int, threshold: int) -> list[Share]:
    """Return shares of a root, any `threshold` of which give it back.

    Raises:
        Refused: fewer than 2 are to be enough, or more than there are; more than 16.
    """
    if not 2 <= threshold <= shares <= MOST_SHARES:
        message = (
            f"Choose at most {MOST_SHARES} shares, and a threshold between 2 and their number."
        )
        raise Refused(message)
    higher = [secrets.token_bytes(len(root)) for _ in range(threshold - 1)]
    name = fingerprint_of(root)
    return [
        Share(
            name,
            threshold,
            x,
            bytes(_value(column, x) for column in zip(root, *higher, strict=True)),
        )
        for x in range(1, shares + 1)
    ]


def read(text: str) -> Share:
    """Return the share that a line of text is.

    Raises:
        BadShare: it is none, or was misread.
    """
    line, _, check = "".join(text.split()).lower().rpartition("-")
    try:
        prefix, kind, name, threshold, number, letters = line.split("-")
        padded = letters.upper() + "=" * (-len(letters) % 8)
        share = Share(name, int(threshold), int(number), b32decode(padded))
    except ValueError:
        raise BadShare from None
    if (
        f"{prefix}-{kind}" != _PREFIX
        or check != _check(line)
        or len(share.data) != KEY_BYTES
        or not 1 <= share.number <= MOST_SHARES
    ):
        raise BadShare
    return share


def joined(shares: Sequence[Share]) -> bytes:
    """Return the root that these shares make up.

    Raises:
        TooFewShares: there are too few different ones, or they are of different sets.
    """
    different = {share.number: share for share in shares}
    named = {(share.fingerprint, share.threshold) for share in shares}
    if len(named) != 1 or len(different) < next(iter(named))[1]:
        raise TooFewShares
    numbers = list(different)
    weights = {x: _weight(x, numbers) for x in numbers}
    root = bytearray(KEY_BYTES)
    for x, share in different.items():
        for place, byte in enumerate(share.data):
            root[place] ^= _times(weights[x], byte)
    found = bytes(root)
    if fingerprint_of(found) != shares[0].fingerprint:
        raise TooFewShares
    return found


def _check(line: str) -> str:
    return hashlib.sha256(line.encode()).hexdigest()[:_CHECK_LETTERS]


def _tables() -> tuple[list[int], list[int]]:
    """Return powers of the generator, twice over, and their logarithms."""
    powers, logs, value = [0] * 510, [0] * 256, 1
    for exponent in range(255):
        powers[exponent] = powers[exponent + 255] = value
        logs[value] = exponent
        value ^= (value << 1) ^ (0x11B if value & 0x80 else 0)
    return powers, logs


_POWERS, _LOGS = _tables()


def _times(a: int, b: int) -> int:
    return _POWERS[_LOGS[a] + _LOGS[b]] if a and b else 0


def _over(a: int, b: int) -> int:
    return _POWERS[_LOGS[a] - _LOGS[b] + 255] if a else 0


def _value(coefficients: Sequence[int], x: int) -> int:
    """Return the value of a polynomial at x, lowest coefficient first (Horner)."""
    value = 0
    for coefficient in reversed(coefficients):
        value = _times(value, x) ^ coefficient
    return value


def _weight(x: int, numbers: Sequence[int]) -> int:
    """Return the weight of the share at x for the value at 0 (Lagrange)."""
    weight = 1
    for other in numbers:
        if other != x:
            weight = _times(weight, _over(other, other ^ x))
    return weight

"""Time-based one-time codes (RFC 6238) as authenticator apps make them. Pure."""

import hmac
from base64 import b32encode
from collections.abc import Iterable
from datetime import datetime
from typing import Final
from urllib.parse import quote, urlencode

STEP_SECONDS: Final = 30
DIGITS: Final = 6
SEED_BYTES: Final = 20  # RFC 4226, R6: 160 bits
_LEEWAY: Final = 1  # steps before and after: a clock that is half a minute wrong


def step_of(at: datetime) -> int:
    """Return the number of the step that an instant is in."""
    return int(at.timestamp()) // STEP_SECONDS


def code_at(seed: bytes, step: int, *, digits: int = DIGITS, digest: str = "sha1") -> str:
    """Return the code of a step (RFC 4226, 5.3, over the counter of RFC 6238)."""
    mac = hmac.digest(seed, step.to_bytes(8, "big"), digest)
    offset = mac[-1] & 0x0F
    number = int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFF_FFFF
    return str(number % 10**digits).zfill(digits)


def matching_step(seed: bytes, code: str, at: datetime, used: int = 0) -> int | None:
    """Return the step that a code is of; None: of none near enough, or of one not after `used`.

    All candidates are compared, each in constant time.
    """
    given = code.encode("utf-8", "surrogatepass")
    now = step_of(at)
    found: int | None = None
    for step in range(now - _LEEWAY, now + _LEEWAY + 1):
        if hmac.compare_digest(code_at(seed, step).encode(), given) and step > used:
            found = step
    return found


def digits_of(text: str) -> str:
    """Return a code as it was typed without the spaces that apps show in it."""
    return "".join(text.split())


def is_code(text: str) -> bool:
    """Tell whether a text could be a code of an app."""
    return len(text) == DIGITS and text.isascii() and text.isdecimal()


def key_text(seed: bytes) -> str:
    """Return a seed as people type it into an app: base32 in groups of four."""
    return " ".join(_groups(b32encode(seed).decode()))


def uri_of(seed: bytes, *, company: str, handle: str) -> str:
    """Return what the picture says to an app (Key URI Format of Google Authenticator)."""
    label = quote(f"{company}:{handle}", safe="")
    asked = {"secret": b32encode(seed).decode().rstrip("="), "issuer": company}
    return f"otpauth://totp/{label}?{urlencode(asked, quote_via=quote)}"


def _groups(text: str) -> Iterable[str]:
    return (text[at : at + 4] for at in range(0, len(text), 4))

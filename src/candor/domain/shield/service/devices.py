"""Browsers that signed in to an account before: a signed mark that they keep, for half a year.

The mark says nothing: a random number, a day, and an HMAC over both and the account. It is another
one after every sign-in, serves at the sign-in page alone, and is stored nowhere here. A browser
keeps the marks of up to four accounts, or of two that have two names each.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from datetime import UTC, datetime, timedelta
from secrets import token_bytes
from struct import Struct
from typing import Final

from candor.kernel.clock import Clock

DEVICE_LASTS: Final = timedelta(days=180)
_MOST: Final = 4
_BODY: Final = Struct(">I12s")  # when it signed in, a number of its own
_MAC_BYTES: Final = 16
_BETWEEN: Final = "."


class Devices:
    """Makes marks and knows its own."""

    def __init__(self, key: bytes, clock: Clock) -> None:
        """Take the key that signs marks, and the present."""
        self._key = key
        self._clock = clock

    def known(self, account: str, kept: str) -> str:
        """Return the number of a browser that signed in to this account before, or ""."""
        for mark in kept.split(_BETWEEN)[:_MOST]:
            number = self._number(account, mark)
            if number:
                return number
        return ""

    def remembering(self, account: str, kept: str) -> str:
        """Return what a browser keeps from now on: a fresh mark of this account, then others."""
        body = _BODY.pack(int(self._clock.now().timestamp()), token_bytes(12))
        fresh = urlsafe_b64encode(body + self._mac(account, body)).decode()
        others = [
            mark
            for mark in kept.split(_BETWEEN)[:_MOST]
            if len(mark) == len(fresh) and not self._number(account, mark)
        ]
        return _BETWEEN.join([fresh, *others[: _MOST - 1]])

    def _number(self, account: str, mark: str) -> str:
        try:
            raw = urlsafe_b64decode(mark.encode("ascii"))
        except (NotBase64, ValueError):
            return ""
        if len(raw) != _BODY.size + _MAC_BYTES or not account:
            return ""
        body, given = raw[: _BODY.size], raw[_BODY.size :]
        if not hmac.compare_digest(given, self._mac(account, body)):
            return ""
        since, number = _BODY.unpack(body)
        age = self._clock.now() - datetime.fromtimestamp(since, UTC)
        return number.hex() if age < DEVICE_LASTS else ""

    def _mac(self, account: str, body: bytes) -> bytes:
        text = b"\x00".join((b"device", body, account.encode()))
        return hmac.digest(self._key, text, "sha256")[:_MAC_BYTES]

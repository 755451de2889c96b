"""Write keys at the door: HTTP Basic user name, or `writeKey` in the body.

A key that opened once goes on as fast as its source likes. An address that tries many keys that
open nothing is answered without a look into the database.
"""

import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from candor.domain.access.errors import WrongKey
from candor.domain.access.service import write_keys
from candor.domain.shield.model.canary import CanaryKind
from candor.infra.db.pool import Database
from candor.kernel.clock import Clock
from candor.surface.plain.pace import Pace
from candor.surface.plain.traps import Traps

_IN_BODY: Final = re.compile(rb'"writeKey"\s*:\s*"([^"\\]{1,200})"')
_REMEMBERED: Final = timedelta(seconds=5)  # so long may a revoked key still work
_MOST: Final = 10_000


class KeyRing:
    """Looks up write keys; remembers what it found for a few seconds, by hash only."""

    def __init__(self, database: Database, clock: Clock, pace: Pace, traps: Traps) -> None:
        """Start with nothing remembered."""
        self._database = database
        self._clock = clock
        self._pace = pace
        self._traps = traps
        self._known: dict[bytes, tuple[str, datetime]] = {}

    async def source(
        self, authorization: bytes | None, body: bytes, scope: Mapping[str, object]
    ) -> str:
        """Return the source whose key a request carries.

        Raises:
            WrongKey: none, or not a valid one.
            TooFast: its address sent many keys that are none.
        """
        mark = sha256(authorization).digest() if authorization else b""
        known = self._known.get(mark)
        if known is not None and known[1] > self._clock.now():
            return known[0]
        key = _from_header(authorization) or _from_body(body)
        if not key:
            raise WrongKey
        if mark not in self._known:
            self._pace.before_key(scope)
        try:
            async with self._database.read() as tx:
                source_code = await write_keys.source_of(tx, key)
        except WrongKey:
            self._known.pop(mark, None)
            self._pace.wrong_key(scope)
            await self._traps.tried(CanaryKind.WRITE_KEY, key, scope)
            raise
        if mark and _from_header(authorization):
            if len(self._known) > _MOST:
                self._known.clear()
            self._known[mark] = (source_code, self._clock.now() + _REMEMBERED)
        return source_code


def _from_header(authorization: bytes | None) -> str:
    """Return the user name of HTTP Basic, or an empty string."""
    if authorization is None or authorization[:6].lower() != b"basic ":
        return ""
    try:
        return b64decode(authorization[6:], validate=True).split(b":", 1)[0].decode()
    except (NotBase64, UnicodeDecodeError):
        return ""


def _from_body(body: bytes) -> str:
    found = _IN_BODY.search(body)
    return found[1].decode(errors="replace") if found else ""

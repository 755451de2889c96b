"""Keys at the API: `Authorization: Bearer cdr_…`."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from candor.domain.access.errors import MissingScope, WrongAPIKey
from candor.domain.access.model.keys import APIKey, Scope
from candor.domain.access.service import api_keys
from candor.domain.shield.model.canary import CanaryKind
from candor.infra.db.pool import Database
from candor.kernel.clock import Clock
from candor.surface.plain.pace import Pace
from candor.surface.plain.traps import Traps

# So long may a key that was taken back still ask for decisions. Everything else looks each time.
REMEMBERED: Final = timedelta(seconds=1)
_MOST: Final = 10_000
_LONGEST: Final = 200


class Keys:
    """Looks up keys. Remembers them for a second, by hash only, where that is asked for."""

    def __init__(self, database: Database, clock: Clock, pace: Pace, traps: Traps) -> None:
        """Start with nothing remembered."""
        self._database = database
        self._clock = clock
        self._pace = pace
        self._traps = traps
        self._known: dict[bytes, tuple[APIKey, datetime]] = {}

    async def key(
        self, authorization: bytes | None, scope: Mapping[str, object], *, remembered: bool
    ) -> APIKey:
        """Return the key that a request carries, if it does not call too fast.

        Raises:
            WrongAPIKey: none, unknown, ended or taken back.
            TooFast: the key calls too fast, or its address sent many keys that are none.
        """
        if authorization is None or len(authorization) > _LONGEST:
            raise WrongAPIKey
        mark = sha256(authorization).digest()
        now = self._clock.now()
        if remembered:
            known = self._known.get(mark)
            if known is not None and known[1] > now and known[0].works_at(now):
                self._pace.call(known[0].key_id.hex, is_decision=True)
                return known[0]
        if mark not in self._known:
            self._pace.before_key(scope)
        scheme, _, secret = authorization.partition(b" ")
        if scheme.lower() != b"bearer" or not secret.isascii():
            raise WrongAPIKey
        try:
            async with self._database.read() as tx:
                key = await api_keys.find(tx, secret.decode().strip(), self._clock)
        except WrongAPIKey:
            self._known.pop(mark, None)
            self._pace.wrong_key(scope)
            await self._traps.tried(CanaryKind.API_KEY, secret.decode().strip(), scope)
            raise
        self._pace.call(key.key_id.hex, is_decision=remembered)
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[mark] = (key, now + REMEMBERED)
        return key


def require(key: APIKey, scope: Scope) -> None:
    """Let a key pass that has a scope.

    Raises:
        MissingScope: it has not.
    """
    if scope.value not in key.scopes:
        message = "This key may not do that."
        raise MissingScope(message, hint=f"It needs the scope {scope.value}.")

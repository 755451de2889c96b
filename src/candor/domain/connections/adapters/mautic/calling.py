"""Asking Mautic's API: who we are (OAuth 2.0 client credentials, or Basic), and what it answers."""

import hashlib
from base64 import b64encode
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

import msgspec

from candor.domain.connections.adapters import asking
from candor.domain.connections.adapters.line import Line
from candor.domain.connections.adapters.mautic import words
from candor.domain.connections.errors import NotLetIn
from candor.infra.http import Answer

AUTH: Final = "auth"
OAUTH: Final = "oauth2"
BASIC: Final = "basic"
USER: Final = "user"
PASSWORD: Final = "password"  # noqa: S105 - the name of a setting
_EARLY: Final = timedelta(seconds=60)
_AT_MOST_BYTES: Final = 32 << 20  # two hundred contacts with all their fields


class Door:
    """The way in; keeps the access token of each connection for as long as it holds."""

    def __init__(self) -> None:
        """Begin without any token."""
        self._tokens: dict[tuple[UUID, bytes], tuple[str, datetime]] = {}

    async def ask(
        self, line: Line, method: str, path: str, body: object | None = None
    ) -> Answer:
        """Ask; with a token that is not taken any more, once again with a new one.

        Raises:
            Unreached, NotLetIn, OutboundRefused.
        """
        is_old = _whose(line) in self._tokens
        try:
            return await self._ask(line, method, path, body)
        except NotLetIn:
            self._tokens.pop(_whose(line), None)
            if not is_old:
                raise
        return await self._ask(line, method, path, body)

    async def _ask(self, line: Line, method: str, path: str, body: object | None) -> Answer:
        return await asking.ask(
            line,
            method,
            f"{_base(line)}/api{path}",
            headers={"authorization": await self._proof(line)},
            json=body,
            at_most_bytes=_AT_MOST_BYTES,
        )

    async def _proof(self, line: Line) -> str:
        user, password = line.settings.get(USER, ""), line.secrets.get(PASSWORD, "")
        if line.settings.get(AUTH) == BASIC:
            return f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"
        now = line.clock.now()
        known = self._tokens.get(_whose(line))
        if known is not None and now < known[1]:
            return f"Bearer {known[0]}"
        sent = {
            "grant_type": "client_credentials",
            "client_id": user,
            "client_secret": password,
        }
        answer = await asking.ask(
            line,
            "POST",
            f"{_base(line)}/oauth/v2/token",
            headers={"content-type": "application/x-www-form-urlencoded"},
            content=urlencode(sent).encode(),
        )
        if not answer.is_well:  # RFC 6749 section 5.2: 400 `invalid_client`
            raise NotLetIn
        token = asking.read(answer, words.Token)
        until = now + timedelta(seconds=token.expires_in) - _EARLY
        self._tokens[_whose(line)] = (token.access_token, until)
        return f"Bearer {token.access_token}"


def _whose(line: Line) -> tuple[UUID, bytes]:
    """Return what a token belongs to: of other credentials, or at another address, is another."""
    held = msgspec.json.encode([sorted(line.settings.items()), sorted(line.secrets.items())])
    return line.connection_id, hashlib.blake2b(held, digest_size=16).digest()


def _base(line: Line) -> str:
    return line.settings.get("base_url", "").rstrip("/")

"""Being let in: by a key in a header, or by tokens of OAuth 2.0.

Tokens are got for client credentials (RFC 6749 section 4.4) and kept in memory until shortly before
they end. A token belongs to the credentials it was got with: with others there is another.
"""

import hashlib
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote_plus, urlencode
from uuid import UUID

import msgspec

from candor.domain.connections.adapters import asking
from candor.domain.connections.adapters.line import Line
from candor.domain.connections.adapters.rest import spec
from candor.domain.connections.adapters.rest.setup import Setup
from candor.domain.connections.errors import NotLetIn, Unreached

_EARLY: Final = timedelta(seconds=30)  # before its end a token is not used any more
_USUAL_SECONDS: Final = 300.0  # where it does not say how long a token lasts
_LONGEST_SECONDS: Final = 86_400.0
_FORM: Final = "application/x-www-form-urlencoded"
_NOT_US: Final = frozenset({
    "invalid_client", "unauthorized_client", "invalid_grant", "invalid_scope",
    "invalid_request", "unsupported_grant_type",
})  # fmt: skip


class _Token(msgspec.Struct, frozen=True):
    access_token: str
    expires_in: float | str | None = None  # some spell the number as a text


class _Refusal(msgspec.Struct, frozen=True):
    error: str = ""


@dataclass(frozen=True, slots=True)
class _Kept:
    credentials: bytes  # a hash
    token: str = field(repr=False)
    until: datetime


class Tokens:
    """The tokens of one process, by connection."""

    def __init__(self) -> None:
        """Begin with none."""
        self._kept: dict[UUID, _Kept] = {}

    async def headers(self, line: Line, setup: Setup) -> dict[str, str]:
        """Return the headers that say who we are.

        Raises:
            Unreached, NotLetIn: there is no token; or a secret is missing or spoils a header.
        """
        secret = line.secrets.get(spec.SECRET, "")
        if setup.auth == spec.NONE:
            return {}
        if not secret or not secret.isprintable():
            raise NotLetIn
        match setup.auth:
            case spec.BASIC:
                return {"authorization": _basic(setup.user, secret)}
            case spec.HEADER:
                return {setup.header: secret}
            case spec.OAUTH2:
                return {"authorization": f"Bearer {await self._token(line, setup)}"}
            case _:
                return {"authorization": f"Bearer {secret}"}

    def drop(self, line: Line) -> bool:
        """Forget a token that is not taken any more; tell whether there was one."""
        return self._kept.pop(line.connection_id, None) is not None

    async def _token(self, line: Line, setup: Setup) -> str:
        credentials = _hash(line)
        now = line.clock.now()
        kept = self._kept.get(line.connection_id)
        if kept is not None and kept.credentials == credentials and now < kept.until:
            return kept.token
        got = await _got(line, setup)
        if not got.access_token or not got.access_token.isprintable():
            raise NotLetIn
        until = now + timedelta(seconds=_seconds(got.expires_in)) - _EARLY
        self._kept[line.connection_id] = _Kept(credentials, got.access_token, until)
        return got.access_token


async def _got(line: Line, setup: Setup) -> _Token:
    secret = line.secrets.get(spec.SECRET, "")
    form = {"grant_type": "client_credentials"}
    headers = {"content-type": _FORM}
    if setup.scope:
        form["scope"] = setup.scope
    if setup.is_proof_in_body:
        form |= {"client_id": setup.user, "client_secret": secret}
    else:
        # RFC 6749 section 2.3.1: encoded as in a form before it is put together.
        headers["authorization"] = _basic(quote_plus(setup.user), quote_plus(secret))
    answer = await asking.ask(
        line, "POST", setup.token_url, headers=headers, content=urlencode(form).encode()
    )
    if answer.is_well:
        return asking.read(answer, _Token)
    if answer.status == 400 and asking.read(answer, _Refusal).error in _NOT_US:
        raise NotLetIn
    problem = "login_failed"
    raise Unreached(problem)


def _basic(user: str, word: str) -> str:
    return f"Basic {b64encode(f'{user}:{word}'.encode()).decode()}"


def _seconds(said: float | str | None) -> float:
    try:
        seconds = float(said) if said is not None else _USUAL_SECONDS
    except ValueError:
        return _USUAL_SECONDS
    return min(max(seconds, 0.0), _LONGEST_SECONDS)


def _hash(line: Line) -> bytes:
    held = msgspec.json.encode([sorted(line.settings.items()), sorted(line.secrets.items())])
    return hashlib.blake2b(held, digest_size=16).digest()

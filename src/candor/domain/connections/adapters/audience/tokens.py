"""Tokens for a service account of Google: a JWT that its key signed, for a token of an hour.

«Using OAuth 2.0 for Server to Server Applications» (developers.google.com, read 2026-11-22): RFC
7523, RS256. Kept in memory until shortly before they run out; they say nothing about anybody.
"""

import hashlib
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from candor.domain.connections.adapters.asking import read, retry_after, stay
from candor.domain.connections.adapters.line import Line
from candor.domain.connections.errors import NotLetIn, Unreached
from candor.infra.http import OutboundFailed

_GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_SCOPE: Final = "https://www.googleapis.com/auth/datamanager"
_PROOF_LASTS: Final = timedelta(minutes=5)
_EARLY: Final = timedelta(minutes=2)  # before a token runs out another is asked for


class _Account(msgspec.Struct, frozen=True):
    """What a key file holds, as far as it is needed."""

    client_email: str
    private_key: str
    private_key_id: str = ""
    token_uri: str = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address


class _Token(msgspec.Struct, frozen=True):
    access_token: str
    expires_in: int = 3_600  # seconds


@dataclass(frozen=True, slots=True)
class _Kept:
    credentials: bytes  # hash of those it was got with
    until: datetime
    token: str = field(repr=False)


class Tokens:
    """The tokens of one process."""

    def __init__(self) -> None:
        """Begin with none."""
        self._kept: dict[UUID, _Kept] = {}

    async def of(self, line: Line) -> tuple[str, bool]:
        """Return a token, and whether it was got just now.

        Raises:
            Unreached, NotLetIn.
        """
        credentials = hashlib.blake2b(
            line.secrets.get("service_account", "").encode(), digest_size=16
        ).digest()
        kept = self._kept.get(line.connection_id)
        now = line.clock.now()
        if kept is not None and kept.credentials == credentials and now < kept.until:
            return kept.token, False
        fresh = await _got(line)
        until = now + timedelta(seconds=max(fresh.expires_in, 0)) - _EARLY
        self._kept[line.connection_id] = _Kept(credentials, until, fresh.access_token)
        return fresh.access_token, True

    def drop(self, line: Line) -> None:
        """Forget a token that is not taken any more."""
        self._kept.pop(line.connection_id, None)


async def _got(line: Line) -> _Token:
    account = _account(line)
    body = urlencode({"grant_type": _GRANT, "assertion": _assertion(account, line)}).encode()
    headers = {"content-type": "application/x-www-form-urlencoded"}
    try:
        answer = await line.outbound.request(
            "POST", account.token_uri, headers=headers, content=body
        )
    except OutboundFailed as error:
        raise Unreached(error.problem) from None
    if answer.is_well:
        return read(answer, _Token)
    if answer.status == 429 or answer.status >= 500:
        problem = "limited" if answer.status == 429 else f"status_{answer.status}"
        raise Unreached(problem, retry_after(answer))
    stay(answer)
    raise NotLetIn


def _account(line: Line) -> _Account:
    """Return the key file; what is none lets nobody in."""
    try:
        return msgspec.json.decode(line.secrets.get("service_account", ""), type=_Account)
    except msgspec.DecodeError:
        raise NotLetIn from None


def _assertion(account: _Account, line: Line) -> str:
    """Return a JWT that says who we are, for five minutes."""
    now = line.clock.now()
    claims = {
        "iss": account.client_email,
        "scope": _SCOPE,
        "aud": account.token_uri,
        "iat": int(now.timestamp()),
        "exp": int((now + _PROOF_LASTS).timestamp()),
    }
    head = {"alg": "RS256", "typ": "JWT", "kid": account.private_key_id}
    signed = f"{_part(head)}.{_part(claims)}"
    signature = _key(account).sign(signed.encode(), PKCS1v15(), SHA256())
    return f"{signed}.{_encoded(signature)}"


def _key(account: _Account) -> RSAPrivateKey:
    try:
        key = load_pem_private_key(account.private_key.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise NotLetIn from None
    if not isinstance(key, RSAPrivateKey):
        raise NotLetIn
    return key


def _part(content: object) -> str:
    return _encoded(msgspec.json.encode(content))


def _encoded(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()

"""Being let in: tokens of OAuth 2.0, kept in memory until Salesforce does not take them any more.

Client credentials (RFC 6749 section 4.4) at the company's own domain, or a JWT that is signed with
the app's key (RFC 7523, RS256). A token belongs to the credentials it was got with: with others
there is another. What is kept says nothing about anybody.
"""

import hashlib
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import timedelta
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
from candor.domain.connections.adapters.salesforce.spec import JWT_BEARER
from candor.domain.connections.errors import NotLetIn, Unreached
from candor.infra.http import OutboundFailed

_PATH: Final = "/services/oauth2/token"
_JWT_GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_JWT_LIFETIME: Final = timedelta(minutes=3)
# What it says when it is not us; anything else passes by itself.
_NOT_US: Final = frozenset({
    "invalid_client", "invalid_client_id", "invalid_client_credentials", "invalid_grant",
    "unauthorized_client", "inactive_user", "inactive_org", "invalid_app_access",
    "app_not_found", "unsupported_grant_type", "invalid_request", "invalid_scope",
})  # fmt: skip


class _Token(msgspec.Struct, frozen=True):
    access_token: str
    instance_url: str
    id: str = ""  # an address that ends with the id of the user that we act as


class _Refusal(msgspec.Struct, frozen=True):
    error: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """What calls are made with."""

    token: str = field(repr=False)
    url: str  # of the instance
    user: str = ""  # that we act as; empty: it is not known


class Sessions:
    """The sessions of one process."""

    def __init__(self) -> None:
        """Begin with none."""
        self._kept: dict[UUID, tuple[bytes, Session]] = {}

    async def of(self, line: Line) -> Session:
        """Return a session, a new one when there is none for these credentials.

        Raises:
            Unreached, NotLetIn.
        """
        print_ = _fingerprint(line)
        kept = self._kept.get(line.connection_id)
        if kept is not None and kept[0] == print_:
            return kept[1]
        session = await _begun(line)
        self._kept[line.connection_id] = (print_, session)
        return session

    def drop(self, line: Line, session: Session) -> None:
        """Forget a session that is not taken any more."""
        kept = self._kept.get(line.connection_id)
        if kept is not None and kept[1] is session:
            del self._kept[line.connection_id]


def _fingerprint(line: Line) -> bytes:
    held = msgspec.json.encode([sorted(line.settings.items()), sorted(line.secrets.items())])
    return hashlib.blake2b(held, digest_size=16).digest()


async def _begun(line: Line) -> Session:
    body = urlencode(_proof(line)).encode()
    url = f"{line.settings['login_url'].rstrip('/')}{_PATH}"
    headers = {"content-type": "application/x-www-form-urlencoded"}
    try:
        answer = await line.outbound.request("POST", url, headers=headers, content=body)
    except OutboundFailed as error:
        raise Unreached(error.problem) from None
    if answer.is_well:
        token = read(answer, _Token)
        user = token.id.rpartition("/")[2]
        return Session(token.access_token, token.instance_url.rstrip("/"), user)
    if answer.status in {401, 403}:
        raise NotLetIn
    if answer.status == 429 or answer.status >= 500:
        problem = "limited" if answer.status == 429 else f"status_{answer.status}"
        raise Unreached(problem, retry_after(answer))
    stay(answer)
    if read(answer, _Refusal).error in _NOT_US:
        raise NotLetIn
    problem = "login_failed"
    raise Unreached(problem)


def _proof(line: Line) -> dict[str, str]:
    if line.settings.get("flow") == JWT_BEARER:
        return {"grant_type": _JWT_GRANT, "assertion": _assertion(line)}
    return {
        "grant_type": "client_credentials",
        "client_id": line.settings["client_id"],
        "client_secret": line.secrets.get("client_secret", ""),
    }


def _assertion(line: Line) -> str:
    """Return a JWT that says who we act as, for three minutes."""
    claims = {
        "iss": line.settings["client_id"],
        "sub": line.settings.get("username", ""),
        "aud": line.settings.get("audience", ""),
        "exp": int((line.clock.now() + _JWT_LIFETIME).timestamp()),
    }
    parts = (_part({"alg": "RS256", "typ": "JWT"}), _part(claims))
    signed = ".".join(parts)
    signature = _key(line).sign(signed.encode(), PKCS1v15(), SHA256())
    return f"{signed}.{_encoded(signature)}"


def _key(line: Line) -> RSAPrivateKey:
    """Return the key of the app; what is none lets nobody in."""
    try:
        key = load_pem_private_key(line.secrets.get("private_key", "").encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise NotLetIn from None
    if not isinstance(key, RSAPrivateKey):
        raise NotLetIn
    return key


def _part(content: object) -> str:
    return _encoded(msgspec.json.encode(content))


def _encoded(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()

"""A push service and the browsers behind it: RFC 8030, RFC 8291, RFC 8292, read 2026-11-22.

It checks what a push service checks (TTL, size, the VAPID token against the key that the browser
subscribed with) and keeps the encrypted bodies; a browser opens them with an independent library.
"""

import json
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any, cast

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwt
from joserfc.jwk import ECKey
from typing_extensions import override

from tests.counterparts.serving import Answered, Asked, HttpCounterpart

AT_MOST = 4096  # bytes of a body


def _b64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _raw(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Browser:
    """One subscription, with the halves of its keys that never leave the browser."""

    endpoint: str
    application_key: str  # whom it takes messages from, base64url
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    auth: bytes = field(default_factory=lambda: os.urandom(16))
    taken: list[tuple[dict[str, str], bytes]] = field(
        default_factory=list[tuple[dict[str, str], bytes]]
    )

    def to_json(self) -> str:
        """Return what `PushSubscription.toJSON` gives."""
        public = self.key.public_key().public_bytes(
            Encoding.X962, PublicFormat.UncompressedPoint
        )
        keys = {"p256dh": _b64(public), "auth": _b64(self.auth)}
        return json.dumps({"endpoint": self.endpoint, "keys": keys})

    def opened(self) -> list[dict[str, Any]]:
        """Decrypt every message as a browser would."""
        return [json.loads(self.decrypted(body)) for _, body in self.taken]

    def decrypted(self, body: bytes) -> bytes:
        """Decrypt one body."""
        decrypt = cast("Any", http_ece).decrypt
        return bytes(decrypt(body, private_key=self.key, auth_secret=self.auth))


class PushService(HttpCounterpart):
    """The service; `browsers` by the last part of their address."""

    def __init__(self) -> None:
        """Begin without browsers."""
        super().__init__()
        self.browsers: dict[str, Browser] = {}
        self.wrong: int | None = None  # what it answers instead

    def browser(self, application_key: str) -> Browser:
        """Let a browser subscribe."""
        name = _b64(os.urandom(9))
        made = Browser(f"{self.url}/push/{name}", application_key)
        self.browsers[name] = made
        return made

    @override
    async def answer(self, asked: Asked) -> Answered:
        if self.wrong is not None:
            return Answered(self.wrong, {"message": "wrong"})
        browser = self.browsers.get(asked.path.rpartition("/")[2])
        if browser is None:
            return Answered(410)
        if "ttl" not in asked.headers or asked.headers.get("content-encoding") != "aes128gcm":
            return Answered(400)
        if len(asked.body) > AT_MOST:
            return Answered(413)
        if not self._is_allowed(asked, browser):
            return Answered(403)
        browser.taken.append((dict(asked.headers), asked.body))
        return Answered(201, headers={"location": f"{self.url}/message/{len(browser.taken)}"})

    def _is_allowed(self, asked: Asked, browser: Browser) -> bool:
        scheme, _, rest = asked.headers.get("authorization", "").partition(" ")
        parts = dict(part.strip().split("=", 1) for part in rest.split(","))
        if scheme != "vapid" or parts.get("k") != browser.application_key:
            return False
        point = _raw(parts["k"])
        key = ECKey.import_key(
            {"kty": "EC", "crv": "P-256", "x": _b64(point[1:33]), "y": _b64(point[33:])}
        )
        claims = jwt.decode(parts["t"], key, algorithms=["ES256"]).claims
        return claims["aud"] == self.url and "sub" in claims and "exp" in claims

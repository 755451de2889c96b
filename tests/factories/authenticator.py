"""An authenticator in software, to be told to lie: what a browser would send, as JSON.

Written after Web Authentication Level 3, 6.1 and 6.5, apart from the library that Candor uses;
Chromium's virtual authenticator, in the tests of the whole, is the other witness.
"""

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any, Final

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT: Final = 0x01
VERIFIED: Final = 0x04
BACKUP_ELIGIBLE: Final = 0x08
BACKED_UP: Final = 0x10
_ATTESTED: Final = 0x40


def text(raw: bytes) -> str:
    """Return base64url without padding."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def raw(said: str) -> bytes:
    """Return what base64url without padding says."""
    return urlsafe_b64decode(said + "=" * (-len(said) % 4))


@dataclass
class Authenticator:
    """One device with at most one passkey, and what it claims."""

    origin: str
    host: str
    flags: int = PRESENT | VERIFIED
    count: int = 0
    challenge: bytes | None = None  # claimed in place of the one that was asked
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    user_handle: bytes = b""

    def create(self, options: dict[str, Any]) -> str:
        """Make a passkey, as `navigator.credentials.create` would."""
        self.user_handle = raw(options["user"]["id"])
        client_data = self._client_data("webauthn.create", options)
        attested = (
            bytes(16)
            + len(self.credential_id).to_bytes(2, "big")
            + self.credential_id
            + self._public_key()
        )
        data = self._data(self.flags | _ATTESTED) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer(
            {
                "clientDataJSON": text(client_data),
                "attestationObject": text(attestation),
                "transports": ["internal"],
            }
        )

    def get(self, options: dict[str, Any], **instead: bytes) -> str:
        """Answer a challenge, as `navigator.credentials.get` would; `instead` replaces parts."""
        client_data = self._client_data("webauthn.get", options)
        data = self._data(self.flags)
        signed = data + hashlib.sha256(client_data).digest()
        parts = {
            "clientDataJSON": client_data,
            "authenticatorData": data,
            "signature": self.key.sign(signed, ec.ECDSA(SHA256())),
            "userHandle": self.user_handle,
        } | instead
        return self._answer({name: text(part) for name, part in parts.items()})

    def _client_data(self, kind: str, options: dict[str, Any]) -> bytes:
        challenge = options["challenge"] if self.challenge is None else text(self.challenge)
        said = {"type": kind, "challenge": challenge, "origin": self.origin}
        return json.dumps(said).encode()

    def _data(self, flags: int) -> bytes:
        host = hashlib.sha256(self.host.encode()).digest()
        return host + bytes([flags]) + self.count.to_bytes(4, "big")

    def _public_key(self) -> bytes:
        numbers = self.key.public_key().public_numbers()
        size = 32
        return cbor2.dumps(
            {
                1: 2,  # kty: EC2
                3: -7,  # alg: ES256
                -1: 1,  # crv: P-256
                -2: numbers.x.to_bytes(size, "big"),
                -3: numbers.y.to_bytes(size, "big"),
            }
        )

    def _answer(self, response: dict[str, Any]) -> str:
        return json.dumps(
            {
                "id": text(self.credential_id),
                "rawId": text(self.credential_id),
                "type": "public-key",
                "clientExtensionResults": {},
                "response": response,
            }
        )

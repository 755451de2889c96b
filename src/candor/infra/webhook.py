"""Signing what other systems are told, and checking what they say, by Standard Webhooks.

(standardwebhooks.com, read 2026-11.) Both sides work out the same HMAC over `id.timestamp.body`, or
one signs with an Ed25519 key whose public half the other has. What does not fit, or is too old, is
refused; the id lets a receiver hear the same message once, however often it is sent. While a secret
is being changed, messages carry a signature of each, and one that fits is enough.
"""

import binascii
import hmac
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import ClassVar, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from candor.infra.settings import Secret
from candor.kernel.errors import Kind, Refused

TOLERANCE: Final = timedelta(minutes=5)
_SHARED: Final = "whsec_"
_PUBLIC: Final = "whpk_"
_SIZES: Final = range(24, 65)  # bytes of a shared secret
_LONGEST_ID: Final = 256
_MOST_SIGNATURES: Final = 16


class NotASecret(Refused):
    """This is not `whsec_` and base64 of 24 to 64 bytes."""

    code: ClassVar[str] = "webhook.not_a_secret"


class Unsigned(Refused):
    """No signature of this message fits any secret that is known."""

    code: ClassVar[str] = "webhook.unsigned"
    kind: ClassVar[Kind] = Kind.FORBIDDEN


class Stale(Refused):
    """This message says that it was sent too long ago, or in the future."""

    code: ClassVar[str] = "webhook.stale"
    kind: ClassVar[Kind] = Kind.FORBIDDEN


def headers(secret: Secret, message_id: str, at: datetime, body: bytes) -> Mapping[str, str]:
    """Return the headers that go with a message; `secret` is `whsec_` and base64."""
    key = b64decode(secret.removeprefix(_SHARED))
    return _headers([key], message_id, at, body)


def headers_of(
    secrets: Sequence[Secret], message_id: str, at: datetime, body: bytes
) -> Mapping[str, str]:
    """Return the headers that go with a message, with a signature by each secret.

    Raises:
        NotASecret: one is none, or there is none at all.
    """
    if not secrets:
        raise NotASecret
    return _headers([_shared(one) for one in secrets], message_id, at, body)


def verify(secrets: Sequence[str], given: Mapping[str, str], body: bytes, now: datetime) -> str:
    """Return the id of a message that one of these secrets, or public keys, signed just now.

    `given`: its headers, names in lower case..

    Raises:
        Unsigned: none fits, or something is missing.
        Stale: the signature fits, and its time is more than five minutes from now.
    """
    message_id, timestamp = given.get("webhook-id", ""), given.get("webhook-timestamp", "")
    is_well = 0 < len(message_id) <= _LONGEST_ID and timestamp.isascii() and timestamp.isdigit()
    if not is_well or len(timestamp) > 12:
        raise Unsigned
    signed = f"{message_id}.{timestamp}.".encode() + body
    signatures = given.get("webhook-signature", "").split(" ")[:_MOST_SIGNATURES]
    if not any(_fits(one, secret, signed) for one in signatures for secret in secrets):
        raise Unsigned
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE.total_seconds():
        raise Stale
    return message_id


def _headers(
    keys: Sequence[bytes], message_id: str, at: datetime, body: bytes
) -> Mapping[str, str]:
    timestamp = str(int(at.timestamp()))
    signed = f"{message_id}.{timestamp}.".encode() + body
    signatures = [b64encode(hmac.digest(key, signed, "sha256")).decode() for key in keys]
    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{one}" for one in signatures),
    }


def _shared(secret: str) -> bytes:
    """Return the bytes of a shared secret.

    Raises:
        NotASecret: it is none.
    """
    try:
        key = b64decode(secret.removeprefix(_SHARED), validate=True)
    except (binascii.Error, ValueError):
        raise NotASecret from None
    if not secret.startswith(_SHARED) or len(key) not in _SIZES:
        raise NotASecret
    return key


def _fits(signature: str, secret: str, signed: bytes) -> bool:
    """Tell whether one signature was made with one secret, or the private half of a public key."""
    version, _, text = signature.partition(",")
    try:
        raw = b64decode(text, validate=True)
        if version == "v1" and secret.startswith(_SHARED):
            return hmac.compare_digest(raw, hmac.digest(_shared(secret), signed, "sha256"))
        if version == "v1a" and secret.startswith(_PUBLIC):
            public = b64decode(secret.removeprefix(_PUBLIC), validate=True)
            Ed25519PublicKey.from_public_bytes(public).verify(raw, signed)
            return True
    except (binascii.Error, ValueError, NotASecret, InvalidSignature):
        return False
    return False

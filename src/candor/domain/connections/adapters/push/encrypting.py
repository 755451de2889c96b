"""Encryption of a push message: RFC 8291 over RFC 8188 (`aes128gcm`), read 2026-11-22. Pure.

Deliberately not pywebpush (MPL-2.0, brings two HTTP clients): there is one curve, one cipher and
one record, and what is left are a few lines on `cryptography`. Held in tests against the example
of RFC 8291 section 5 and against an independent library.
"""

from base64 import urlsafe_b64decode
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from candor.domain.connections.errors import BadMessage

SALT_BYTES: Final = 16
RECORD_BYTES: Final = 4096  # what every push service takes (RFC 8030 section 7.2)
_POINT_BYTES: Final = 65
_AUTH_BYTES: Final = 16
_TAG_BYTES: Final = 16
_HEADER_BYTES: Final = SALT_BYTES + 4 + 1 + _POINT_BYTES
_LAST_RECORD: Final = b"\x02"
AT_MOST_BYTES: Final = RECORD_BYTES - _HEADER_BYTES - _TAG_BYTES - len(_LAST_RECORD)  # 3993
_STEP: Final = 128  # lengths are rounded up to it: they shall not tell what a message says
_LONGEST: Final = 2048  # characters of a subscription
_CURVE: Final = ec.SECP256R1()


class _Keys(msgspec.Struct, frozen=True):
    p256dh: str
    auth: str


class _Sent(msgspec.Struct, frozen=True):
    endpoint: str
    keys: _Keys


@dataclass(frozen=True, slots=True)
class Subscription:
    """Where a browser takes messages, and what they are encrypted for."""

    endpoint: str = field(repr=False)
    public: bytes = field(repr=False)  # the browser's key: a point of P-256, uncompressed
    auth: bytes = field(repr=False)

    @property
    def origin(self) -> str:
        """Return scheme and host of the push service: whom a VAPID token is for."""
        parts = urlsplit(self.endpoint)
        return f"{parts.scheme}://{parts.netloc}"


def read(text: "str | bytes") -> Subscription:
    """Read a subscription as a browser gives it (Push API, `PushSubscription.toJSON`).

    Raises:
        BadMessage: it is none; also when its key is no point of the curve.
    """
    if len(text) > _LONGEST:
        raise BadMessage
    try:
        sent = msgspec.json.decode(text, type=_Sent)
        public, auth = decoded(sent.keys.p256dh), decoded(sent.keys.auth)
        ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, public)
    except (msgspec.DecodeError, ValueError, RecursionError):
        raise BadMessage from None
    if len(public) != _POINT_BYTES or len(auth) != _AUTH_BYTES:
        raise BadMessage
    return Subscription(sent.endpoint, public, auth)


def kept(text: str) -> bytes:
    """Return a subscription that was read in the one form in which it is kept."""
    return msgspec.json.encode(msgspec.json.decode(text, type=_Sent))


def encrypt(
    plain: bytes,
    to: Subscription,
    *,
    key: ec.EllipticCurvePrivateKey,
    salt: bytes,
    is_padded: bool = True,
) -> bytes:
    """Return the body of a push message: header and one record.

    Args:
        plain: at most `AT_MOST_BYTES`.
        to: whom it is for.
        key: fresh, of this message alone.
        salt: `SALT_BYTES` random bytes, of this message alone.
        is_padded: hide the length, in steps of 128 bytes.

    Raises:
        ValueError: too long.
    """
    if len(plain) > AT_MOST_BYTES:
        message = "too long for one record"
        raise ValueError(message)
    ours = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, to.public)
    info = b"WebPush: info\x00" + to.public + ours
    secret = HKDF(SHA256(), 32, to.auth, info).derive(key.exchange(ec.ECDH(), theirs))
    # RFC 8188 section 2.2: extract with the salt, then expand twice.
    drawn = HKDF.extract(SHA256(), salt, secret)
    cipher = HKDFExpand(SHA256(), 16, b"Content-Encoding: aes128gcm\x00").derive(drawn)
    nonce = HKDFExpand(SHA256(), 12, b"Content-Encoding: nonce\x00").derive(drawn)
    padding = b"\x00" * (_padding(len(plain)) if is_padded else 0)
    record = AESGCM(cipher).encrypt(nonce, plain + _LAST_RECORD + padding, None)
    header = salt + RECORD_BYTES.to_bytes(4) + len(ours).to_bytes(1) + ours
    return header + record


def _padding(size: int) -> int:
    return min(-size % _STEP, AT_MOST_BYTES - size)


def decoded(text: str) -> bytes:
    """Return the bytes of base64url without padding.

    Raises:
        ValueError: it is none.
    """
    if not text.isascii() or any(sign in "+/=" for sign in text):
        message = "no base64url"
        raise ValueError(message)
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))

"""Who sends a push message: VAPID, RFC 8292, read 2026-11-22.

One key pair per connection; browsers subscribe with its public half and push services take
messages from nobody else. A token names the push service and lasts half a day (24 hours at most).
"""

from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from typing import Final

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from candor.domain.connections.adapters.push.encrypting import decoded
from candor.domain.connections.errors import BadConnection

LASTS: Final = timedelta(hours=12)
_BYTES: Final = 32
_HEADER: Final = b'{"alg":"ES256","typ":"JWT"}'


def new_key() -> str:
    """Return a new private key as it is kept: its 32 bytes in base64url."""
    made = ec.generate_private_key(ec.SECP256R1())
    return _encoded(made.private_numbers().private_value.to_bytes(_BYTES))


def key_of(text: str) -> ec.EllipticCurvePrivateKey:
    """Read a private key.

    Raises:
        BadConnection: it is none.
    """
    try:
        plain = decoded(text.strip())
        number = int.from_bytes(plain) if len(plain) == _BYTES else 0
        return ec.derive_private_key(number, ec.SECP256R1())  # refuses 0
    except ValueError:
        message = "The private key of VAPID is not 32 bytes in base64url."
        raise BadConnection(message) from None


def public_of(key: ec.EllipticCurvePrivateKey) -> str:
    """Return the public half, as browsers want it (`applicationServerKey`)."""
    return _encoded(
        key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    )


def authorization(
    key: ec.EllipticCurvePrivateKey, origin: str, subject: str, now: datetime
) -> str:
    """Return the header `Authorization` for one push service.

    `subject`: `mailto:` or `https:`, whom its operator may write to.
    """
    claims = {"aud": origin, "exp": int((now + LASTS).timestamp()), "sub": subject}
    signed = f"{_encoded(_HEADER)}.{_encoded(msgspec.json.encode(claims))}"
    r, s = decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(SHA256())))
    token = f"{signed}.{_encoded(r.to_bytes(_BYTES) + s.to_bytes(_BYTES))}"
    return f"vapid t={token}, k={public_of(key)}"


def _encoded(plain: bytes) -> str:
    return urlsafe_b64encode(plain).rstrip(b"=").decode()

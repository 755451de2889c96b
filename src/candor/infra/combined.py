"""Messages of libsodium's combined mode: an Ed25519 signature of 64 bytes, then what was signed.

So the Data Rights Protocol sends its bodies: base64, as text. Nothing is read before the signature
holds. Only opening: Candor is the side that is asked.
"""

from base64 import b64decode
from binascii import Error as NotBase64
from typing import ClassVar, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from candor.kernel.errors import Kind, Refused

_SIGNATURE: Final = 64


class NotSigned(Refused):
    """This was not signed with the key of its sender."""

    code: ClassVar[str] = "drp.not_signed"
    kind: ClassVar[Kind] = Kind.FORBIDDEN
    default_hint: ClassVar[str] = (
        "base64(Ed25519 signature ‖ JSON), signed with the agent's key."
    )


def opened(verify_key: bytes, text: bytes) -> bytes:
    """Return what was signed.

    Raises:
        NotSigned: not base64, too short, or not signed with this key.
    """
    try:
        raw = b64decode(b"".join(text.split()), validate=True)
        signature, message = raw[:_SIGNATURE], raw[_SIGNATURE:]
        Ed25519PublicKey.from_public_bytes(verify_key).verify(signature, message)
    except (NotBase64, ValueError, InvalidSignature):
        raise NotSigned from None
    return message

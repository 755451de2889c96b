"""Signed statements: JSON Web Signatures in their compact form, with Ed25519 and nothing else.

RFC 7515 with the algorithm of RFC 8037 and RFC 9864, keys as RFC 7517, named by their RFC 7638
thumbprint. Deliberately not a library of JOSE: most of one is the choice of algorithms, and most
of what ever went wrong with this format is that choice (`none`, a public key taken for a shared
secret). Here there is nothing to choose, and what is left are forty lines on top of
`cryptography`.

Reading is strict: one spelling for each statement. A changed character is refused even where
lenient decoders would not notice it (spare bits of base64, spaces in JSON).
"""

import hashlib
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from candor.kernel.errors import Refused

ALGORITHM: Final = "Ed25519"
_KEY_BYTES: Final = 32
_SIGNATURE_BYTES: Final = 64
_LONGEST: Final = 1 << 20  # characters; no statement of ours is near it
_ALPHABET: Final = re.compile(r"[A-Za-z0-9_-]*")


class Flaw(StrEnum):
    """What is wrong with a statement."""

    MALFORMED = "malformed"
    WRONG_ALGORITHM = "wrong_algorithm"
    WRONG_TYPE = "wrong_type"
    UNKNOWN_KEY = "unknown_key"
    WRONG_SIGNATURE = "wrong_signature"
    NOT_CANONICAL = "not_canonical"


class BadSignature(Refused):
    """This is not what was signed."""

    code: ClassVar[str] = "jws.bad_signature"
    default_hint: ClassVar[str] = "Ask for a fresh copy from where it came from."

    def __init__(self, flaw: Flaw, message: str, hint: str | None = None) -> None:
        """Take what is wrong, and the same in words."""
        self.flaw = flaw
        super().__init__(message, hint=hint)


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The protected header; nothing else may stand in it."""

    alg: str
    kid: str = ""
    typ: str = ""


class PublicKey(msgspec.Struct, frozen=True, omit_defaults=True):
    """A public key as a JSON Web Key (RFC 8037, 2)."""

    kty: str
    crv: str
    x: str
    kid: str = ""
    alg: str = ""
    use: str = ""

    @property
    def thumbprint(self) -> str:
        """Return the name of the key (RFC 7638): it follows from the key itself."""
        members = {"crv": self.crv, "kty": self.kty, "x": self.x}
        canonical = json.dumps(members, separators=(",", ":"), sort_keys=True)
        return encode(hashlib.sha256(canonical.encode()).digest())


class KeySet(msgspec.Struct, frozen=True):
    """Public keys as they are published (RFC 7517, 5); of other kinds than ours, too."""

    keys: tuple[PublicKey, ...]


@dataclass(frozen=True, slots=True)
class Signed:
    """A statement whose signature holds."""

    header: Header
    payload: bytes


class Signer:
    """Signs with one key."""

    def __init__(self, seed: bytes) -> None:
        """Take the secret: 32 bytes."""
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        x = encode(self._private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))
        bare = PublicKey(kty="OKP", crv="Ed25519", x=x)
        self.public = msgspec.structs.replace(
            bare, kid=bare.thumbprint, alg=ALGORITHM, use="sig"
        )

    def sign(self, payload: bytes, *, kind: str) -> str:
        """Return a statement of a kind (`typ`). The same payload gives the same characters."""
        header = Header(alg=ALGORITHM, kid=self.public.kid, typ=kind)
        signed = f"{encode(msgspec.json.encode(header))}.{encode(payload)}"
        return f"{signed}.{encode(self._private.sign(signed.encode()))}"


def opened(compact: str, keys: Mapping[str, PublicKey], *, kind: str) -> Signed:
    """Return what was signed, if one of these keys signed exactly this.

    Args:
        compact: the statement, without space around it.
        keys: trusted public keys by their thumbprint; see `named`.
        kind: the only `typ` that is accepted.

    Raises:
        BadSignature: with the first flaw that was found.
    """
    head, body, signature = _parts(compact)
    header = _header(head)
    if header.alg != ALGORITHM:
        message = f"It claims the algorithm {header.alg[:20]!r}; only {ALGORITHM} is accepted."
        raise BadSignature(Flaw.WRONG_ALGORITHM, message)
    if header.typ != kind:
        message = f"It is no {kind} but something else ({header.typ[:40]!r})."
        raise BadSignature(Flaw.WRONG_TYPE, message)
    key = keys.get(header.kid)
    if key is None:
        raise BadSignature(
            Flaw.UNKNOWN_KEY,
            f"It names a key that is not among the {len(keys)} given ({header.kid[:43]!r}).",
            "Fetch the keys again from the company's own address: /.well-known/candor-keys.json",
        )
    verify(key, f"{head}.{body}".encode(), decoded(signature))
    return Signed(header, decoded(body))


def verify(key: PublicKey, message: bytes, signature: bytes) -> None:
    """Check a bare signature (RFC 8032).

    Raises:
        BadSignature: it does not hold, or the key is not one.
    """
    raw = decoded(key.x)
    if key.kty != "OKP" or key.crv != "Ed25519" or len(raw) != _KEY_BYTES:
        raise BadSignature(Flaw.UNKNOWN_KEY, "The key is not an Ed25519 key.")
    if len(signature) != _SIGNATURE_BYTES:
        raise BadSignature(Flaw.MALFORMED, "The signature is not 64 bytes long.")
    try:
        Ed25519PublicKey.from_public_bytes(raw).verify(signature, message)
    except InvalidSignature:
        raise BadSignature(
            Flaw.WRONG_SIGNATURE, "The signature does not fit: something was changed."
        ) from None


def named(keys: KeySet) -> dict[str, PublicKey]:
    """Return the Ed25519 keys of a set by their thumbprint, whatever `kid` they carry."""
    return {
        key.thumbprint: key for key in keys.keys if (key.kty, key.crv) == ("OKP", "Ed25519")
    }


def encode(raw: bytes) -> str:
    """Return base64url without padding (RFC 7515, 2)."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """Return the bytes of base64url without padding, if it is spelt in the one right way.

    Raises:
        BadSignature: it is not, or has bits to spare that are not zero.
    """
    if not _ALPHABET.fullmatch(text) or len(text) % 4 == 1:
        raise BadSignature(Flaw.MALFORMED, "A part of it is not base64url.")
    raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if encode(raw) != text:
        raise BadSignature(
            Flaw.MALFORMED, "A part of it is spelt in another way than it should."
        )
    return raw


def _parts(compact: str) -> tuple[str, str, str]:
    parts = compact.split(".") if len(compact) <= _LONGEST else []
    if len(parts) != 3:
        message = "It is not a signed statement: three parts with dots between them."
        raise BadSignature(Flaw.MALFORMED, message)
    return parts[0], parts[1], parts[2]


def _header(part: str) -> Header:
    raw = decoded(part)
    try:
        header = msgspec.json.decode(raw, type=Header)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise BadSignature(Flaw.MALFORMED, "Its header cannot be read.") from None
    if msgspec.json.encode(header) != raw:
        message = "Its header is spelt in another way than it should."
        raise BadSignature(Flaw.NOT_CANONICAL, message)
    return header

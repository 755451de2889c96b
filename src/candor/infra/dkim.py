"""Signing mail: DKIM (RFC 6376), by RSA and by Ed25519 (RFC 8463), relaxed/relaxed.

What must not be changed on the way is signed, and signed once more than it occurs ("oversigned",
RFC 6376 8.15): nobody adds a second Subject, or a List-Unsubscribe, that would pass as ours. Every
message gets both signatures: who does not know Ed25519 yet holds on to RSA.

Our own signer, held against dkimpy in the tests: that library computes RSA in Python itself, slowly
and not in constant time; here OpenSSL does. Verifying is no business of ours.
"""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

RSA_BITS: Final = (
    2048  # RFC 8301 asks for 1024 at least; a 4096-bit record is cut by many servers
)
_EXPONENT: Final = 65_537
# What is signed once more than it occurs; RFC 6376 5.4.1 and 8.15, RFC 8058 4.
OVERSIGNED: Final = (
    "from", "to", "cc", "subject", "date", "reply-to", "message-id", "in-reply-to", "references",
    "mime-version", "content-type", "content-transfer-encoding", "list-id", "list-help",
    "list-unsubscribe", "list-unsubscribe-post", "feedback-id", "auto-submitted",
)  # fmt: skip
_BLANKS: Final = re.compile(rb"[ \t]+")
_LINE: Final = 72  # signs of a folded line
_RECORD: Final = 250  # octets of one string of a TXT record, 255 at most (RFC 1035 3.3.14)

PrivateKey = RSAPrivateKey | Ed25519PrivateKey


class NotAKey(ValueError):
    """This is not a private key that mail can be signed with."""


@dataclass(frozen=True, slots=True)
class Signer:
    """A key, and where its public half stands: `{selector}._domainkey.{domain}`."""

    domain: str
    selector: str
    key: PrivateKey

    @property
    def algorithm(self) -> str:
        """Return its name in a signature."""
        return "rsa-sha256" if isinstance(self.key, RSAPrivateKey) else "ed25519-sha256"

    @property
    def record_name(self) -> str:
        """Return the name of the DNS record."""
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def record(self) -> str:
        """Return the text of the DNS record (RFC 6376 3.6.1, RFC 8463 4)."""
        public = self.key.public_key()
        if isinstance(self.key, RSAPrivateKey):
            kind = "rsa"
            raw = public.public_bytes(
                serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
            )
        else:
            kind = "ed25519"
            raw = public.public_bytes(
                serialization.Encoding.Raw, serialization.PublicFormat.Raw
            )
        return f"v=DKIM1; k={kind}; p={base64.b64encode(raw).decode()}"


def make_rsa() -> str:
    """Make a key of RSA, as PEM; takes about 100 ms."""
    return _pem(generate_private_key(_EXPONENT, RSA_BITS))


def make_ed25519() -> str:
    """Make a key of Ed25519, as PEM."""
    return _pem(Ed25519PrivateKey.generate())


def read_key(pem: str) -> PrivateKey:
    """Read a private key.

    Raises:
        NotAKey: it is none of RSA with at least 2048 bits, nor of Ed25519.
    """
    try:
        key = serialization.load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError):
        raise NotAKey from None
    if isinstance(key, Ed25519PrivateKey):
        return key
    if isinstance(key, RSAPrivateKey) and key.key_size >= RSA_BITS:
        return key
    raise NotAKey


def zone_line(name: str, text: str) -> str:
    """Return a TXT record as a zone file has it: long texts in several strings."""
    parts = [text[at : at + _RECORD] for at in range(0, len(text), _RECORD)]
    return f"{name}. IN TXT " + " ".join(f'"{part}"' for part in parts)


def sign(message: bytes, signers: Sequence[Signer], at: datetime) -> bytes:
    """Return a message with one signature of each signer before it.

    Lines end in CRLF, as they will go over the wire; what is changed after this is not signed.
    """
    head, _, body = message.partition(b"\r\n\r\n")
    fields = _fields(head)
    digest = base64.b64encode(sha256(relaxed_body(body)).digest()).decode()
    names = _signed_names(fields)
    lines = [_signature(fields, names, digest, signer, at) for signer in signers]
    return b"".join(lines) + message


def relaxed_body(body: bytes) -> bytes:
    """Return a body as it is hashed (RFC 6376 3.4.4)."""
    lines = [_BLANKS.sub(b" ", line).rstrip(b" ") for line in body.split(b"\r\n")]
    while lines and not lines[-1]:
        lines.pop()
    return b"".join(line + b"\r\n" for line in lines)


def relaxed_header(field: bytes) -> bytes:
    """Return a header field as it is hashed, without a line end (RFC 6376 3.4.2)."""
    name, _, value = field.partition(b":")
    unfolded = value.replace(b"\r\n", b"")
    return name.strip().lower() + b":" + _BLANKS.sub(b" ", unfolded).strip()


def _fields(head: bytes) -> list[bytes]:
    """Return the header fields of a message, folded as they stand there."""
    fields: list[bytes] = []
    for line in head.split(b"\r\n"):
        if line[:1] in {b" ", b"\t"} and fields:
            fields[-1] += b"\r\n" + line
        else:
            fields.append(line)
    return fields


def _name(field: bytes) -> str:
    return field.partition(b":")[0].strip().lower().decode("ascii", "replace")


def _signed_names(fields: Sequence[bytes]) -> list[str]:
    """Return what is signed: as often as it occurs, and once more."""
    present = [_name(field) for field in fields]
    return [name for one in OVERSIGNED for name in [one] * (present.count(one) + 1)]


def _signature(
    fields: Sequence[bytes], names: Sequence[str], digest: str, signer: Signer, at: datetime
) -> bytes:
    """Return one DKIM-Signature field with its line end."""
    tags = (
        f"v=1; a={signer.algorithm}; c=relaxed/relaxed; d={signer.domain}; s={signer.selector};",
        f" t={int(at.timestamp())};",
        *_folded_names(names),
        f" bh={digest};",
        " b=",
    )
    unsigned = ("DKIM-Signature: " + "\r\n".join(tags)).encode()
    left = list(fields)
    hashed: list[bytes] = []
    for name in names:  # from the last to the first of each name (RFC 6376 5.4.2)
        place = next((i for i in reversed(range(len(left))) if _name(left[i]) == name), None)
        if place is not None:
            hashed.append(relaxed_header(left.pop(place)) + b"\r\n")
    signed = _signed(signer.key, b"".join(hashed) + relaxed_header(unsigned))
    text = base64.b64encode(signed).decode()
    parts = [text[i : i + _LINE] for i in range(0, len(text), _LINE)]
    return unsigned + "\r\n ".join(parts).encode() + b"\r\n"


def _folded_names(names: Sequence[str]) -> list[str]:
    """Return the tag `h=` in lines that are not too long."""
    lines, line = list[str](), " h="
    for name in names:
        if len(line) + len(name) > _LINE:
            lines.append(line)
            line = "  "
        line += f"{name}:"
    return [*lines, f"{line[:-1]};"]


def _signed(key: PrivateKey, data: bytes) -> bytes:
    if isinstance(key, RSAPrivateKey):
        return key.sign(data, padding.PKCS1v15(), hashes.SHA256())
    return key.sign(sha256(data).digest())  # RFC 8463 3: over the hash, not over the data


def _pem(key: PrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()

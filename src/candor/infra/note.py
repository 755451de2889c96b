"""Signed notes (c2sp.org/signed-note): a text with signatures under it, with Ed25519.

A note is text that ends with a line feed, an empty line, and one line per signature: an em dash,
the name of the key, and base64 of four bytes that name the key followed by the signature. A
verifier is known by its `vkey`: name, those four bytes in hexadecimal, and the key.

Reading is strict where the format is: unknown signatures are passed over, a known key whose
signature does not hold makes the note worthless.
"""

import hashlib
import re
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from candor.kernel.errors import Refused

_ED25519: Final = b"\x01"
_ID_BYTES: Final = 4
_SIGNATURE_BYTES: Final = 64
_KEY_BYTES: Final = 32
_MOST: Final = 100  # signatures; the format asks for sixteen at least
_NAME: Final = re.compile(r"[^\s+\x00-\x1f]{1,255}")
_LINE: Final = re.compile(r"— (?P<name>[^ ]+) (?P<blob>[A-Za-z0-9+/]+={0,2})")
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f]")


class BadNote(Refused):
    """This is no note that one of the known keys signed."""

    code: ClassVar[str] = "note.bad"
    default_hint: ClassVar[str] = "Ask for a fresh copy from where it came from."


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key under a name."""

    name: str
    key: bytes

    @property
    def key_id(self) -> bytes:
        """Return the four bytes that name the key in a signature."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.key).digest()[
            :_ID_BYTES
        ]

    @property
    def vkey(self) -> str:
        """Return how the key is published: `name+id+key`."""
        blob = b64encode(_ED25519 + self.key).decode()
        return f"{self.name}+{self.key_id.hex()}+{blob}"

    def is_signed(self, text: str, signature: bytes) -> bool:
        """Tell whether a signature is this key's under this text."""
        try:
            Ed25519PublicKey.from_public_bytes(self.key).verify(signature, text.encode())
        except InvalidSignature:
            return False
        return True


class NoteSigner:
    """Signs notes with one key under one name."""

    def __init__(self, name: str, seed: bytes) -> None:
        """Take the name of the key, and the secret: 32 bytes.

        Raises:
            BadNote: the name has a space, a plus or a control character in it.
        """
        if not _NAME.fullmatch(name):
            raise BadNote("The name of a key has no spaces and no plus.")
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        public = self._private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.verifier = Verifier(name, public)

    def sign(self, text: str) -> str:
        """Return a note. The same text gives the same characters.

        Raises:
            BadNote: the text does not end with a line feed, or has a control character.
        """
        if not text.endswith("\n") or _CONTROL.search(text):
            raise BadNote("A note ends with a line feed and has no control characters.")
        blob = self.verifier.key_id + self._private.sign(text.encode())
        return f"{text}\n— {self.verifier.name} {b64encode(blob).decode()}\n"


def verifier_of(vkey: str) -> Verifier:
    """Return the key that a `vkey` publishes.

    Raises:
        BadNote: not one, of another kind, or its short form does not fit.
    """
    name, _, rest = vkey.strip().partition("+")
    short, _, blob = rest.partition("+")
    try:
        raw = b64decode(blob, validate=True)
    except NotBase64:
        raise BadNote("The key cannot be read.") from None
    found = Verifier(name, raw[1:])
    if raw[:1] != _ED25519 or len(raw) != 1 + _KEY_BYTES or not _NAME.fullmatch(name):
        raise BadNote("The key is no Ed25519 key of a signed note.")
    if found.key_id.hex() != short:
        raise BadNote("The key does not fit its short form.")
    return found


def opened(note: str, verifiers: Iterable[Verifier]) -> str:
    """Return the text of a note that at least one of these keys signed.

    Raises:
        BadNote: malformed, signed by none of them, or with a signature of one that is wrong.
    """
    text, signatures = _parts(note)
    known = {(one.name, one.key_id): one for one in verifiers}
    found = False
    for name, blob in signatures:
        verifier = known.get((name, blob[:_ID_BYTES]))
        if verifier is None:
            continue
        signature = blob[_ID_BYTES:]
        if len(signature) != _SIGNATURE_BYTES or not verifier.is_signed(text, signature):
            raise BadNote("The signature does not fit: something was changed.")
        found = True
    if not found:
        raise BadNote("It is not signed by any of the known keys.")
    return text


def names_in(note: str) -> list[str]:
    """Return the names of the keys that signatures of a note claim to be of.

    Raises:
        BadNote: malformed.
    """
    return [name for name, _ in _parts(note)[1]]


def _parts(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    text, gap, rest = note.rpartition("\n\n")
    if not gap or not rest.endswith("\n") or _CONTROL.search(note):
        raise BadNote("It is no signed note.")
    lines = rest[:-1].split("\n")
    if not 0 < len(lines) <= _MOST:
        raise BadNote("It has no signature, or far too many.")
    return text + "\n", [_signature(line) for line in lines]


def _signature(line: str) -> tuple[str, bytes]:
    found = _LINE.fullmatch(line)
    try:
        blob = b64decode(found["blob"], validate=True) if found else b""
    except NotBase64:
        blob = b""
    if found is None or len(blob) <= _ID_BYTES or b64encode(blob).decode() != found["blob"]:
        raise BadNote("A line of its signatures cannot be read.")
    return found["name"], blob

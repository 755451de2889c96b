"""Coming back after an erasure: where the address is that the code is sent to.

No profile has it any more, so the ceremony holds it, sealed (AES-256-GCM) under a key that the
database never sees, for the minutes in which the code counts; it is swept with the ceremony.
"""

import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from candor.domain.access.errors import CeremonyOver
from candor.domain.access.model.ceremony import Ceremony
from candor.infra.keyring import KeyProvider
from candor.kernel.pii import Pii

_KEY: Final = "coming back"
_CONTEXT: Final = b"address\x00"
_NONCE_BYTES: Final = 12


def sealed(keyring: KeyProvider, address: Pii[str]) -> bytes:
    """Return an address as a ceremony holds it."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    box = AESGCM(keyring.fixed_key(_KEY))
    return nonce + box.encrypt(nonce, address.reveal().encode(), _CONTEXT)


def address_in(keyring: KeyProvider, ceremony: Ceremony) -> Pii[str]:
    """Return the address that a ceremony is about.

    Raises:
        CeremonyOver: it holds none, or another than was sealed.
    """
    nonce, text = ceremony.secret[:_NONCE_BYTES], ceremony.secret[_NONCE_BYTES:]
    try:
        opened = AESGCM(keyring.fixed_key(_KEY)).decrypt(nonce, text, _CONTEXT)
    except (InvalidTag, ValueError):
        raise CeremonyOver from None
    return Pii(opened.decode())

"""The second factor of staff: codes of an authenticator app, none of which counts twice.

A seed is sealed (AES-256-GCM, bound to its owner) under a key that the database never sees.
"""

import secrets
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from candor.domain.access.errors import FactorTampered
from candor.domain.access.model import totp as codes
from candor.domain.access.queries import factors as stored
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.keyring import KeyProvider
from candor.kernel.clock import Clock

_KEY: Final = "staff factors"
_NONCE_BYTES: Final = 12


def make_seed() -> bytes:
    """Return a fresh seed of 160 random bits."""
    return secrets.token_bytes(codes.SEED_BYTES)


def seal(keyring: KeyProvider, staff_id: UUID, seed: bytes) -> bytes:
    """Return a seed as it is kept."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(keyring.fixed_key(_KEY)).encrypt(nonce, seed, staff_id.bytes)


def unseal(keyring: KeyProvider, staff_id: UUID, sealed: bytes) -> bytes:
    """Return the seed.

    Raises:
        FactorTampered: it is not what was sealed for this person.
    """
    nonce, text = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    try:
        return AESGCM(keyring.fixed_key(_KEY)).decrypt(nonce, text, staff_id.bytes)
    except (InvalidTag, ValueError):
        raise FactorTampered from None


async def keep(tx: Tx, staff_id: UUID, sealed: bytes, *, step: int, clock: Clock) -> None:
    """Keep an app that a first code confirmed; that code is used up, a former app forgotten."""
    await stored.put_totp(tx, staff_id=staff_id, sealed=sealed, step=step, at=clock.now())


async def has(tx: ReadTx, staff_id: UUID) -> bool:
    """Tell whether somebody has an app."""
    return await stored.find_totp(tx, staff_id=staff_id) is not None


async def accept(
    tx: Tx, staff_id: UUID, code: str, *, keyring: KeyProvider, clock: Clock
) -> bool:
    """Tell whether a code is right and was not used before; it is used up then.

    The row is locked: of two who send one code at once, one is right.

    Raises:
        FactorTampered: the seed was changed from outside.
    """
    found = await stored.find_totp(tx, staff_id=staff_id)
    if found is None:
        return False
    seed = unseal(keyring, staff_id, found.sealed)
    step = codes.matching_step(seed, codes.digits_of(code), clock.now(), found.last_step)
    if step is None:
        return False
    return await stored.use_step(tx, staff_id=staff_id, step=step, sealed=found.sealed) == 1

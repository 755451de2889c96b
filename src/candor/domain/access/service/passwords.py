"""Passwords of staff: Argon2id under a key that the database never sees.

A verifier is `1:` (the number of the key) and the encoded Argon2id hash of HMAC-SHA256 of the
password: whoever has the database alone can try nothing. Hashing costs 64 MiB and a tenth of a
second, so it runs in threads, two at once, few in the queue: a flood of sign-ins cannot take the
memory of the machine. An unknown name costs the same as a known one.
"""

import asyncio
import hmac
import secrets
from base64 import b64encode
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type

from candor.domain.access.errors import PasswordRefused, SignInBusy
from candor.domain.access.model.password import LONGEST, Weakness, normalised, weakness

T = TypeVar("T")

_KEY_NUMBER: Final = "1:"
_AT_ONCE: Final = 2  # times the memory of one
_QUEUE: Final = 40
_SALT_BYTES: Final = 16
_HASH_BYTES: Final = 32
_WORDS: Final[Mapping[Weakness, tuple[str, str]]] = {
    Weakness.SHORT: (
        "This password is too short.",
        "Use 12 characters or more: four or five unrelated words are easy to keep.",
    ),
    Weakness.LONG: ("This password is too long.", "256 characters are the most."),
    Weakness.COMMON: (
        "This password was seen in leaks, so attackers try it first.",
        "Let a password manager make one, or take four or five unrelated words.",
    ),
    Weakness.CONTEXT: (
        "This password holds your name, our name or another word that is guessed first.",
        "Leave out names of people, of the company and of this program.",
    ),
    Weakness.GUESSABLE: (
        "This password is easy to guess.",
        "Let a password manager make one, or take four or five unrelated words.",
    ),
}


@dataclass(frozen=True, slots=True)
class Cost:
    """What one guess costs: RFC 9106 passes, memory and lanes."""

    passes: int
    memory_kib: int
    lanes: int


# More than ASVS 5.0 appendix C asks (2 passes over 19 MiB).
STRONG: Final = Cost(passes=3, memory_kib=64 * 1024, lanes=1)


class Passwords:
    """Makes verifiers and holds passwords against them; one per process."""

    def __init__(self, key: bytes, cost: Cost = STRONG) -> None:
        """Take the key that is mixed in, and what a hash costs."""
        self._key = key
        self._hasher = PasswordHasher(
            time_cost=cost.passes,
            memory_cost=cost.memory_kib,
            parallelism=cost.lanes,
            hash_len=_HASH_BYTES,
            salt_len=_SALT_BYTES,
            type=Type.ID,
        )
        # Of no password: what an unknown name is held against, at the same cost.
        self._nobody = (
            f"$argon2id$v=19$m={cost.memory_kib},t={cost.passes},p={cost.lanes}"
            f"${_unpadded(_SALT_BYTES)}${_unpadded(_HASH_BYTES)}"
        )
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._waiting = 0

    async def verifier(self, password: str) -> str:
        """Return what is kept of a password.

        Raises:
            SignInBusy: too many wait for their turn.
        """
        mixed = self._mixed(password)
        return _KEY_NUMBER + await self._in_turn(lambda: self._hasher.hash(mixed))

    async def matches(self, password: str, verifier: str | None) -> bool:
        """Tell whether a password is the right one; None costs the same and is never right.

        Raises:
            SignInBusy: too many wait for their turn.
        """
        kept = (verifier or "").removeprefix(_KEY_NUMBER) or self._nobody
        mixed = self._mixed(password[: LONGEST + 1])  # one more than any: as wrong as the whole

        def held_against() -> bool:
            try:
                return self._hasher.verify(kept, mixed)
            except (VerificationError, InvalidHashError):
                return False

        is_right = await self._in_turn(held_against)
        return is_right and verifier is not None and len(password) <= LONGEST

    async def renewed(self, password: str, verifier: str | None) -> str | None:
        """Return a verifier at today's cost for a right password; None: it has one.

        Raises:
            SignInBusy: too many wait for their turn.
        """
        kept = (verifier or "").removeprefix(_KEY_NUMBER)
        if not kept or not self._hasher.check_needs_rehash(kept):
            return None
        return await self.verifier(password)

    def _mixed(self, password: str) -> bytes:
        text = normalised(password).encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, text, "sha256")

    async def _in_turn(self, work: Callable[[], T]) -> T:
        if self._waiting >= _QUEUE:
            raise SignInBusy
        self._waiting += 1
        try:
            async with self._turns:
                return await asyncio.to_thread(work)
        finally:
            self._waiting -= 1


async def refuse_weak(password: str, context: Collection[str]) -> None:
    """Let a password pass that is good enough.

    Raises:
        PasswordRefused: it is not, and why.
    """
    found = await asyncio.to_thread(weakness, password, context)
    if found is not None:
        message, hint = _WORDS[found]
        raise PasswordRefused(message, hint=hint)


def _unpadded(size: int) -> str:
    return b64encode(secrets.token_bytes(size)).rstrip(b"=").decode()

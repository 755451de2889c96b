"""P19: values of 256 bytes sealed and opened per second on one core, keys in memory.

Beside it: `AESGCM` in a bare loop over the same keys and values, with a fresh random nonce for
each (without one nothing is sealed) and associated data of the same length. A thousand subject
keys take turns, as they do at the door.
"""

import os
from collections.abc import Callable, Sequence
from time import process_time
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bench.result import Baseline, Figure, Goal
from candor.domain.vault.model import Place, SubjectKey

_FULL, _SHORT = 400_000, 40_000
_KEYS: Final = 1_000
_VALUE: Final = bytes(range(256))
_PREFIX: Final = Place("collect.event", "sealed").prefix()
_ROW: Final = bytes(16)
_AAD: Final = _PREFIX + bytes(16) + _ROW
Work = Callable[[], None]


def measure(*, is_short: bool) -> list[Figure]:
    """Measure sealing and opening, each in turn with the bare loop."""
    rounds = (_SHORT if is_short else _FULL) // _KEYS
    raw = [os.urandom(32) for _ in range(_KEYS)]
    keys = [SubjectKey(UUID(int=place + 1), key) for place, key in enumerate(raw)]
    bare = [AESGCM(key) for key in raw]
    return [_sealed(keys, bare, rounds), _opened(keys, bare, rounds)]


def _sealed(keys: Sequence[SubjectKey], bare: Sequence[AESGCM], rounds: int) -> Figure:
    def ours() -> None:
        for key in keys:
            key.seal(_PREFIX, _VALUE, _ROW)

    def theirs() -> None:
        for aes in bare:
            aes.encrypt(os.urandom(12), _VALUE, _AAD)

    return _beside("values of 256 B sealed", ours, theirs, rounds)


def _opened(keys: Sequence[SubjectKey], bare: Sequence[AESGCM], rounds: int) -> Figure:
    sealed = [(key, key.seal(_PREFIX, _VALUE, _ROW)) for key in keys]
    nonces = [os.urandom(12) for _ in bare]
    locked = [
        (aes, nonce, aes.encrypt(nonce, _VALUE, _AAD))
        for aes, nonce in zip(bare, nonces, strict=True)
    ]

    def ours() -> None:
        for key, value in sealed:
            key.unseal(_PREFIX, value, _ROW)

    def theirs() -> None:
        for aes, nonce, value in locked:
            aes.decrypt(nonce, value, _AAD)

    return _beside("values of 256 B opened", ours, theirs, rounds)


def _beside(name: str, ours: Work, theirs: Work, rounds: int) -> Figure:
    runs: list[float] = []
    bare: list[float] = []
    for _ in range(3):
        bare.append(_rate(theirs, rounds))
        runs.append(_rate(ours, rounds))
    loop = Baseline("AESGCM in a bare loop", bare)
    return Figure("P19", name, "values/s per core", runs, Goal(ratio_at_least=0.5), loop)


def _rate(work: Work, rounds: int) -> float:
    began = process_time()
    for _ in range(rounds):
        work()
    return rounds * _KEYS / (process_time() - began)

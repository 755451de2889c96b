"""Amounts with their unit, and masks of purposes, topics and channels."""

from collections.abc import Iterable, Iterator
from typing import Final

MINOR_PER_MAJOR: Final = 100
MAX_PURPOSES: Final = 63  # bits of a signed 64-bit integer that PostgreSQL compares quickly
MAX_TOPICS: Final = 63  # the same
MAX_CHANNELS: Final = 31  # bits of a signed 32-bit integer


def mask_of(bits: Iterable[int]) -> int:
    """Return the bit mask that has these bits set. Bits are 0 to 62."""
    mask = 0
    for bit in bits:
        mask |= 1 << bit
    return mask


def bits_of(mask: int) -> Iterator[int]:
    """Yield the set bits of a mask, lowest first."""
    bit = 0
    while mask:
        if mask & 1:
            yield bit
        mask >>= 1
        bit += 1

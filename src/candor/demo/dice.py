"""Chance that always falls the same way.

A `Dice` is keyed by what it decides about ("card", household 17), so that a decision never
depends on the order in which others were made: the first 50 households get the same people,
whether 50 or 2,469 are generated. SplitMix64 (Steele, Lea, Flood 2014) seeded by BLAKE2b.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Final, TypeVar

T = TypeVar("T")

SEED: Final = b"nordmarkt-1"  # another seed is another company
_WORD: Final = (1 << 64) - 1
_LETTERS: Final = bytes.maketrans(b"0123456789abcdef", b"ghjkmnpqrsabcdef")


def _digest(key: tuple[object, ...], size: int) -> "blake2b":
    return blake2b("\x1f".join(map(str, key)).encode(), digest_size=size, key=SEED)


def name_of(*key: object) -> str:
    """Return 20 letters that stand for this key: stable, and free of digits.

    Deliberately no digits: sixteen in a row could look like a card number to the door.
    """
    return _digest(key, 10).hexdigest().encode().translate(_LETTERS).decode()


class Dice:
    """A stream of even chances that belongs to one key."""

    __slots__ = ("_state",)

    def __init__(self, *key: object) -> None:
        """Start the stream of a key: a few words and numbers that name what is decided."""
        self._state = int.from_bytes(_digest(key, 8).digest())

    def _next(self) -> int:
        self._state = (self._state + 0x9E3779B97F4A7C15) & _WORD
        mixed = self._state
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _WORD
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _WORD
        return mixed ^ (mixed >> 31)

    def share(self) -> float:
        """Return a number from 0 up to, not including, 1."""
        return (self._next() >> 11) / (1 << 53)

    def chance(self, probability: float) -> bool:
        """Tell whether something of this probability happens."""
        return self.share() < probability

    def below(self, end: int) -> int:
        """Return a whole number from 0 up to, not including, `end`."""
        return self._next() % end

    def between(self, first: int, last: int) -> int:
        """Return a whole number from `first` to `last`, both included."""
        return first + self._next() % (last - first + 1)

    def pick(self, options: Sequence[T]) -> T:
        """Return one of the options, each as likely as the others."""
        return options[self._next() % len(options)]

    def weighted(self, options: Sequence[tuple[T, float]]) -> T:
        """Return one of the options by weight. Weights add up to what they add up to."""
        point = self.share() * sum(weight for _, weight in options)
        for option, weight in options:
            point -= weight
            if point < 0:
                return option
        return options[-1][0]

    def digits(self, count: int) -> str:
        """Return this many decimal digits."""
        return "".join(str(self._next() % 10) for _ in range(count))

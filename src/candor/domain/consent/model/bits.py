"""Strings of bits as the consent frameworks of the IAB write them: base64url of big-endian fields.

Nothing here trusts its input: what cannot be read raises `Unreadable` with a word that says why,
and never another error. Numbers are read most significant bit first. Fibonacci words (GPP) are
sums of Fibonacci numbers, lowest first, closed by a second 1 in a row.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import lcm
from typing import Final

from candor.domain.consent.errors import Unreadable

MAX_SIGNS: Final = 8_192  # of a whole string, as long as the database keeps
_ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_SIX: Final = {sign: format(value, "06b") for value, sign in enumerate(_ALPHABET)}
_SIGN: Final = {six: sign for sign, six in _SIX.items()}
_MOST_PADDING: Final = 24  # bits; encoders fill up to 6, 8 or 24
_LONGEST_WORD: Final = 24  # bits of a Fibonacci word, which is over 46,000
_ONES: Final = re.compile("1+")
_FIBONACCI: Final = [1, 2]
while len(_FIBONACCI) < _LONGEST_WORD:
    _FIBONACCI.append(_FIBONACCI[-1] + _FIBONACCI[-2])


@dataclass(frozen=True, slots=True)
class Spans:
    """A set of positive numbers, as runs from first to last, ascending and apart.

    A string of a few bytes may name 65,535 vendors: runs cost what was written, not what it means.
    """

    runs: tuple[tuple[int, int], ...] = ()

    @classmethod
    def of(cls, numbers: Iterable[int]) -> "Spans":
        """Return the runs of some numbers."""
        runs: list[tuple[int, int]] = []
        for number in sorted(set(numbers)):
            if runs and runs[-1][1] == number - 1:
                runs[-1] = (runs[-1][0], number)
            else:
                runs.append((number, number))
        return cls(tuple(runs))

    def __contains__(self, number: int) -> bool:
        """Tell whether a number is among them."""
        return any(first <= number <= last for first, last in self.runs)

    def __iter__(self) -> Iterator[int]:
        """Yield the numbers, ascending."""
        for first, last in self.runs:
            yield from range(first, last + 1)

    @property
    def greatest(self) -> int:
        """Return the greatest number; 0 of none."""
        return self.runs[-1][1] if self.runs else 0


class BitReader:
    """Reads fields off a base64url text, one after the other."""

    def __init__(self, text: str) -> None:
        """Take a text without its dots and tildes.

        Raises:
            Unreadable: empty, or with a sign that is not of the alphabet.
        """
        if not text:
            raise Unreadable("empty")
        try:
            self._bits = "".join([_SIX[sign] for sign in text])
        except KeyError:
            raise Unreadable("alphabet") from None
        self._place = 0

    def _next(self, width: int) -> str:
        end = self._place + width
        if end > len(self._bits):
            raise Unreadable("cut_short")
        read, self._place = self._bits[self._place : end], end
        return read

    def number(self, width: int) -> int:
        """Return the number in the next bits."""
        return int(self._next(width), 2) if width else 0

    def flag(self) -> bool:
        """Return the next bit."""
        return self._next(1) == "1"

    def marked(self, width: int) -> frozenset[int]:
        """Return the places of the set bits among the next ones, counted from 1."""
        return frozenset(n for n, bit in enumerate(self._next(width), 1) if bit == "1")

    def spans(self, width: int) -> Spans:
        """Return the same as runs, for wide fields."""
        return Spans(tuple((m.start() + 1, m.end()) for m in _ONES.finditer(self._next(width))))

    def letters(self, count: int) -> str:
        """Return capital letters, six bits each."""
        values = [self.number(6) for _ in range(count)]
        if max(values) > 25:
            raise Unreadable("letters")
        return "".join(_ALPHABET[value] for value in values)

    def fibonacci(self) -> int:
        """Return the number in the next Fibonacci word."""
        end = self._bits.find("11", self._place)
        if end < 0 or end - self._place >= _LONGEST_WORD - 1:
            raise Unreadable("fibonacci")
        word = self._next(end - self._place + 1)
        self._place += 1
        return sum(_FIBONACCI[n] for n, bit in enumerate(word) if bit == "1")

    def close(self) -> None:
        """Check that only padding is left.

        Raises:
            Unreadable: something stands behind the last field.
        """
        rest = self._bits[self._place :]
        if len(rest) >= _MOST_PADDING or "1" in rest:
            raise Unreadable("trailing")


class BitWriter:
    """Writes fields one after the other. A value that does not fit is the caller's mistake."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._parts: list[str] = []

    def number(self, value: int, width: int) -> None:
        """Write a number.

        Raises:
            ValueError: it needs more bits, or is negative.
        """
        if value < 0 or value >> width:
            message = f"{value} does not fit {width} bits"
            raise ValueError(message)
        if width:
            self._parts.append(format(value, f"0{width}b"))

    def flag(self, value: bool) -> None:  # noqa: FBT001 - a bit is a boolean
        """Write one bit."""
        self._parts.append("1" if value else "0")

    def marked(self, places: Iterable[int], width: int) -> None:
        """Write a field with the bits at these places set, counted from 1."""
        bits = ["0"] * width
        for place in places:
            if not 1 <= place <= width:
                message = f"there is no bit {place} among {width}"
                raise ValueError(message)
            bits[place - 1] = "1"
        self._parts.append("".join(bits))

    def letters(self, text: str) -> None:
        """Write capital letters, six bits each."""
        for letter in text:
            self.number(_ALPHABET.index(letter.upper()), 6)

    def fibonacci(self, value: int) -> None:
        """Write a Fibonacci word of a positive number."""
        if not 0 < value < _FIBONACCI[-2]:
            message = f"{value} has no Fibonacci word here"
            raise ValueError(message)
        highest = max(n for n, number in enumerate(_FIBONACCI) if number <= value)
        word = ["0"] * (highest + 1)
        for n in range(highest, -1, -1):
            if _FIBONACCI[n] <= value:
                word[n] = "1"
                value -= _FIBONACCI[n]
        self._parts.append("".join(word) + "1")

    def text(self, *fill: int) -> str:
        """Return it as base64url, filled up with zeros to each of these multiples in turn."""
        bits = "".join(self._parts)
        for multiple in fill or (lcm(6, 8),):
            bits += "0" * (-len(bits) % multiple)
        return "".join(_SIGN[bits[n : n + 6]] for n in range(0, len(bits), 6))

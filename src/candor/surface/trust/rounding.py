"""Figures that point at nobody.

A group of fewer than ten is not shown, and neither is a share with a group of fewer than ten on
either side: next to a known total it would be the group. Other numbers are rounded to two digits,
below a hundred to tens; shares are whole per cents.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

SMALLEST: Final = 10  # people, or times
_DIGITS: Final = 2


class Say(StrEnum):
    """How a share may be said."""

    SHARE = "share"
    NEARLY_ALL = "nearly_all"
    HARDLY_ANY = "hardly_any"
    TOO_FEW = "too_few"


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a group, and how it may be said; `percent` counts for SHARE only."""

    say: Say
    percent: int = 0


def rounded(count: int) -> int | None:
    """Return a count in tens or in its first two digits; None for a small group."""
    if count < SMALLEST:
        return None
    step = max(SMALLEST, 10 ** (len(str(count)) - _DIGITS))
    return (count + step // 2) // step * step


def share(part: int, whole: int) -> Share:
    """Return a part of a whole as it may be shown."""
    rest = whole - part
    if whole < SMALLEST or (part < SMALLEST and rest < SMALLEST):
        return Share(Say.TOO_FEW)
    if rest < SMALLEST:
        return Share(Say.NEARLY_ALL)
    if part < SMALLEST:
        return Share(Say.HARDLY_ANY)
    return Share(Say.SHARE, round(100 * part / whole))

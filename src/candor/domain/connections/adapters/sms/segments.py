"""How many parts a text message is sent in: what it costs. Pure; 3GPP TS 23.038 and 23.040.

A text of the GSM alphabet has 160 signs in one part, 153 in each of several; one sign beyond it
makes the whole text UCS-2, of 70 and 67. Signs of the extension table count two, and neither those
nor a pair of surrogates is cut in half.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED: Final = frozenset("\f^{}\\[~]|€")
_GSM: Final = (160, 153)
_UCS: Final = (70, 67)
_ONE_UNIT: Final = 0xFFFF


@dataclass(frozen=True, slots=True)
class Size:
    """What a text takes."""

    segments: int
    units: int  # septets, or pairs of octets
    is_gsm: bool


def size_of(text: str) -> Size:
    """Return what a text takes; an empty one takes one part."""
    is_gsm = set(text) <= _BASIC | _EXTENDED
    units = [_septets(one) if is_gsm else _pairs(one) for one in text]
    whole, part = _GSM if is_gsm else _UCS
    total = sum(units)
    return Size(1 if total <= whole else _parts(units, part), total, is_gsm)


def _parts(units: Iterable[int], size: int) -> int:
    """Return in how many parts signs fit that are not cut."""
    parts, used = 1, 0
    for one in units:
        if used + one > size:
            parts, used = parts + 1, 0
        used += one
    return parts


def _septets(sign: str) -> int:
    return 2 if sign in _EXTENDED else 1


def _pairs(sign: str) -> int:
    return 2 if ord(sign) > _ONE_UNIT else 1

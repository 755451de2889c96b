"""Finding what must not be there: card numbers, addresses and the like inside free text.

Used at the door before anything is stored, and by the log. Recognisers err towards finding: a
false alarm masks a number, a miss stores a card (PCI DSS 3.3.1, 3.5.1). Card numbers are told
by the issuer prefixes and lengths of ISO/IEC 7812 and by Luhn; only the last four digits stay
(PCI DSS 3.4.1 allows more, nobody here needs more).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final, cast

# 13 digits or more, full-width ones too, in groups parted by single blanks or dashes of any width.
# Not the decimals of a number.
_CARD_SHAPE: Final = re.compile(
    r"(?<![0-9\uff10-\uff19])(?<![0-9]\.)[0-9\uff10-\uff19]"
    r"(?:[ \-\u00a0\u2000-\u2015\u202f\u3000]?[0-9\uff10-\uff19]){12,}"
)
# Hints find no less than the recognisers do, and much quicker where there is nothing to find.
_CARD_HINT: Final = re.compile(r"\d(?:[ \-\u00a0\u2000-\u2015\u202f\u3000]?\d){11}")
_NUMBER_HINT: Final = re.compile(r"\d(?:[^0-9A-Za-z]{0,2}\d){7}")
_IBAN_HINT: Final = re.compile(r"[A-Z]{2}\d{2}")
_TRACK: Final = re.compile(r"%?B\d{12,19}\^[^^]{2,26}\^\d{4}\S*|;?\d{12,19}[=D]\d{4}\S*")
_EMAIL: Final = re.compile(r"[A-Za-z0-9._%+\-]{1,64}@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+")
_IBAN: Final = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
_PHONE: Final = re.compile(r"(?<![\w+])(?:\+|00)[1-9](?:[ ()/.\-]{0,2}\d){7,13}(?!\d)")

_BRANDS: Final[Sequence[tuple[range, int, frozenset[int]]]] = (
    # first and last prefix, digits of the prefix, lengths of the whole number
    (range(4, 5), 1, frozenset({13, 16, 19})),  # Visa
    (range(51, 56), 2, frozenset({16})),  # Mastercard
    (range(2221, 2721), 4, frozenset({16})),  # Mastercard
    (range(34, 35), 2, frozenset({15})),  # American Express
    (range(37, 38), 2, frozenset({15})),
    (range(6011, 6012), 4, frozenset(range(16, 20))),  # Discover
    (range(644, 650), 3, frozenset(range(16, 20))),
    (range(65, 66), 2, frozenset(range(16, 20))),
    (range(300, 306), 3, frozenset(range(14, 20))),  # Diners
    (range(309, 310), 3, frozenset(range(14, 20))),
    (range(36, 37), 2, frozenset(range(14, 20))),
    (range(38, 40), 2, frozenset(range(14, 20))),
    (range(3528, 3590), 4, frozenset(range(16, 20))),  # JCB
    (range(62, 63), 2, frozenset(range(16, 20))),  # UnionPay
    (range(50, 51), 2, frozenset(range(13, 20))),  # Maestro
    (range(56, 70), 2, frozenset(range(13, 20))),
)

# Names of fields that hold what may never be kept (PCI DSS 3.3.1.x) or that open other doors.
_SECRET_NAME: Final = re.compile(
    r"(?i)(?:^|[_\-.\s])(?:cvv2?|cvc2?|csc|cav2?|cid2|pin|pin[_\- ]?block|track[_\- ]?[12]"
    r"|password|passwd|passphrase|secret|security[_\- ]?code|api[_\- ]?key|access[_\- ]?token"
    r"|card[_\- ]?number|pan)(?:$|[_\-.\s])"
)


def luhn_holds(digits: str) -> bool:
    """Tell whether the check digit fits (ISO/IEC 7812-1, annex B). Digits only, no blanks."""
    total = 0
    for place, sign in enumerate(reversed(digits)):
        digit = ord(sign) - 48
        if place & 1:
            digit = digit * 2 - 9 if digit > 4 else digit * 2
        total += digit
    return total % 10 == 0


def is_card_number(digits: str) -> bool:
    """Tell whether these digits are a payment card number: brand, length and check digit."""
    if len(set(digits)) == 1:
        return False
    return luhn_holds(digits) and any(
        len(digits) in lengths and int(digits[:width]) in prefixes
        for prefixes, width, lengths in _BRANDS
    )


def may_hold_card(text: str) -> bool:
    """Tell quickly whether a text could hold a card number or track. Never misses one."""
    return _CARD_HINT.search(text) is not None


def may_hold_personal(text: str) -> bool:
    """Tell quickly whether `mask_free_text` could find anything. Never misses what it finds."""
    return (
        "@" in text
        or _NUMBER_HINT.search(text) is not None
        or _IBAN_HINT.search(text) is not None
    )


def mask_cards(text: str) -> tuple[str, int]:
    """Replace each card number and magnetic track by its last four digits; return the count."""
    found = 0

    def mask(match: re.Match[str]) -> str:
        nonlocal found
        run = match.group()
        places = [place for place, sign in enumerate(run) if sign.isdecimal()]
        # Full-width digits too: what a person reads as a card number is one.
        digits = "".join(str(int(run[place])) for place in places)
        parts: list[str] = []
        begin = 0
        for start, end in _cards_in(digits):
            found += 1
            parts += [run[begin : places[start]], f"[card ••{digits[end - 4 : end]}]"]
            begin = places[end - 1] + 1
        return "".join(parts) + run[begin:]

    def drop_track(_match: re.Match[str]) -> str:
        nonlocal found
        found += 1
        return "[card track]"

    text = _TRACK.sub(drop_track, text)
    return _CARD_SHAPE.sub(mask, text), found


def _cards_in(digits: str) -> list[tuple[int, int]]:
    """Return where card numbers stand in a run of digits; those that overlap are one span.

    A date or another number may stand right before a card, so every window is looked at. The
    sums of Luhn's check are added up once for both ways of counting, odd and even: a long run
    costs as much as it is long.
    """
    sums: tuple[list[int], list[int]] = ([0], [0])
    for place, sign in enumerate(digits):
        plain = int(sign)
        doubled = plain * 2 - 9 if plain > 4 else plain * 2
        for way in (0, 1):
            sums[way].append(sums[way][-1] + (plain if place % 2 == way else doubled))
    spans: list[tuple[int, int]] = []
    for start in range(len(digits) - 12):
        for end in range(min(start + 19, len(digits)), start + 12, -1):
            way = sums[(end - 1) % 2]
            if (way[end] - way[start]) % 10 == 0 and is_card_number(digits[start:end]):
                if spans and start < spans[-1][1]:
                    spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
                else:
                    spans.append((start, end))
                break  # the longest that begins here
    return spans


def is_secret_name(name: str) -> bool:
    """Tell whether a field of this name must never be kept: passwords, security codes, PINs."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return _SECRET_NAME.search(spaced) is not None


def mask_contacts(text: str) -> tuple[str, int]:
    """Replace e-mail addresses, phone numbers and IBANs inside free text; return the count."""
    text, emails = _EMAIL.subn("[e-mail]", text)
    text, ibans = _IBAN.subn("[bank account]", text)
    text, phones = _PHONE.subn("[phone]", text)
    return text, emails + ibans + phones


def mask_free_text(text: str) -> tuple[str, int]:
    """Mask cards and contacts in one go; return the text and how many were found."""
    text, cards = mask_cards(text)
    text, contacts = mask_contacts(text)
    return text, cards + contacts


def mask_text(text: str) -> str:
    """Return a text with everything personal that can be recognised masked: for logs."""
    return mask_free_text(text)[0]


_SAMPLE_DEPTH: Final = 4
_SAMPLE_WIDTH: Final = 30
_PLAIN_NAME: Final = re.compile(r"[a-z][A-Za-z_]{0,39}")  # `productId`, not `Ada Lovelace`


def mask_sample(value: object, keep: Callable[[str], bool], depth: int = 0) -> object:
    """Return the shape of a value without its content, to show what was refused.

    Names of fields stay when `keep` knows them or when they are written as programs write them;
    every value becomes a word for its type and size. Deep and wide values are cut.
    """
    if depth >= _SAMPLE_DEPTH:
        return "…"
    match value:
        case None | bool():
            return value
        case str():
            return f"text of {len(value)}"
        case int() | float():
            return "number"
        case Mapping():
            pairs = list(cast("Mapping[object, object]", value).items())
            shape: dict[str, object] = {
                _safe_name(str(name), keep): mask_sample(inner, keep, depth + 1)
                for name, inner in pairs[:_SAMPLE_WIDTH]
            }
            if len(pairs) > _SAMPLE_WIDTH:
                shape["…"] = f"{len(pairs) - _SAMPLE_WIDTH} more"
            return shape
        case Sequence():
            items = cast("Sequence[object]", value)
            return [
                *(mask_sample(item, keep, depth + 1) for item in items[:2]),
                *([f"… {len(items) - 2} more"] if len(items) > 2 else []),
            ]
        case _:
            return type(value).__name__


def _safe_name(name: str, keep: Callable[[str], bool]) -> str:
    """Return a field name if it says nothing personal, else a word for its length."""
    if keep(name) or _PLAIN_NAME.fullmatch(name):
        return name
    return f"name of {len(name)}"

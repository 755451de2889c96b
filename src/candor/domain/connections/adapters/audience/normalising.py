"""How each platform wants values before they are hashed. Pure.

What does not fit a platform's rule is not sent: a phone number without its country, a birthday
that is none. Rules of Meta by the table «Hashing and normalising data» of its guide, of Google by
«Format user data» (both read 2026-11-22).
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

_GMAIL: Final = frozenset({"gmail.com", "googlemail.com"})
_SPACES: Final = re.compile(r"\s+")
_E164: Final = re.compile(r"[1-9][0-9]{6,14}")  # without its plus; ITU-T E.164 section 6
_DATE: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ].*)?")
_ZIP_PLUS_FOUR: Final = re.compile(r"[0-9]{5}-?[0-9]{4}")
_SEXES: Final = {"m": "m", "male": "m", "f": "f", "female": "f"}

Rule = Callable[[str], str | None]


def _email(text: str) -> str | None:
    """Trimmed and in small letters."""
    found = text.strip().lower()
    name, at, domain = found.partition("@")
    return found if name and at and domain and "@" not in domain else None


def _google_email(text: str) -> str | None:
    """Without any space; of Gmail also without dots and without what follows a plus."""
    found = _email(_SPACES.sub("", text))
    if found is None:
        return None
    name, _, domain = found.partition("@")
    if domain in _GMAIL:
        name = name.partition("+")[0].replace(".", "")
    return f"{name}@{domain}" if name else None


def _google_phone(text: str) -> str | None:
    """In the form of E.164, with its plus."""
    digits = _phone(text)
    return None if digits is None else f"+{digits}"


def _phone(text: str) -> str | None:
    """Digits alone, country first; a number without its country is nobody's."""
    found = text.strip()
    is_whole = found.startswith(("+", "00"))
    digits = "".join(sign for sign in found if sign.isascii() and sign.isdigit()).lstrip("0")
    return digits if is_whole and _E164.fullmatch(digits) else None


def _letters(text: str) -> str | None:
    """Small letters alone: no punctuation, no space, no digit."""
    return "".join(sign for sign in text.lower() if sign.isalpha()) or None


def _initial(text: str) -> str | None:
    return (_letters(text) or "")[:1] or None


def _sex(text: str) -> str | None:
    return _SEXES.get(text.strip().lower())


def _state(text: str) -> str | None:
    """Small letters and digits: two letters in the United States, the name elsewhere."""
    return "".join(sign for sign in text.lower() if sign.isalnum()) or None


def _zip(text: str) -> str | None:
    """Without spaces and dashes; of the United States the first five digits."""
    found = _SPACES.sub("", text).lower()
    return found[:5] if _ZIP_PLUS_FOUR.fullmatch(found) else found.replace("-", "") or None


def _country(text: str) -> str | None:
    """Return the two letters of ISO 3166-1."""
    found = text.strip().lower()
    return found if len(found) == 2 and found.isascii() and found.isalpha() else None


def _part_of_date(group: int, lowest: int, highest: int) -> Rule:
    """Return the rule for a part of a date of birth: of a whole date, or by itself."""
    width = 4 if group == 1 else 2

    def rule(text: str) -> str | None:
        found = text.strip()
        whole = _DATE.fullmatch(found)
        part = whole.group(group) if whole else found
        is_number = part.isascii() and part.isdigit() and len(part) <= width
        return f"{int(part):0{width}}" if is_number and lowest <= int(part) <= highest else None

    return rule


def _id(text: str) -> str | None:
    return text.strip() or None


META: Final[Mapping[str, Rule]] = {
    "EMAIL": _email,
    "PHONE": _phone,
    "EXTERN_ID": _id,
    "FN": _letters,
    "LN": _letters,
    "FI": _initial,
    "GEN": _sex,
    "DOBY": _part_of_date(1, 1900, 2100),
    "DOBM": _part_of_date(2, 1, 12),
    "DOBD": _part_of_date(3, 1, 31),
    "CT": _letters,
    "ST": _state,
    "ZIP": _zip,
    "COUNTRY": _country,
}
GOOGLE: Final[Mapping[str, Rule]] = {"EMAIL": _google_email, "PHONE": _google_phone}
# By which a platform finds somebody; the others only make a finding surer.
IDENTIFYING: Final = frozenset({"EMAIL", "PHONE", "EXTERN_ID"})

"""One spelling per identifier, so that the same address is the same person.

E-mail: `email-validator` (RFC 5321/5322, IDNA), then in small letters as every large provider
does; not case-folded, for straße and strasse are two domains.
Phone: `phonenumbers`, written as E.164. Digits and exact values lose blanks. What cannot be
normalised is no identifier: the caller gets None and counts it.
"""

import re
from typing import Final

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from candor.kernel.text import NUL

_PLAIN_EMAIL: Final = re.compile(
    r"[A-Za-z0-9_+\-]+(?:\.[A-Za-z0-9_+\-]+)*@(?:[A-Za-z0-9](?:[A-Za-z0-9\-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,24}"
)
_LONGEST: Final = 254  # RFC 5321, 4.5.3.1.3: path without angle brackets


def normalise(rule: str, text: str, region: str | None = None) -> str | None:
    """Return the one spelling of an identifier, or None when it is not one.

    Args:
        rule: `email`, `phone`, `digits` or `exact`, from the catalogue.
        text: as the source sent it.
        region: ISO 3166 country for phone numbers in national form; unknown means that only
            international ones are understood.
    """
    text = text.strip()
    if not text or len(text) > _LONGEST or NUL in text:
        return None
    match rule:
        case "email":
            return _email(text)
        case "phone":
            return _phone(text, region)
        case "digits":
            digits = re.sub(r"\D", "", text)
            return digits or None
        case _:
            return text


def _email(text: str) -> str | None:
    lower = text.lower()
    if _PLAIN_EMAIL.fullmatch(text) and ".." not in text and "xn--" not in lower:
        return lower  # the common case, forty times quicker
    try:
        return validate_email(text, check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        return None


def _phone(text: str, region: str | None) -> str | None:
    if text.startswith("00"):
        text = "+" + text[2:]
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)

"""The person as a reader: how they are called, in which language and time zone they read."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final
from zoneinfo import available_timezones

from babel import Locale, UnknownLocaleError

from candor.domain.profiles.service.read import PersonRead
from candor.infra.web.reading import Reader

# The region whose dates and numbers are meant when somebody names only a language.
_REGIONS: Final = {"en": "en_GB", "de": "de_DE", "pl": "pl_PL", "ru": "ru_RU", "pt": "pt_PT"}
_DEFAULT: Final = "en"
_LANGUAGE: Final = "language"  # codes of attributes, by the convention of the demo's catalogue
_ZONE: Final = "time_zone"
_NAMES: Final = ("first_name", "name")
_ZONES: Final = available_timezones()


def reader_of(person: PersonRead, now: datetime) -> Reader:
    """Return how this person reads; what they never told is as at the company."""
    plain = Reader(now)
    zone = _text(person, _ZONE)
    return Reader(
        now,
        locale_of(_text(person, _LANGUAGE)),
        zone if zone in _ZONES else plain.zone,
    )


def first_name(person: PersonRead) -> str | None:
    """Return how to address the person, or None when we do not know."""
    return next(filter(None, (_text(person, code) for code in _NAMES)), None)


def locale_of(tag: str) -> str:
    """Return the locale that a language tag (BCP 47) means; what we do not write means English."""
    language = tag.replace("_", "-").partition("-")[0].lower()
    if language not in _REGIONS:
        return _REGIONS[_DEFAULT]
    try:
        locale = Locale.parse(tag.replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        return _REGIONS[language]
    return str(locale) if locale.territory else _REGIONS[language]


def preferred(accept_language: str) -> str:
    """Return the locale for a browser's Accept-Language (RFC 9110, 12.5.4): the first we write."""
    tags = sorted(_weighed(accept_language), reverse=True)
    wanted = (tag for _, _, tag in tags if tag.partition("-")[0].lower() in _REGIONS)
    return locale_of(next(wanted, _DEFAULT))


def _weighed(accept_language: str) -> Iterator[tuple[float, int, str]]:
    for place, part in enumerate(accept_language.split(",")[:20]):
        tag, _, weight = part.partition(";")
        try:
            quality = float(weight.strip().removeprefix("q=")) if weight else 1.0
        except ValueError:
            continue
        yield quality, -place, tag.strip()


def _text(person: PersonRead, code: str) -> str:
    for fact in person.facts:
        if fact.attribute == code and fact.answer.value is not None:
            value = fact.answer.value.reveal()
            return value if isinstance(value, str) else ""
    return ""

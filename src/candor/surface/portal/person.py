"""The person as a reader: how they are called, in which language and time zone they read."""

from datetime import datetime
from typing import Final
from zoneinfo import available_timezones

from candor.domain.profiles.service.read import PersonRead
from candor.infra.web.reading import Reader
from candor.surface.plain.language import locale_of

LANGUAGE: Final = "language"  # codes of attributes, by the convention of the demo's catalogue
ZONE: Final = "time_zone"
_NAMES: Final = ("first_name", "name")
ZONES: Final = available_timezones()


def reader_of(person: PersonRead, now: datetime) -> Reader:
    """Return how this person reads; what they never told is as at the company."""
    plain = Reader(now)
    zone = _text(person, ZONE)
    return Reader(
        now,
        locale_of(_text(person, LANGUAGE)),
        zone if zone in ZONES else plain.zone,
    )


def first_name(person: PersonRead) -> str | None:
    """Return how to address the person, or None when we do not know."""
    return next(filter(None, (_text(person, code) for code in _NAMES)), None)


def _text(person: PersonRead, code: str) -> str:
    for fact in person.facts:
        if fact.attribute == code and fact.answer.value is not None:
            value = fact.answer.value.reveal()
            return value if isinstance(value, str) else ""
    return ""

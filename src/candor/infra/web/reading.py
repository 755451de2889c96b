"""How the reader of a page reads: words, dates, numbers and money in their language.

Macros are imported without the context of the page, so the reader is kept in a context
variable while one page is rendered; rendering never awaits.
"""

import re
import unicodedata
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from typing import Final, cast
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale
from babel.dates import (
    format_date,
    format_skeleton,
    format_time,
    format_timedelta,
    get_timezone_location,
)
from babel.lists import format_list
from babel.numbers import format_currency, format_decimal, format_percent
from babel.support import NullTranslations, Translations
from markupsafe import Markup

from candor.kernel.units import MINOR_PER_MAJOR

_CATALOGUES: Final = Path(__file__).resolve().parents[2] / "locale"
_DOMAIN: Final = "candor"
_ENGLISH: Final = "en"
_DURATION: Final = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?")
_MONTHS_OF_A_YEAR: Final = 12
# Codes in the lists of names that are no country: regions of the world, and test codes.
_NO_COUNTRIES: Final = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})
_CONTINENTS: Final = frozenset(
    {
        *("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic"),
        *("Australia", "Europe", "Indian", "Pacific"),
    }
)
_YEAR: Final = "\u202f\u0433."  # "of the year", after a date in Russian
_JUST_NOW: Final = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: the language, the time zone, and the moment from which "ago" counts."""

    now: datetime
    locale: str = "en_GB"  # as Babel writes it: language, then region
    zone: str = "Europe/Berlin"  # IANA name

    @property
    def language(self) -> str:
        """Return the language that the words are in: the reader's, or English if not written."""
        own = self.locale.partition("_")[0]
        return own if own in written_languages() else _ENGLISH

    @property
    def language_tag(self) -> str:
        """Return the value of the lang attribute (BCP 47): what the words are in."""
        if self.language == self.locale.partition("_")[0]:
            return self.locale.replace("_", "-")
        return self.language

    @property
    def direction(self) -> str:
        """Return `ltr` or `rtl`, the value of the dir attribute."""
        return str(Locale.parse(self.locale).text_direction)


_reader: ContextVar[Reader] = ContextVar("reader")


@contextmanager
def reading(reader: Reader) -> Generator[None]:
    """Render for this reader inside the block."""
    token = _reader.set(reader)
    try:
        yield
    finally:
        _reader.reset(token)


@cache
def _words(locale: str) -> NullTranslations:
    """Return the translations of a language; English stands in the templates."""
    return Translations.load(_CATALOGUES, [locale], domain=_DOMAIN)


@cache
def written_languages() -> frozenset[str]:
    """Return the languages in which there are words: English, and what has a compiled catalogue."""
    return frozenset(
        {
            _ENGLISH,
            *(path.parts[-3] for path in _CATALOGUES.glob(f"*/LC_MESSAGES/{_DOMAIN}.mo")),
        }
    )


def current() -> Reader:
    """Return who reads, inside `reading`."""
    return _reader.get()


def declared(text: str) -> str:
    """Return words of the company's catalogue in the reader's language, where they are known.

    They are data, not templates: a per cent sign in them means nothing.
    """
    return _words(_reader.get().locale).gettext(text) if text else ""


def message(text: str) -> str:
    """Mark a text that is translated later, where it is used; return it unchanged."""
    return text


def translate(text: str, /, **values: object) -> Markup:
    """Return the text in the reader's language. Values are escaped, unless they are markup."""
    said = _words(_reader.get().locale).gettext(text)
    return Markup(said) % values  # noqa: S704 - text of templates and translators, not of users


def translate_many(singular: str, plural: str, count: int, /, **values: object) -> Markup:
    """Return the form of the text that fits the count, which is also the value `num`."""
    text = _words(_reader.get().locale).ngettext(singular, plural, count)
    return Markup(text) % {"num": count, **values}  # noqa: S704 - as above


def say(text: str, /, **values: object) -> str:
    """Return the text in the reader's language for plain text, where nothing is markup."""
    return _words(_reader.get().locale).gettext(text) % values


def say_many(singular: str, plural: str, count: int, /, **values: object) -> str:
    """Return the form of the text that fits the count, for plain text."""
    text = _words(_reader.get().locale).ngettext(singular, plural, count)
    return text % {"num": count, **values}


def show_datetime(at: datetime) -> str:
    """Return day and time, such as "21 Nov 2026, 18:30"."""
    reader = _reader.get()
    zoned = at.astimezone(ZoneInfo(reader.zone))
    return f"{format_date(zoned, 'medium', locale=reader.locale)}, {show_time(at)}"


def show_date(day: date | datetime) -> str:
    """Return the day, such as "21 November 2026"."""
    reader = _reader.get()
    if isinstance(day, datetime):
        day = day.astimezone(ZoneInfo(reader.zone)).date()
    said = format_date(day, "long", locale=reader.locale)
    return said.removesuffix(_YEAR)  # nobody needs it, and a full stop may follow


def show_month(day: date) -> str:
    """Return month and year, such as "November 2026"."""
    return format_skeleton("yMMMM", day, locale=_reader.get().locale)


def show_time(at: datetime) -> str:
    """Return hours and minutes, such as "18:30"."""
    reader = _reader.get()
    return format_time(at, "short", tzinfo=ZoneInfo(reader.zone), locale=reader.locale)


def show_ago(at: datetime) -> str:
    """Return how long ago, such as "2 days ago". A clock that runs ahead counts as now."""
    reader = _reader.get()
    past = reader.now - at.astimezone(UTC)
    if past < _JUST_NOW:
        return str(translate("just now"))
    return format_timedelta(-past, add_direction=True, locale=reader.locale)


def show_number(number: float) -> str:
    """Return the number with the separators of the language."""
    return _number(number, _reader.get().locale)


@lru_cache(maxsize=8_192)
def _number(number: float, locale: str) -> str:
    """Remember lately shown numbers: a page of purchases has over a thousand, at 20 µs each."""
    return format_decimal(number, locale=locale)


def show_money(minor: int, currency: str) -> str:
    """Return an amount that is given in hundredths, such as "€23.41"."""
    amount = Decimal(minor) / MINOR_PER_MAJOR
    return format_currency(amount, currency, locale=_reader.get().locale)


def show_percent(percent: int) -> str:
    """Return a whole number of hundredths as people write it, such as "43%" or "43 %"."""
    return format_percent(Decimal(percent) / 100, locale=_reader.get().locale)


def show_duration(duration: str) -> str | None:
    """Return an ISO 8601 duration of years, months, weeks or days, such as "25 months".

    Whole years are said as years. None when it is no such duration.
    """
    match = _DURATION.fullmatch(duration)
    if match is None or not any(match.groups()):
        return None
    years, months, weeks, days = (int(part or 0) for part in match.groups())
    if not months % _MONTHS_OF_A_YEAR:
        years, months = years + months // _MONTHS_OF_A_YEAR, 0
    # Babel's own units lack the plurals of Portuguese.
    spans = (
        (years, translate_many("%(n)s year", "%(n)s years", years, n=years)),
        (months, translate_many("%(n)s month", "%(n)s months", months, n=months)),
        (weeks, translate_many("%(n)s week", "%(n)s weeks", weeks, n=weeks)),
        (days, translate_many("%(n)s day", "%(n)s days", days, n=days)),
    )
    said = [str(span) for n, span in spans if n]
    locale = _reader.get().locale
    return format_list(said, locale=locale) if said else None


def language_name(tag: str) -> str | None:
    """Return the name of a language by its code, or None when there is no such language."""
    names = cast("dict[str, str]", Locale.parse(_reader.get().locale).languages)
    return names.get(tag)


def country_name(code: str) -> str | None:
    """Return the name of a country by its code (ISO 3166), or None when there is no such one."""
    names = cast("dict[str, str]", Locale.parse(_reader.get().locale).territories)
    return names.get(code)


def country_names() -> tuple[tuple[str, str], ...]:
    """Return every country's code (ISO 3166) and name, in the order of the reader's alphabet."""
    return _countries(_reader.get().locale)


@lru_cache(maxsize=16)
def _countries(locale: str) -> tuple[tuple[str, str], ...]:
    names = cast("dict[str, str]", Locale.parse(locale).territories)
    found = (
        pair for pair in names.items() if pair[0].isalpha() and pair[0] not in _NO_COUNTRIES
    )
    return tuple(sorted(found, key=lambda pair: _sorted_as(pair[1])))


def zone_names() -> tuple[tuple[str, str], ...]:
    """Return every time zone that is a place (IANA name), and the name of the place."""
    return _zones(_reader.get().locale)


@lru_cache(maxsize=16)
def _zones(locale: str) -> tuple[tuple[str, str], ...]:
    """Return places once: some have two names, an old one and a new one."""
    named = {
        get_timezone_location(zone, locale=locale, return_city=True).rpartition("/")[2]: zone
        for zone in sorted(available_timezones())
        if zone.partition("/")[0] in _CONTINENTS
    }
    return tuple((named[place], place) for place in sorted(named, key=_sorted_as))


def _sorted_as(name: str) -> str:
    """Return what puts a name in order: letters with marks stand with those without."""
    return unicodedata.normalize("NFKD", name).casefold()

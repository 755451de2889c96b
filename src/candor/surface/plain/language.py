"""Which language a page speaks to somebody who is not signed in: what they ask for, else English.

A `?lang=` in the address counts before the browser's own wish (Accept-Language, RFC 9110, 12.5.4).
What we do not write means English.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from babel import Locale, UnknownLocaleError

# The region whose dates and numbers are meant when somebody names only a language.
REGIONS: Final = {"en": "en_GB", "de": "de_DE", "pl": "pl_PL", "pt": "pt_PT", "ru": "ru_RU"}
# As each language calls itself: whoever looks for theirs reads no other.
NAMES: Final = {
    "en": "English",
    "de": "Deutsch",
    "pl": "Polski",
    "pt": "Português",
    "ru": "Русский",
}
_DEFAULT: Final = "en"
_MOST_WISHES: Final = 20


@dataclass(frozen=True, slots=True)
class LanguageLink:
    """The same page in another language."""

    tag: str  # BCP 47
    name: str  # as the language calls itself
    href: str
    is_current: bool


def links(locale: str) -> tuple[LanguageLink, ...]:
    """Return links to the page that is open, in every language that we write."""
    current = locale.partition("_")[0]
    return tuple(
        LanguageLink(tag, name, f"?lang={tag}", tag == current) for tag, name in NAMES.items()
    )


def asked(lang: str | None, otherwise: str) -> str:
    """Return the locale that an address asks for, else another."""
    return REGIONS.get(lang or "", otherwise)


def wanted(lang: str | None, accept_language: str) -> str:
    """Return the locale for a request: the address counts before the browser."""
    return asked(lang, preferred(accept_language))


def locale_of(tag: str) -> str:
    """Return the locale that a language tag (BCP 47) means; what we do not write means English."""
    language = tag.replace("_", "-").partition("-")[0].lower()
    if language not in REGIONS:
        return REGIONS[_DEFAULT]
    try:
        locale = Locale.parse(tag.replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        return REGIONS[language]
    return str(locale) if locale.territory else REGIONS[language]


def preferred(accept_language: str) -> str:
    """Return the locale for a browser's Accept-Language (RFC 9110, 12.5.4): the first we write."""
    tags = sorted(_weighed(accept_language), reverse=True)
    wanted = (tag for _, _, tag in tags if tag.partition("-")[0].lower() in REGIONS)
    return locale_of(next(wanted, _DEFAULT))


def _weighed(accept_language: str) -> Iterator[tuple[float, int, str]]:
    for place, part in enumerate(accept_language.split(",")[:_MOST_WISHES]):
        tag, _, weight = part.partition(";")
        try:
            quality = float(weight.strip().removeprefix("q=")) if weight else 1.0
        except ValueError:
            continue
        yield quality, -place, tag.strip()

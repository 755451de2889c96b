"""What the error pages and the frame around a single card need."""

from dataclasses import dataclass
from datetime import datetime

from candor.surface.plain.language import LanguageLink


@dataclass(frozen=True, slots=True)
class PlainFrame:
    """Around a card: sign-in pages and errors. Known even when nobody is signed in."""

    company: str
    locale: str  # BCP 47, for the lang attribute
    direction: str  # "ltr" or "rtl"
    is_demo: bool
    languages: tuple[LanguageLink, ...] = ()  # the same card in other languages


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """Shown for every failure; template `plain/error.html`, kind decides the words.

    Not-found and not-allowed differ only for people who may know that the thing exists.
    """

    kind: (
        str  # "not_found" "forbidden" "invalid" "conflict" "gone" "limited" "unavailable" "bug"
    )
    message: str | None  # safe sentence of the error, or none for the words of its kind
    hint: str | None  # what to do next, or none for the words of its kind; both are translated
    reference: str | None  # request id to quote when asking for help
    home_url: str


@dataclass(frozen=True, slots=True)
class GalleryPage:
    """Template `gallery.html`: every piece in every state. Needs a console frame around it."""

    now: datetime

"""The frame around every page of the portal."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class NavItem:
    """One of the customer's pages; only those that exist."""

    key: str  # "home" "facts" "looks" "activity"
    href: str


@dataclass(frozen=True, slots=True)
class PortalFrame:
    """Around every page of the portal, once signed in."""

    company: str
    contact: str  # how to reach a person: e-mail address or telephone number
    contact_url: str | None  # starts a mail, none for a telephone number
    locale: str  # BCP 47, for the lang attribute
    direction: str  # "ltr" or "rtl"
    is_demo: bool
    csrf_token: str
    current: str  # key of the page that is open
    nav: tuple[NavItem, ...]
    home_url: str
    sign_out_url: str
    written_at: datetime  # the date of the letter


@dataclass(frozen=True, slots=True)
class Pager:
    """Leafing by key: back to the newest page and on to the older one, none at the ends."""

    newer_url: str | None
    older_url: str | None

"""The frame around every console page and the pieces that several pages share."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RailItem:
    """A place in the left rail; only places that exist and that this person may open."""

    key: str  # "today" "people" "reviews" "audiences" "connections" "catalogue" …
    href: str
    waiting: int = 0  # how many things wait for a decision there


@dataclass(frozen=True, slots=True)
class TabItem:
    """A page beside this one in the same place; only what this person may open."""

    title: str
    href: str
    is_current: bool
    waiting: int = 0  # how many things wait for a decision there


@dataclass(frozen=True, slots=True)
class ConsoleFrame:
    """Around every console page."""

    company: str
    locale: str  # BCP 47, for the lang attribute
    direction: str  # "ltr" or "rtl"
    is_demo: bool
    staff_name: str
    role: str  # in words: "privacy officer"
    csrf_token: str
    current: str  # key of the rail item that this page belongs to
    rail: tuple[RailItem, ...]
    home_url: str
    sign_out_url: str
    tabs: tuple[TabItem, ...] = ()  # the pages of this place, where there are several


@dataclass(frozen=True, slots=True)
class Option:
    """One line of a select field."""

    code: str
    label: str


@dataclass(frozen=True, slots=True)
class Pager:
    """Leafing by key: addresses of the neighbouring pages, none at the ends."""

    newer_url: str | None
    older_url: str | None


@dataclass(frozen=True, slots=True)
class Pair:
    """A name and its value, both ready to show."""

    name: str
    value: str

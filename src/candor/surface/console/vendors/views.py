"""What the pages of vendors need."""

from dataclasses import dataclass
from datetime import date, datetime

from candor.surface.console.connections.views import Entry
from candor.surface.console.views import Pair


@dataclass(frozen=True, slots=True)
class VendorLine:
    """One vendor in the list."""

    name: str
    href: str
    country: str
    transfer: str
    until: date | None  # the first day on which something lapses is the one after
    state: str
    tone: str
    connections: int


@dataclass(frozen=True, slots=True)
class VendorsPage:
    """Template `console/vendors.html`."""

    lines: tuple[VendorLine, ...]
    entries: tuple[Entry, ...]  # of the form of a new one; none for who may not add one
    post_url: str
    csrf_token: str
    error: str | None = None


@dataclass(frozen=True, slots=True)
class CertificateLine:
    """One certificate."""

    name: str
    until: date
    state: str
    tone: str
    is_required: bool
    drop_url: str | None


@dataclass(frozen=True, slots=True)
class SentLine:
    """What goes to a vendor over one connection, measured."""

    name: str
    href: str
    state: str
    tone: str
    people: int
    fields: str
    purposes: str
    told_at: datetime | None


@dataclass(frozen=True, slots=True)
class VendorPage:
    """Template `console/vendor.html`."""

    name: str
    eyebrow: str
    state: str
    tone: str
    trouble: str | None  # what keeps data from going there, and what to do
    back_url: str
    url: str
    csrf_token: str
    facts: tuple[Pair, ...]
    certificates: tuple[CertificateLine, ...]
    sent: tuple[SentLine, ...]
    change: tuple[Entry, ...]  # forms; empty for whoever may not
    renew: tuple[Entry, ...]
    certify: tuple[Entry, ...]
    end_url: str | None
    said: str | None = None
    error: str | None = None

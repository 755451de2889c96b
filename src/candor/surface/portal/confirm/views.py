"""What the page behind a confirmation mail needs."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """One purpose in the exact words under which it was asked."""

    title: str
    plain: str
    gain: str
    recipients: tuple[str, ...]
    retention: str  # a duration in words
    lasts: str  # a duration in words; empty: until withdrawn
    language: str  # BCP 47; of the words, whatever language the page around them has


@dataclass(frozen=True, slots=True)
class ConfirmPage:
    """Template `portal/confirm.html`. Opening it changes nothing; the button does.

    It shows neither an address nor a name: whoever found the link learns nobody's.
    """

    state: str  # "ask", "done" or "spent"
    asked: tuple[Asked, ...] = ()
    asked_at: datetime | None = None
    works_until: datetime | None = None
    confirmed_at: datetime | None = None
    post_url: str = ""
    csrf_token: str = ""
    home_url: str = ""
    contact: str = ""

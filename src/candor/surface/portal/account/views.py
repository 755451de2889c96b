"""What the page Your account needs."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SignInLine:
    """One sign-in. Of the device we know the kind of browser and system, and nothing finer."""

    at: datetime
    last_seen_at: datetime
    is_this: bool  # the one that reads this page
    ended_at: datetime | None  # none: it stands
    ends_at: datetime  # when it ends by itself
    device: str = ""  # "Firefox, Linux"; empty when the browser did not say
    how: str = ""  # by what they came in, as words after a comma
    which: str = ""  # names it in the form that ends it; empty for this one and what has ended


@dataclass(frozen=True, slots=True)
class Option:
    """One answer to choose."""

    code: str
    label: str


@dataclass(frozen=True, slots=True)
class Setting:
    """Something about the reader that these pages follow."""

    value: str  # the answer in force
    options: tuple[Option, ...]
    is_own: bool  # said by the customer; else from elsewhere, or nobody said it
    error: str | None = None


@dataclass(frozen=True, slots=True)
class AccountPage:
    """Template `portal/account.html`."""

    sign_ins: tuple[SignInLine, ...]
    others: int  # sign-ins that stand, besides this one
    sign_out_one_url: str
    passkeys_url: str
    sign_out_others_url: str
    sign_out_everywhere_url: str
    language: Setting | None  # none: this company does not keep it
    language_url: str
    zone: Setting | None
    zone_url: str
    link_begins: str  # how each of our addresses begins
    link_hours: int  # how long a sign-in link works
    session_days: int  # how long a sign-in lasts unused
    contact: str
    contact_url: str | None
    done: str | None = None  # what was changed a moment ago, as a sentence

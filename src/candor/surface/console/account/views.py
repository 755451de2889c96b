"""What the pages of one's own sign-in need."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SignInLine:
    """A sign-in that stands."""

    ref: str  # names it in a form; none of its secret
    device: str  # "Firefox on Linux"; empty when the browser did not say
    methods: str  # in words
    began_at: datetime
    seen_at: datetime
    ends_at: datetime
    is_this: bool


@dataclass(frozen=True, slots=True)
class OwnSignInPage:
    """Template `console/account.html`."""

    handle: str
    address: str | None
    role: str  # in words
    password_set_at: datetime | None
    app_since: datetime | None
    recovery_left: int
    passkeys: int
    vouched: int
    provider: str | None  # name of the company's identity provider; none: there is none
    provider_url: str
    sign_ins: tuple[SignInLine, ...]
    set_up_url: str | None  # when there is nothing to sign in with yet
    password_url: str
    app_url: str
    recovery_url: str
    passkeys_url: str
    end_url: str
    csrf_token: str
    done: str  # "password", "app" or "ended"; empty when nothing was done just now


@dataclass(frozen=True, slots=True)
class OwnPasswordPage:
    """Template `console/own_password.html`: another password, or the first one."""

    post_url: str
    back_url: str
    csrf_token: str
    handle: str
    shortest: int
    asks_current: bool
    is_set_up: bool  # the first step of a set-up: the app follows
    error: str | None = None
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class OwnAppPage:
    """Template `console/own_app.html`: another app, beside the present one until confirmed."""

    picture_url: str
    key: str
    uri: str
    handle: str
    post_url: str
    back_url: str
    csrf_token: str
    error: str | None = None


@dataclass(frozen=True, slots=True)
class OwnCodesPage:
    """Template `console/own_codes.html`: asks, and then shows them once."""

    codes: tuple[str, ...]  # empty: asks
    left: int
    post_url: str
    back_url: str
    csrf_token: str

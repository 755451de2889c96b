"""What the cards around signing in need. A card never tells whether a name is known."""

from dataclasses import dataclass
from datetime import datetime

from candor.surface.plain.doors import ChallengeView


@dataclass(frozen=True, slots=True)
class StaffSignInPage:
    """Template `console/sign_in.html`: by password, or by a one-time link.

    Opening a link changes nothing; the button does.
    """

    state: str  # "password"; "confirm" or "used" for a link
    name: str | None = None  # of whom the link is for, when state is "confirm"
    role: str | None = None  # in words
    works_until: datetime | None = None  # given when state is "confirm"
    post_url: str = ""
    token: str = ""  # sent back in a hidden field
    csrf_token: str = ""
    handle: str = ""  # as it was typed
    error: str | None = None
    challenge: ChallengeView | None = None
    passkey_ask_url: str | None = None
    passkey_url: str | None = None
    provider: str | None = None  # name of the company's identity provider; none: there is none
    provider_url: str = ""


@dataclass(frozen=True, slots=True)
class CodePage:
    """Template `console/sign_in_code.html`: the second step."""

    post_url: str
    back_url: str  # to begin again
    csrf_token: str
    error: str | None = None
    challenge: ChallengeView | None = None


@dataclass(frozen=True, slots=True)
class JoinPage:
    """Template `console/join.html`: an invitation, and the password that is chosen."""

    state: str  # "password", or "used" for an invitation that no longer works
    name: str = ""
    handle: str = ""
    role: str = ""  # in words
    token: str = ""
    post_url: str = ""
    csrf_token: str = ""
    shortest: int = 0
    error: str | None = None
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class AppPage:
    """Template `console/join_app.html`: the app takes in the seed, and shows a first code."""

    picture_url: str
    key: str  # in groups of four
    uri: str  # for an app on this very device
    handle: str
    post_url: str
    csrf_token: str
    error: str | None = None


@dataclass(frozen=True, slots=True)
class CodesPage:
    """Template `console/recovery_codes.html`: shown once."""

    codes: tuple[str, ...]
    next_url: str


@dataclass(frozen=True, slots=True)
class ProvePage:
    """Template `console/prove.html`: prove again who you are, for what is risky."""

    name: str
    has_password: bool
    has_passkeys: bool
    set_up_url: str | None  # when there is nothing to prove with yet
    post_url: str
    next: str
    back_url: str
    csrf_token: str
    passkey_ask_url: str
    passkey_url: str
    is_repeat: bool  # something was about to be done, and was not
    provider: str | None = None  # the identity provider that vouches for them
    provider_url: str = ""
    error: str | None = None
    challenge: ChallengeView | None = None

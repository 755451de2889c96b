"""What the pages of signing in need."""

from dataclasses import dataclass, field
from datetime import datetime

from candor.surface.plain.doors import ChallengeView


@dataclass(frozen=True, slots=True)
class CustomerSignInPage:
    """Template `portal/sign_in.html`. Opening a link changes nothing; the button does.

    States: "address" (where shall the code go?), "code" (which one came?), "mail" (the link of that
    mail, in the browser that asked), "elsewhere" (the same link anywhere else, or too late),
    "confirm" (a one-time link that the company gave out), "used" (the same, no longer good).
    """

    state: str
    works_until: datetime | None = None  # given when state is "confirm"
    post_url: str = ""
    token: str = ""  # of a link; sent back in a hidden field
    csrf_token: str = ""
    contact: str = ""  # where to ask when nothing helps
    address: str = field(default="", repr=False)  # as it was typed, when it could not be taken
    error: str | None = None  # about the one field, as a sentence
    said: str | None = None  # what happened a moment ago, as a sentence
    is_again: bool = False  # the code was sent a second time
    again_url: str = ""  # sends another code to the same address
    again_challenge: ChallengeView | None = None  # before that
    start_url: str = ""  # another address
    challenge: ChallengeView | None = None
    lasts_minutes: int = 0


@dataclass(frozen=True, slots=True)
class ProvePage:
    """Template `portal/prove.html`: before something risky, is it still you?

    States: "ask", "code", "mail" (the link of the mail), "none" (no address to send a code to).
    """

    state: str
    send_url: str
    post_url: str
    next: str  # where to go afterwards
    token: str = ""
    works_until: datetime | None = None
    error: str | None = None
    is_again: bool = False
    contact: str = ""
    challenge: ChallengeView | None = None  # before the answer
    send_challenge: ChallengeView | None = None  # before another code


@dataclass(frozen=True, slots=True)
class NotMePage:
    """Template `portal/not_me.html`: the link "that was not me". The button acts, not the link.

    States: "ask", "done", "spent".
    """

    state: str
    post_url: str = ""
    csrf_token: str = ""
    ended: int = 0  # sign-ins, when state is "done"
    passkeys: int = 0  # that were added since, and let nobody in any more
    start_url: str = ""
    contact: str = ""

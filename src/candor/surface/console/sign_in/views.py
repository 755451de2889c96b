"""What the console's sign-in page needs."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class StaffSignInPage:
    """Template `console/sign_in.html`. Opening the link changes nothing; the button does."""

    state: str  # "confirm", "used" (link no longer works) or "none" (came without a link)
    name: str | None = None  # of whom the link is for, when state is "confirm"
    role: str | None = None  # in words
    works_until: datetime | None = None  # given when state is "confirm"
    post_url: str = ""
    token: str = ""  # sent back in a hidden field
    csrf_token: str = ""

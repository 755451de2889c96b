"""What the portal's sign-in page needs."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class CustomerSignInPage:
    """Template `portal/sign_in.html`. Opening the link changes nothing; the button does."""

    state: str  # "confirm", "used" (link no longer works) or "none" (came without a link)
    name: str | None = field(default=None, repr=False)  # first name, or none when not known
    works_until: datetime | None = None  # given when state is "confirm"
    post_url: str = ""
    token: str = ""  # sent back in a hidden field
    csrf_token: str = ""
    contact: str = ""  # where to ask for a link

"""What the page People needs."""

from dataclasses import dataclass, field

from candor.surface.console.views import Option


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """Template `console/people.html`. The form posts `kind`, `value`, `purpose`."""

    kinds: tuple[Option, ...]  # identifier kinds: email, phone, customer_number, …
    purposes: tuple[Option, ...]  # those that this member of staff may state
    post_url: str
    csrf_token: str
    kind: str | None = None
    value: str = field(default="", repr=False)  # what was typed, so that it can be put right
    purpose: str | None = None
    value_error: str | None = None
    purpose_error: str | None = None
    is_not_found: bool = False

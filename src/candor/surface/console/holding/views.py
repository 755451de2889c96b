"""What the page of holds needs."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class HoldLine:
    """One hold. Nothing of the person is opened."""

    href: str | None  # where it is reviewed; none without permission, or when it was lifted
    who: str
    person_url: str | None
    ground: str
    reference: str
    placed_by: str
    placed_at: datetime
    review_on: date
    is_due: bool
    lifted_at: datetime | None
    lifted_by: str | None


@dataclass(frozen=True, slots=True)
class HoldsPage:
    """Template `console/holds.html`."""

    standing: tuple[HoldLine, ...]
    lifted: tuple[HoldLine, ...]
    due: int

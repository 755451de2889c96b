"""Holds: a legal reason not to erase somebody yet, with a day on which it is looked at again."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from candor.domain.rights.model.request import Ground

REFERENCE: Final = re.compile(r"[A-Za-z0-9._:/-]{1,80}")
LONGEST: Final = timedelta(days=366)  # at most so far ahead lies the day of a review


@dataclass(frozen=True, slots=True)
class Hold:
    """One hold. Fields as the columns of `rights.hold` say."""

    hold_id: UUID
    profile_id: UUID
    ground: Ground
    reference: str
    placed_by: str
    placed_at: datetime
    review_on: date
    lifted_at: datetime | None
    lifted_by: str | None

    @property
    def stands(self) -> bool:
        """Tell whether it still holds."""
        return self.lifted_at is None

    def is_due(self, today: date) -> bool:
        """Tell whether somebody must look whether it is still needed."""
        return self.stands and self.review_on <= today

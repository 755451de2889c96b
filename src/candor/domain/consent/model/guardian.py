"""Who may choose for a child."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

_PROOF: Final = re.compile(r"[A-Za-z0-9._:/-]{1,80}")


@dataclass(frozen=True, slots=True)
class Guardian:
    """A parent or guardian of a child: a profile, since when, until when, and what shows it."""

    profile_id: UUID
    guardian_id: UUID
    since: datetime
    ended_at: datetime | None
    proof: str  # number of a paper or case
    recorded_by: str

    def may_choose(self, at: datetime) -> bool:
        """Tell whether they may choose for the child at an instant."""
        return self.since <= at and (self.ended_at is None or at < self.ended_at)


def is_proof(text: str) -> bool:
    """Tell whether a text is the number of a paper or case: no free text, which may name people."""
    return _PROOF.fullmatch(text) is not None

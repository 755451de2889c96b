"""What a browser has under way: a second factor, a passkey, a sign-in elsewhere, a code."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

CEREMONY_LASTS: Final = timedelta(minutes=10)
WRONG_ANSWERS: Final = 5  # so many, then the ceremony is over and begins anew


@dataclass(frozen=True, slots=True)
class Ceremony:
    """Something under way in one browser; its secret in the cookie is kept as a hash only."""

    ceremony_hash: bytes
    kind: str
    audience: str
    bearer_id: UUID | None
    secret: bytes  # challenge, keyed hash of the code, state: what the answer is held against
    detail: dict[str, Any]
    attempts: int
    created_at: datetime
    expires_at: datetime

"""What a person said, line by line, as it is told to them: each once, newest first."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ChoiceLine:
    """One choice about a purpose, whichever of the person's profiles it came through."""

    record_id: UUID
    purpose_id: int
    choice: str
    decided_at: datetime
    expires_at: datetime | None
    surface: str
    source_id: int | None
    notice: str | None
    locale: str | None
    edition: int
    by_guardian: bool
    is_over_gpc: bool  # said knowing that the browser says no to sale
    place: int  # 1 is the newest about its purpose


@dataclass(frozen=True, slots=True)
class WishLine:
    """One preference: a topic on a channel, a pause, or quiet hours."""

    wish_id: UUID
    kind: str
    topic_id: int | None
    channel_id: int | None
    frequency: str | None
    until: datetime | None
    hours: int | None
    zone: str | None
    decided_at: datetime
    surface: str
    source_id: int | None


@dataclass(frozen=True, slots=True)
class SignalLine:
    """The newest signal of one kind about one channel, or about none."""

    kind: str
    channel_id: int | None
    decided_at: datetime
    surface: str

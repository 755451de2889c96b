"""Time as an argument. Nothing in Candor asks the machine what time it is but `SystemClock`."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Anything that knows the current instant."""

    def now(self) -> datetime:
        """Return the current instant, aware, in UTC."""
        ...


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        """Return the current instant, aware, in UTC."""
        return datetime.now(UTC)  # noqa: TID251 - the one place that may ask


@dataclass(slots=True)
class FixedClock:
    """A clock that stands still until it is moved: for tests and for replaying history."""

    at: datetime

    def now(self) -> datetime:
        """Return the instant that it was set to."""
        return self.at

    def advance(self, by: timedelta) -> None:
        """Move on by a span of time."""
        self.at += by

"""What the door did, in equal steps of time: for the small lines, and for the sums beside them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from candor.domain.collect.service.read import HourRow
from candor.infra.web.reading import show_date, show_time

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time that ends now, in steps of whole hours."""

    code: str
    label: str  # "Last 24 hours"
    inside: str  # "in the last 24 hours", inside a sentence
    step: str  # "by hour", "by day"
    steps: int
    hours_per_step: int = 1

    def since(self, now: datetime) -> datetime:
        """Return the first hour of the window; the current, unfinished hour is its last."""
        this_hour = now.replace(minute=0, second=0, microsecond=0)
        return this_hour - HOUR * (self.steps * self.hours_per_step - 1)


DAY = Window("24h", "Last 24 hours", "in the last 24 hours", "by hour", 24)
WEEK = Window("7d", "Last 7 days", "in the last 7 days", "by day", 7, 24)
MONTH = Window("30d", "Last 30 days", "in the last 30 days", "by day", 30, 24)
YEAR = Window("52w", "Last 52 weeks", "in the last 52 weeks", "by week", 52, 24 * 7)
WINDOWS = {window.code: window for window in (DAY, WEEK, MONTH, YEAR)}


class Steps:
    """Hourly rows of the door, put into the steps of a window."""

    def __init__(self, rows: Iterable[HourRow], window: Window, now: datetime) -> None:
        """Take the rows that lie in the window."""
        self._rows = tuple(rows)
        self._window = window
        self._since = window.since(now)
        self._now = now

    def line(self, outcome: str | None = None, source_id: int | None = None) -> tuple[int, ...]:
        """Return the counts per step, oldest first, of one outcome and source or of all."""
        line = [0] * self._window.steps
        for row in self._rows:
            if outcome in {None, row.outcome} and source_id in {None, row.source_id}:
                step = (row.hour - self._since) // (HOUR * self._window.hours_per_step)
                line[min(max(step, 0), len(line) - 1)] += row.count
        return tuple(line)

    def heard(self, source_id: int) -> str:
        """Return in words when something last came from a source; call it inside `reading`."""
        hours = [row.hour for row in self._rows if row.source_id == source_id]
        if not hours:
            return f"nothing {self._window.inside}"
        last = max(hours)
        if self._now - last < HOUR:
            return "this hour"
        clock = f"{show_time(last)} to {show_time(last + HOUR)}"
        return clock if self._now - last < 24 * HOUR else f"{show_date(last)}, {clock}"

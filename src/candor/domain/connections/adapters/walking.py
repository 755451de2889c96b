"""Where reading goes on at a system that tells the time of changes and numbers its people. Pure.

One walk goes through everybody who changed since an instant, in the order of their numbers, so that
a change during the walk moves nobody past us; the next walk begins at the instant at which this one
began, by the other side's own clock, and some minutes before: what was being written then is seen
again rather than skipped. Also two changes of one instant are seen.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from typing_extensions import override

from candor.domain.connections.model.talk import Kind, Setting

OVERLAP: Final = timedelta(minutes=5)
EVERY: Final = Setting(
    "poll_seconds",
    "Read every … seconds",
    "It is asked for changes so often.",
    kind=Kind.NUMBER,
    is_required=False,
    default="60",
)
_BETWEEN: Final = "|"
_EVER: Final = "-"


@dataclass(frozen=True, slots=True)
class Walk:
    """A walk: whom it asks for, how far it came, where the next one begins."""

    since: datetime | None = None  # None: everybody
    began: datetime | None = None  # None: not yet
    after: int = 0  # the number of the last one that was seen

    @staticmethod
    def read(cursor: str | None) -> "Walk":
        """Return where a cursor goes on; what is none of ours begins with everybody."""
        parts = (cursor or "").split(_BETWEEN)
        try:
            since, began, after = parts
            return Walk(_time(since), _time(began), int(after))
        except ValueError:
            return Walk()

    def seen(self, last: int, at: datetime) -> "Walk":
        """Return the walk after a page that was read at an instant of the other side."""
        return Walk(self.since, self.began or at, last)

    def over(self, at: datetime) -> "Walk":
        """Return the next walk, after the last page."""
        return Walk(since=(self.began or at) - OVERLAP)

    @override
    def __str__(self) -> str:
        """Return the cursor."""
        times = (one.isoformat() if one else _EVER for one in (self.since, self.began))
        return _BETWEEN.join((*times, str(self.after)))


def _time(text: str) -> datetime | None:
    if text == _EVER:
        return None
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(text)
    return at

"""When something is tried again, and how many calls may be made. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

_FIRST_SECONDS: Final = 5.0
LONGEST_SECONDS: Final = 3600.0
_LEAST_SECONDS: Final = 1.0
_SILENT_SECONDS: Final = (
    300.0  # a system that does not answer at all is asked at least so often
)
MOST_TRIES: Final = 20
_FEW_TRIES: Final = 3
OLDEST: Final = timedelta(days=3)
_BURST_OF_MINUTE: Final = 6  # a burst is as many calls as ten seconds allow
_KEPT_FOR_MINDS: Final = 5  # a fifth of it


def pause_after(tries: int, chance: float) -> float:
    """Return for how many seconds a delivery waits after so many tries.

    Exponential with full jitter, from 5 seconds to an hour. `chance`: from 0 to 1, drawn anew each
    time, so that those who failed together do not come back together.
    """
    longest = min(LONGEST_SECONDS, _FIRST_SECONDS * 2 ** min(tries - 1, 30))
    return max(_LEAST_SECONDS, longest * chance)


def pause_of_line(failures: int, chance: float) -> float:
    """Return for how many seconds a system is left alone that did not answer so often in a row."""
    longest = min(_SILENT_SECONDS, _LEAST_SECONDS * 2 ** min(failures, 30))
    return max(_LEAST_SECONDS, longest * chance)


def is_given_up(tries: int, changed_at: datetime, now: datetime) -> bool:
    """Tell whether somebody must look: it failed twenty times, or for three days."""
    return tries >= MOST_TRIES or (tries >= _FEW_TRIES and now - changed_at >= OLDEST)


@dataclass(frozen=True, slots=True)
class Bucket:
    """Calls that may be made at once: refilled by the clock up to a burst, shared by all nodes."""

    tokens: float
    counted_at: datetime | None  # None: never, so it is full

    def take(
        self, wanted: int, *, per_minute: int, now: datetime, is_mind: bool
    ) -> tuple[int, "Bucket", float]:
        """Return how many calls may be made now, what is left, and seconds until the next.

        A part is kept for changed minds, so that a backlog never stands in front of one.
        """
        burst = max(1.0, per_minute / _BURST_OF_MINUTE)
        per_second = per_minute / 60
        known = burst
        if self.counted_at is not None:
            passed = max(0.0, (now - self.counted_at).total_seconds())
            known = min(burst, self.tokens + passed * per_second)
        kept = 0 if is_mind else int(burst / _KEPT_FOR_MINDS)
        granted = max(0, min(wanted, int(known) - kept))
        left = Bucket(known - granted, now)
        missing = kept + 1 - left.tokens
        return granted, left, max(0.0, missing / per_second)

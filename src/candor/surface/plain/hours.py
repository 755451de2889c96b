"""Hours of the day, as masks of 24 bits hold them."""

from datetime import time
from typing import Final

HOURS: Final = 24
ALL_HOURS: Final = (1 << HOURS) - 1


def hour(at: int) -> str:
    """Return a full hour as people write it: "21:00"."""
    return time(at % HOURS).strftime("%H:%M")


def span_of(mask: int) -> tuple[int, int] | None:
    """Return first hour and end of the one stretch that a mask is, over midnight if need be.

    None when it is empty, whole, or several stretches.
    """
    if mask in {0, ALL_HOURS}:
        return None
    starts = [at for at in range(HOURS) if mask >> at & 1 and not mask >> (at - 1) % HOURS & 1]
    if len(starts) != 1:
        return None
    return starts[0], (starts[0] + mask.bit_count()) % HOURS

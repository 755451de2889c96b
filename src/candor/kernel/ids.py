"""Identity of things: the NewTypes of our ids, and how they are made.

Ids are UUID version 7 (RFC 9562): ordered by time, so that new rows land at the end of an
index, and with 74 random bits, so that nobody guesses a neighbour. An id is a name, never a
secret.
"""

import os
import threading
import time
from typing import Final, NewType
from uuid import UUID

ProfileId = NewType("ProfileId", UUID)
StaffId = NewType("StaffId", UUID)
MergeId = NewType("MergeId", UUID)
ReviewId = NewType("ReviewId", UUID)
RecordId = NewType("RecordId", UUID)
PurposeId = NewType("PurposeId", int)
AttributeId = NewType("AttributeId", int)
EventTypeId = NewType("EventTypeId", int)
SourceId = NewType("SourceId", int)

_COUNTER_BITS: Final = 12
_lock: Final = threading.Lock()
_last: list[int] = [0, 0]  # milliseconds, counter within them


def new_id() -> UUID:
    """Make a UUID version 7 that is greater than every one that this process made before.

    The 12 bits after the time count up within a millisecond (RFC 9562, 6.2 method 1); when they
    run out, the time is borrowed from the next one.
    """
    with _lock:
        now_ms = time.time_ns() // 1_000_000
        if now_ms > _last[0]:
            _last[0], _last[1] = now_ms, 0
        else:
            _last[1] += 1
            if _last[1] >> _COUNTER_BITS:
                _last[0], _last[1] = _last[0] + 1, 0
        ms, counter = _last
    tail = int.from_bytes(os.urandom(8)) & ((1 << 62) - 1)
    return UUID(int=(ms << 80) | (7 << 76) | (counter << 64) | (0b10 << 62) | tail)


def random_id() -> UUID:
    """Make a UUID version 4: for what must not tell when it was made, nor after what."""
    bits = int.from_bytes(os.urandom(16))
    return UUID(int=bits, version=4)

"""What a status of a mail server means for a person's address. Pure.

By enhanced status codes (RFC 3463) alone: the words beside them are for people, and differ. What
says that there is no such mailbox stops the address at once; a full mailbox or a server that is
tired is tried again; what says that they do not trust us (X.7.X) is our trouble: nobody's address
is given up for it.
"""

from enum import StrEnum
from typing import Final

# No such mailbox, domain or address; it moved; it takes nothing: standards of large receivers.
_NOBODY: Final = frozenset({"5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})
_FULL: Final = "5.2.2"


class Means(StrEnum):
    """What a status means."""

    GONE = "gone"  # the address takes nothing, and will not
    SOFT = "soft_bounce"  # not now
    POLICY = "policy"  # they do not trust us, or what we wrote
    REFUSED = "refused"  # for good, and for another reason


def meaning_of(code: int, status: str) -> Means:
    """Return what a reply means; `status` is empty where there is none."""
    if status.startswith(("5.7.", "4.7.")):
        return Means.POLICY
    if status in _NOBODY:
        return Means.GONE
    if status == _FULL or status.startswith("4.") or 400 <= code < 500:
        return Means.SOFT
    return Means.REFUSED

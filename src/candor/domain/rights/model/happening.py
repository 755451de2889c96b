"""What can happen to a request: the words of its events, and of its entries in the audit log."""

from enum import StrEnum
from typing import Final


class What(StrEnum):
    """What happened to a request. In the audit log each stands after `rights.`."""

    # taken in, and made sure whose it is
    RECEIVED = "received"
    ASKED_AGAIN = "asked_again"  # the same once more, while it is under way
    SORTED = "sorted"  # a mail: somebody read which right it is about
    WHOSE_FOUND = "whose_found"
    PROOF_ASKED = "proof_asked"
    COMPARED = "compared"  # facts, by somebody of staff
    PROVED = "proved"
    PROOF_FAILED = "proof_failed"
    DENIED = "denied"  # the person says that it was somebody else
    BEGUN = "begun"
    # the clock, and who sees to it
    ACKNOWLEDGED = "acknowledged"
    ASSIGNED = "assigned"
    EXTENDED = "extended"
    PAUSED = "paused"
    RESUMED = "resumed"
    REMINDED = "reminded"
    OVERDUE = "overdue"
    # tasks
    TASK_DONE = "task_done"
    TASK_STUCK = "task_stuck"
    TASK_BY_HAND = "task_by_hand"
    TASK_ASKED = "task_asked"
    TASK_SETTLED = "task_settled"
    TASK_RETRIED = "task_retried"
    # what was done
    HELD = "held"  # an erasure waits for a hold
    UNREADABLE = "unreadable"  # the keys are destroyed
    TRACE_FOUND = "trace_found"
    SEARCHED = "searched"
    CERTIFIED = "certified"
    RESTRICTED = "restricted"
    RESTRICTION_LIFTED = "restriction_lifted"
    STOPPED = "stopped"
    RECTIFIED = "rectified"
    PEOPLE_ONLY = "people_only"
    MACHINE_AGAIN = "machine_again"
    DOWNLOADED = "downloaded"
    # the end
    FULFILLED = "fulfilled"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


# What is the company's own business about a request: not told in the person's own history, which
# says what was done with what is theirs.
INSIDE: Final = frozenset(
    {
        What.PROOF_ASKED,
        What.ACKNOWLEDGED,
        What.ASSIGNED,
        What.PAUSED,
        What.RESUMED,
        What.OVERDUE,
        What.REMINDED,
        What.TASK_DONE,
        What.TASK_STUCK,
        What.TASK_BY_HAND,
        What.TASK_ASKED,
        What.TASK_SETTLED,
        What.TASK_RETRIED,
    }
)

"""What can be in force against somebody because of an alert, and who that somebody can be.

An actor is written as a label: `staff:id`, `key:id` (of the API), `network:hash`, `account:hash`
(who tries to sign in), or `machine:name` for a door as a whole (`machine:console`,
`machine:portal`). Never a customer by profile.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID


class MeasureKind(StrEnum):
    """What is done by itself against an attack."""

    CHALLENGE = "challenge"  # the doors ask for a challenge before each attempt
    SLOW = "slow"  # the doors let fewer attempts through
    STEP_UP = "step_up"  # sessions must prove themselves anew
    END_SESSIONS = "end_sessions"  # all sign-ins end at once
    SUSPEND = "suspend"  # a key opens nothing until somebody has looked
    NO_EXPORT = "no_export"  # nothing is handed out in bulk


# What a measure can be taken against, by the beginning of the label.
APPLIES_TO: Final = {
    MeasureKind.CHALLENGE: frozenset({"network", "account", "machine"}),
    MeasureKind.SLOW: frozenset({"network"}),
    MeasureKind.STEP_UP: frozenset({"staff"}),
    MeasureKind.END_SESSIONS: frozenset({"staff"}),
    MeasureKind.SUSPEND: frozenset({"key"}),
    MeasureKind.NO_EXPORT: frozenset({"staff", "key"}),
}
# An act of a moment leaves nothing in force; a suspended key waits for a person, for a year.
LASTS: Final = {
    MeasureKind.END_SESSIONS: timedelta(seconds=1),
    MeasureKind.STEP_UP: timedelta(seconds=1),
    MeasureKind.SUSPEND: timedelta(days=365),
}


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure."""

    measure_id: UUID
    alert_id: UUID | None
    kind: str
    actor: str
    since: datetime
    until: datetime
    lifted_at: datetime | None
    lifted_by: UUID | None

    def stands_at(self, now: datetime) -> bool:
        """Tell whether it is in force."""
        return self.lifted_at is None and now < self.until


def kind_of(actor: str) -> str:
    """Return what a label is about: staff, key, network, account, machine."""
    return actor.partition(":")[0]


def is_about(actor: str, staff_id: UUID | None) -> bool:
    """Tell whether a label means this member of staff; None: the command line, so nobody."""
    return staff_id is not None and actor == f"staff:{staff_id}"


def applies(kind: MeasureKind, actor: str) -> bool:
    """Tell whether a measure can be taken against an actor."""
    return kind_of(actor) in APPLIES_TO[kind]

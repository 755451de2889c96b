"""Four eyes: what one member of staff proposes and another must approve before it happens.

    open → approved   by another, with a fresh proof of who they are; the deed is done with it
    open → declined   by another
    open → withdrawn  by whoever proposed it
    open → expired    by time

Nothing leaves any other state. That nobody approves their own proposal is a constraint of the
table as well.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from candor.domain.access.model.roles import Permission

Payload = Mapping[str, str | int]

WHY_AT_LEAST: Final = 10  # signs: "because" is no reason
WHY_AT_MOST: Final = 500
PERMIT_LASTS_AT_MOST: Final = timedelta(hours=12)


class Deed(StrEnum):
    """What needs four eyes."""

    CHANGE_ROLE = "access.change_role"
    GRANT_PERMIT = "access.grant_permit"
    LET_IN = "access.let_in"
    SEND_AWAY = "access.send_away"  # an administrator; anybody else leaves at once
    HAND_OVER = "connections.hand_over"  # a file about people, to another system


class Bar(StrEnum):
    """Why somebody may not decide on a proposal."""

    ROLE = "role"
    OWN = "own"  # they proposed it
    ABOUT = "about"  # it is about them
    INVITER = "inviter"  # they let the proposer in, and could be both pairs of eyes


class State(StrEnum):
    """How far a proposal has come."""

    OPEN = "open"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may propose a deed, who may decide on it, and how long a proposal stands."""

    propose: Permission
    decide: Permission
    lasts: timedelta


RULES: Final[Mapping[Deed, Rule]] = {
    Deed.CHANGE_ROLE: Rule(
        Permission.STAFF_MANAGE, Permission.PROPOSALS_DECIDE, timedelta(hours=72)
    ),
    Deed.LET_IN: Rule(
        Permission.STAFF_MANAGE, Permission.PROPOSALS_DECIDE, timedelta(hours=72)
    ),
    Deed.SEND_AWAY: Rule(
        Permission.STAFF_MANAGE, Permission.PROPOSALS_DECIDE, timedelta(hours=72)
    ),
    Deed.GRANT_PERMIT: Rule(
        Permission.PEOPLE_READ, Permission.PROPOSALS_DECIDE, timedelta(hours=24)
    ),
    Deed.HAND_OVER: Rule(
        Permission.CONNECTIONS_MANAGE, Permission.PROPOSALS_DECIDE, timedelta(hours=72)
    ),
}

# What a permit can give beyond the role, for some hours. Everything else is a matter of roles.
PERMITTABLE: Final = frozenset({Permission.PEOPLE_BULK})


@dataclass(frozen=True, slots=True)
class Proposal:
    """A deed that waits for the second pair of eyes, or did."""

    proposal_id: UUID
    kind: str
    payload: dict[str, str | int]
    why: str
    proposed_by: UUID
    proposed_at: datetime
    expires_at: datetime
    state: str
    decided_by: UUID | None
    decided_at: datetime | None

    def state_at(self, now: datetime) -> State:
        """Return the state, where time alone may have changed it already."""
        if self.state == State.OPEN and self.expires_at <= now:
            return State.EXPIRED
        return State(self.state)


@dataclass(frozen=True, slots=True)
class Permit:
    """A permission beyond the role, for a while."""

    permit_id: UUID
    staff_id: UUID
    permission: str
    proposal_id: UUID
    granted_at: datetime
    expires_at: datetime
    ended_at: datetime | None

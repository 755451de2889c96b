"""Connections that follow a request: how far it has come at one of them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Followed(StrEnum):
    """How far a request has come at one connection."""

    UNDER_WAY = "under_way"
    ACKNOWLEDGED = "acknowledged"
    NOTHING = "nothing"  # nobody is held there
    PARKED = "parked"  # it keeps failing, or is not taken: somebody must look
    GIVEN_UP = "given_up"  # by somebody of staff
    ENDED = "ended"  # the connection was


@dataclass(frozen=True, slots=True)
class Stand:
    """How far it has come, at which system, when it acknowledged that, and what it was asked."""

    followed: Followed
    name: str
    at: datetime | None = None
    acts: tuple[str, ...] = ()  # put, remove
    problem: str | None = None

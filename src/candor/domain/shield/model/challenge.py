"""How hard a challenge is at each step, and how long the way without a script takes. Pure."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from candor.domain.shield.model.limit import Limit

CHALLENGE_LASTS: Final = timedelta(minutes=10)
TICKET_LASTS: Final = timedelta(minutes=30)
# What others fail while a challenge is being solved does not void it: it may be this much easier
# than what would be asked for now.
SLACK: Final = 3
_TICKET_WAITS: Final = timedelta(seconds=20)
# A ticket costs an attacker time, whatever number of them was asked for at once.
TICKETS_BY_ADDRESS: Final = Limit("door.ticket.address", 3, timedelta(minutes=3))
TICKETS_BY_NETWORK: Final = Limit("door.ticket.network", 30, timedelta(minutes=10))
_PREFIXES: Final = ("00", "000")  # on average 256 and 4,096 keys are derived
_ROUNDS: Final = (500, 1_000, 2_000, 4_000)


@dataclass(frozen=True, slots=True)
class Work:
    """What solving takes: keys derived by so many rounds of PBKDF2 until one begins so.

    Checking takes one key: about a millisecond at the hardest step.
    """

    rounds: int
    prefix: str


def work_of(step: int) -> Work:
    """Return the work of a step: twice that of the one before."""
    coarse, fine = divmod(step, len(_ROUNDS))
    return Work(_ROUNDS[fine], _PREFIXES[coarse])


def ticket_waits(step: int) -> timedelta:
    """Return how long somebody waits whose browser cannot solve challenges."""
    return _TICKET_WAITS * (step + 1)

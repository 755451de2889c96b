"""Trust figures: how many people said what. Sums over everybody; they look through all choices.

Whoever shows them keeps them for a while, and shows no group that is small.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from candor.domain.consent.model.policy import Policy
from candor.domain.consent.queries import figures as stored
from candor.infra.db.pool import ReadTx


@dataclass(frozen=True, slots=True)
class Answers:
    """How a purpose is answered: by how many, and by how many with a yes that counts now."""

    asked: int
    said_yes: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What can be said about everybody."""

    people: int
    answers: Mapping[str, Answers]  # by purpose; one that nobody answered is missing
    taken_back: int


async def figures(tx: ReadTx, *, policy: Policy, since: datetime, now: datetime) -> Figures:
    """Return the figures at an instant; yeses that were taken back count from `since` on."""
    codes = {bit: code for code, bit in policy.bits.items()}
    rows = await stored.answers(tx, consent_mask=policy.consent_mask, now=now)
    return Figures(
        people=await stored.people(tx),
        answers={codes[row.purpose_id]: Answers(row.asked, row.said_yes) for row in rows},
        taken_back=await stored.taken_back(tx, since=since),
    )

"""The statements of figures: sums over everybody, about nobody."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from candor.infra.db.pool import ReadTx
from candor.infra.db.sql import load


@dataclass(frozen=True, slots=True)
class AnswersRow:
    """How many people chose about a purpose, and for how many it is allowed now."""

    purpose_id: int
    asked: int
    said_yes: int


_sql: Final = load(__file__)
_PEOPLE: Final = _sql.rows("people", int)
_ANSWERS: Final = _sql.rows("answers", AnswersRow)
_TAKEN_BACK: Final = _sql.rows("taken_back", int)


async def people(tx: ReadTx) -> int:
    """Return how many people are known."""
    return await tx.value(_PEOPLE) or 0


async def answers(tx: ReadTx, *, consent_mask: int, now: datetime) -> list[AnswersRow]:
    """Return, per purpose, how many people chose and for how many it is allowed."""
    return await tx.all(_ANSWERS, {"consent_mask": consent_mask, "now": now})


async def taken_back(tx: ReadTx, *, since: datetime) -> int:
    """Return how many yeses were taken back since an instant."""
    return await tx.value(_TAKEN_BACK, {"since": since}) or 0

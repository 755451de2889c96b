"""The statements that count everybody by what they said, for those who look after it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from candor.infra.db.pool import ReadTx
from candor.infra.db.sql import load


@dataclass(frozen=True, slots=True)
class StancesRow:
    """How many people stand how with one purpose; who never chose is in no column."""

    purpose_id: int
    said_yes: int
    said_no: int
    notice_changed: int
    expired: int
    minor: int


@dataclass(frozen=True, slots=True)
class NoticeCount:
    """On how many standing yeses a notice is."""

    notice_id: str
    people: int


@dataclass(frozen=True, slots=True)
class ReachRow:
    """How many people a message reaches, or why not."""

    topic_id: int
    channel_id: int
    reason: str
    people: int


@dataclass(frozen=True, slots=True)
class StepRow:
    """How often a purpose was answered in one step of time."""

    purpose_id: int
    step: int
    yeses: int
    noes: int
    taken_back: int


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """How many people have a yes to a purpose to confirm."""

    purpose_id: int
    people: int


_sql: Final = load(__file__)
_PEOPLE: Final = _sql.rows("people", int)
_STANCES: Final = _sql.rows("stances", StancesRow)
_YESES_BY_NOTICE: Final = _sql.rows("yeses_by_notice", NoticeCount)
_REACH_BY_REASON: Final = _sql.rows("reach_by_reason", ReachRow)
_SAID_BY_STEP: Final = _sql.rows("said_by_step", StepRow)
_WAITING: Final = _sql.rows("waiting", WaitingRow)
_PEOPLE_WAITING: Final = _sql.rows("people_waiting", int)


async def people(tx: ReadTx) -> int:
    """Return how many people are active."""
    return await tx.value(_PEOPLE) or 0


async def stances(
    tx: ReadTx, *, editions: Mapping[int, int], now: datetime
) -> list[StancesRow]:
    """Return how people stand with each declared purpose; `editions` by its bit."""
    return await tx.all(_STANCES, _declared(editions, now))


async def yeses_by_notice(
    tx: ReadTx, *, editions: Mapping[int, int], now: datetime
) -> list[NoticeCount]:
    """Return on how many standing yeses each notice is."""
    return await tx.all(_YESES_BY_NOTICE, _declared(editions, now))


async def reach_by_reason(tx: ReadTx, params: Mapping[str, Any]) -> list[ReachRow]:
    """Return whom messages reach, and why not the others; the pairs as one list per column."""
    return await tx.all(_REACH_BY_REASON, params)


async def said_by_step(
    tx: ReadTx, *, since: datetime, step_seconds: int, now: datetime
) -> list[StepRow]:
    """Return how often each purpose was answered, by steps of time."""
    params = {"since": since, "step_seconds": step_seconds, "now": now}
    return await tx.all(_SAID_BY_STEP, params)


async def waiting(tx: ReadTx, *, now: datetime) -> list[WaitingRow]:
    """Return how many people have a yes to confirm, per purpose."""
    return await tx.all(_WAITING, {"now": now})


async def people_waiting(tx: ReadTx, *, now: datetime) -> int:
    """Return how many people have a yes to confirm."""
    return await tx.value(_PEOPLE_WAITING, {"now": now}) or 0


def _declared(editions: Mapping[int, int], now: datetime) -> dict[str, Any]:
    return {
        "purpose_ids": list(editions),
        "editions": list(editions.values()),
        "now": now,
    }

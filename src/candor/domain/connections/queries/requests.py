"""The statements with which requests of people reach other systems."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load


@dataclass(frozen=True, slots=True)
class HeldRow:
    """A profile that a system holds, or is about to."""

    profile_id: UUID
    connection_id: UUID


@dataclass(frozen=True, slots=True)
class StandingRow:
    """How a delivery stands."""

    delivery_id: UUID
    state: str
    act: str | None
    settled_at: datetime | None
    problem: str | None


@dataclass(frozen=True, slots=True)
class EndedRow:
    """A task for which nothing is on its way any more."""

    task_id: UUID
    is_well: bool


_sql: Final = load(__file__)
_ENDED: Final = _sql.rows("ended_tasks", EndedRow)
_HOLDING: Final = _sql.rows("holding", str)
_HELD: Final = _sql.rows("held_ones", HeldRow)
_MAKE_DUE: Final = _sql.rows("make_due", UUID)
_STANDING: Final = _sql.rows("standing", StandingRow)
_REMOVED: Final = _sql.rows("last_removed", datetime)
_FORGET_SETTLED: Final = _sql.command("forget_settled")
_FORGET_REMOVED: Final = _sql.command("forget_removed")
_LET_GO_DELIVERIES: Final = _sql.command("let_go_of_deliveries")
_LET_GO_LINKS: Final = _sql.command("let_go_of_links")


async def holding(tx: ReadTx, *, profile_ids: Sequence[UUID]) -> list[str]:
    """Return the codes of the connections whose systems hold one of these profiles."""
    return await tx.values(_HOLDING, {"profile_ids": list(profile_ids)})


async def held(tx: ReadTx, *, profile_ids: Sequence[UUID]) -> list[HeldRow]:
    """Return which of these profiles are held where, in the order in which they are locked."""
    return await tx.all(_HELD, {"profile_ids": list(profile_ids)})


async def make_due(
    tx: Tx, one: HeldRow, *, delivery_id: UUID, task_id: UUID | None, at: datetime
) -> UUID:
    """Make a delivery due, before everything else; return the id of the one that carries it."""
    values = {
        "profile_id": one.profile_id,
        "connection_id": one.connection_id,
        "delivery_id": delivery_id,
        "task_id": task_id,
        "at": at,
    }
    [found] = await tx.values(_MAKE_DUE, values)
    return found


async def standing(
    tx: ReadTx, *, profile_ids: Sequence[UUID], delivery_ids: Sequence[UUID]
) -> list[StandingRow]:
    """Return how deliveries stand; those that were forgotten since are missing."""
    values = {"profile_ids": list(profile_ids), "delivery_ids": list(delivery_ids)}
    return await tx.all(_STANDING, values)


async def ended_tasks(tx: ReadTx, *, task_ids: Sequence[UUID]) -> list[EndedRow]:
    """Return those of these tasks for which nothing is on its way any more."""
    return await tx.all(_ENDED, {"task_ids": list(task_ids)})


async def last_removed(
    tx: ReadTx, *, profile_ids: Sequence[UUID], connection_id: UUID
) -> datetime | None:
    """Return when the last of these profiles was removed at a connection; None: none was."""
    values = {"profile_ids": list(profile_ids), "connection_id": connection_id}
    return await tx.value(_REMOVED, values)


async def forget_over(tx: Tx, *, profile_ids: Sequence[UUID]) -> tuple[int, int]:
    """Forget what is over of these profiles; return how many deliveries and links went."""
    values = {"profile_ids": list(profile_ids)}
    return await tx.run(_FORGET_SETTLED, values), await tx.run(_FORGET_REMOVED, values)


async def let_go(tx: Tx, *, profile_ids: Sequence[UUID]) -> tuple[int, int]:
    """Forget everything of these profiles; return how many deliveries and links went."""
    values = {"profile_ids": list(profile_ids)}
    return await tx.run(_LET_GO_DELIVERIES, values), await tx.run(_LET_GO_LINKS, values)

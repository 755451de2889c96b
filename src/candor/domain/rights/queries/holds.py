"""The statements about holds."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from candor.domain.rights.model.hold import Hold
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load

_sql: Final = load(__file__)
_INSERT: Final = _sql.command("insert_hold")
_OF: Final = _sql.rows("holds_of", Hold)
_STANDING: Final = _sql.rows("standing_holds", Hold)
_LIFTED: Final = _sql.rows("lifted_holds", Hold)
_DUE: Final = _sql.rows("due_holds", int)
_LOCKED: Final = _sql.rows("locked_hold", Hold)
_LIFT: Final = _sql.command("lift_hold")
_REVIEW: Final = _sql.command("review_hold")
_LOCK: Final = _sql.rows("lock_holding", str)
_WAKE: Final = _sql.rows("wake_held", UUID)
_BY_THEMSELVES: Final = _sql.rows("restricted_by_themselves", bool)
_ERASURE_HELD: Final = _sql.rows("erasure_held", bool)


async def insert_hold(tx: Tx, hold: Hold) -> None:
    """Place a hold."""
    params = {
        "profile_id": hold.profile_id, "hold_id": hold.hold_id, "ground": hold.ground.value,
        "reference": hold.reference, "placed_by": hold.placed_by,
        "placed_at": hold.placed_at, "review_on": hold.review_on,
    }  # fmt: skip
    await tx.run(_INSERT, params)


async def holds_of(tx: ReadTx, *, profile_ids: Sequence[UUID]) -> list[Hold]:
    """Return the holds on some profiles, those that stand first, then the newest."""
    return await tx.all(_OF, {"profile_ids": list(profile_ids)})


async def standing_holds(tx: ReadTx, *, at_most: int) -> list[Hold]:
    """Return the holds that stand, by the day on which they are looked at."""
    return await tx.all(_STANDING, {"at_most": at_most})


async def lifted_holds(tx: ReadTx, *, at_most: int) -> list[Hold]:
    """Return the holds that were lifted last."""
    return await tx.all(_LIFTED, {"at_most": at_most})


async def due_holds(tx: ReadTx, *, today: date) -> int:
    """Return how many holds must be looked at by a day."""
    return await tx.value(_DUE, {"today": today}) or 0


async def locked_hold(tx: Tx, *, hold_id: UUID) -> Hold | None:
    """Return one hold and lock it."""
    return await tx.maybe(_LOCKED, {"hold_id": hold_id})


async def lift_hold(tx: Tx, *, hold_id: UUID, at: datetime, by: str) -> None:
    """End a hold."""
    await tx.run(_LIFT, {"hold_id": hold_id, "at": at, "by": by})


async def review_hold(tx: Tx, *, hold_id: UUID, review_on: date) -> None:
    """Move the day on which a hold is looked at."""
    await tx.run(_REVIEW, {"hold_id": hold_id, "review_on": review_on})


async def lock_holding(tx: Tx, *, profile_ids: Sequence[UUID]) -> None:
    """Let nobody else hold or erase these profiles until the transaction ends."""
    for profile_id in sorted(profile_ids):  # one order for everybody
        await tx.value(_LOCK, {"profile_id": str(profile_id)})


async def wake_held(tx: Tx, *, profile_ids: Sequence[UUID], at: datetime) -> list[UUID]:
    """Let the erasures be tried now that wait for a hold on these; return their requests."""
    return await tx.values(_WAKE, {"profile_ids": list(profile_ids), "at": at})


async def restricted_by_themselves(tx: ReadTx, *, profile_ids: Sequence[UUID]) -> bool:
    """Tell whether the person asked for a restriction of their own that still stands."""
    return await tx.value(_BY_THEMSELVES, {"profile_ids": list(profile_ids)}) or False


async def erasure_held(
    tx: ReadTx, *, profile_ids: Sequence[UUID], but: UUID | None = None
) -> bool:
    """Tell whether an erasure of the person waits for a hold; one request does not count."""
    return (
        await tx.value(_ERASURE_HELD, {"profile_ids": list(profile_ids), "but": but}) or False
    )

"""The statements of minors and of who may choose for them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from candor.domain.consent.model.guardian import Guardian
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load

_sql: Final = load(__file__)
_SET_MINOR: Final = _sql.command("set_minor")
_INSERT: Final = _sql.command("insert_guardian")
_GUARDIANS: Final = _sql.rows("guardians", Guardian)
_WARDS: Final = _sql.rows("wards", UUID)
_END: Final = _sql.command("end_guardian")


async def set_minor(tx: Tx, *, profile_ids: Sequence[UUID], until: date | None) -> None:
    """Set until when these profiles are a minor's."""
    await tx.run(_SET_MINOR, {"profile_ids": list(profile_ids), "until": until})


async def insert_guardian(
    tx: Tx,
    *,
    profile_id: UUID,
    guardian_id: UUID,
    since: datetime,
    proof: str,
    recorded_by: str,
) -> None:
    """Write down who may choose for a child."""
    params: dict[str, Any] = {
        "profile_id": profile_id,
        "guardian_id": guardian_id,
        "since": since,
        "proof": proof,
        "recorded_by": recorded_by,
    }
    await tx.run(_INSERT, params)


async def guardians(tx: ReadTx, *, profile_ids: Sequence[UUID]) -> list[Guardian]:
    """Return who may choose, or once might, for these profiles; the newest first."""
    return await tx.all(_GUARDIANS, {"profile_ids": list(profile_ids)})


async def wards(tx: ReadTx, *, profile_ids: Sequence[UUID], now: datetime) -> list[UUID]:
    """Return the children for whom any of these profiles may choose."""
    return await tx.values(_WARDS, {"profile_ids": list(profile_ids), "now": now})


async def end_guardian(
    tx: Tx, *, profile_ids: Sequence[UUID], guardian_ids: Sequence[UUID], at: datetime
) -> int:
    """End what these profiles may choose for those; return how many ended."""
    params: dict[str, Any] = {
        "profile_ids": list(profile_ids),
        "guardian_ids": list(guardian_ids),
        "at": at,
    }
    return await tx.run(_END, params)

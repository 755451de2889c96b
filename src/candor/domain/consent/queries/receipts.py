"""The statements of receipts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from candor.infra.db.pool import ReadTx
from candor.infra.db.sql import load


@dataclass(frozen=True, slots=True)
class ChoiceRow:
    """A choice, with all that a receipt tells of it."""

    record_id: UUID
    via_profile_id: UUID
    purpose_id: int
    choice: str
    decided_at: datetime
    recorded_at: datetime
    expires_at: datetime | None
    surface: str
    notice: str | None
    locale: str | None
    guardian_id: UUID | None


_sql: Final = load(__file__)
_FIND: Final = _sql.rows("find_choice", ChoiceRow)


async def find_choice(
    tx: ReadTx, *, profile_ids: Sequence[UUID], record_id: UUID
) -> ChoiceRow | None:
    """Return one choice that was made through one of these profiles, or None."""
    return await tx.maybe(_FIND, {"profile_ids": list(profile_ids), "record_id": record_id})

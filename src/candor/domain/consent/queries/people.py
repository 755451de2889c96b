"""The statements that tell who belongs together, and who there is."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from candor.infra.db.pool import ReadTx
from candor.infra.db.sql import load

_sql: Final = load(__file__)
_RELATED: Final = _sql.rows("related", UUID)
_HEADS_AFTER: Final = _sql.rows("heads_after", UUID)
_COUNT: Final = _sql.rows("count_heads", int)


async def related(tx: ReadTx, *, profile_ids: Sequence[UUID]) -> list[UUID]:
    """Return all profiles of the people that these profiles belong to, as it is now."""
    return await tx.values(_RELATED, {"profile_ids": list(profile_ids)})


async def heads_after(tx: ReadTx, *, after: UUID, at_most: int) -> list[UUID]:
    """Return the heads of people in the order of their ids, behind one."""
    return await tx.values(_HEADS_AFTER, {"after": after, "at_most": at_most})


async def count_heads(tx: ReadTx, *, up_to: UUID | None) -> int:
    """Count people, all or those up to one in the order of their ids."""
    return await tx.value(_COUNT, {"up_to": up_to}) or 0

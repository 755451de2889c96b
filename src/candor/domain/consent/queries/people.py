"""The statement that tells who belongs together."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from candor.infra.db.pool import ReadTx
from candor.infra.db.sql import load

_sql: Final = load(__file__)
_RELATED: Final = _sql.rows("related", UUID)


async def related(tx: ReadTx, *, profile_ids: Sequence[UUID]) -> list[UUID]:
    """Return all profiles of the people that these profiles belong to, as it is now."""
    return await tx.values(_RELATED, {"profile_ids": list(profile_ids)})

"""The statements of importing earlier choices."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from candor.infra.db.pool import ReadTx
from candor.infra.db.sql import load

_sql: Final = load(__file__)
_KNOWN: Final = _sql.rows("known_records", UUID)


async def known_records(tx: ReadTx, *, records: Mapping[UUID, UUID]) -> list[UUID]:
    """Return those of these choices that stand already; given as profile by record."""
    params = {"profile_ids": list(records.values()), "record_ids": list(records)}
    return await tx.values(_KNOWN, params)

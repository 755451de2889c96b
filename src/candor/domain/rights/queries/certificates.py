"""The statements about certificates."""

from typing import Final
from uuid import UUID

from candor.infra.db.pool import ReadTx
from candor.infra.db.sql import load

_sql: Final = load(__file__)
_BODY: Final = _sql.rows("certificate_body", str)


async def certificate_body(tx: ReadTx, *, request_id: UUID) -> str | None:
    """Return the signed certificate of a request."""
    return await tx.value(_BODY, {"request_id": request_id})

"""The statements about erasures."""

from datetime import datetime
from typing import Final
from uuid import UUID

from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load
from candor.infra.db.survey import NAME
from candor.kernel.errors import Bug

_sql: Final = load(__file__)
_TIME: Final = _sql.rows("server_time", datetime)
_OLDER: Final = _sql.rows("is_older_running", bool)
_INSERT: Final = _sql.command("insert_certificate")
_WITH_NEEDLES: Final = _sql.rows("with_needles", UUID)


async def server_time(tx: ReadTx) -> datetime:
    """Return the present by the clock of the database server."""
    found = await tx.value(_TIME)
    if found is None:
        message = "a server has a clock"
        raise Bug(message)
    return found


async def is_older_running(tx: ReadTx, *, before: datetime) -> bool:
    """Tell whether a transaction still runs that began before an instant of the server's."""
    return bool(await tx.value(_OLDER, {"before": before, "looking": NAME}))


async def insert_certificate(tx: Tx, *, request_id: UUID, body: str, at: datetime) -> bool:
    """Keep the certificate of a request; tell whether it is the first."""
    params = {"request_id": request_id, "body": body, "at": at}
    return await tx.run(_INSERT, params) == 1


async def with_needles(tx: ReadTx) -> list[UUID]:
    """Return the requests for which something is still to be looked for, oldest first."""
    return await tx.values(_WITH_NEEDLES)

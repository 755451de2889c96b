"""The statements that sweep sign-ins that ended."""

from datetime import datetime
from typing import Final

from candor.infra.db.pool import Tx
from candor.infra.db.sql import load
from candor.infra.holder import Round

_sql: Final = load(__file__)
_SESSIONS: Final = _sql.rows("sweep_ended_sessions", int)
_LINKS: Final = _sql.rows("sweep_ended_links", int)
_CEREMONIES: Final = _sql.rows("sweep_ended_ceremonies", int)


async def sessions(tx: Tx, one: Round, *, before: datetime) -> int | None:
    """Remove sessions that ended before an instant, or count them."""
    return await tx.value(_SESSIONS, one.params(before=before))


async def links(tx: Tx, one: Round, *, before: datetime) -> int | None:
    """Remove links that ran out before an instant, or count them."""
    return await tx.value(_LINKS, one.params(before=before))


async def ceremonies(tx: Tx, one: Round, *, before: datetime) -> int | None:
    """Remove what was begun and ran out before an instant, or count it."""
    return await tx.value(_CEREMONIES, one.params(before=before))

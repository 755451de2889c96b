"""The statements that sweep away what is over at connections."""

from datetime import datetime
from typing import Final

from candor.infra.db.pool import Tx
from candor.infra.db.sql import load
from candor.infra.holder import Round

_sql: Final = load(__file__)
_LINKS: Final = _sql.rows("sweep_links", int)
_DELIVERIES: Final = _sql.rows("sweep_deliveries", int)
_SUBSCRIPTIONS: Final = _sql.rows("sweep_subscriptions", int)


async def links(tx: Tx, one: Round, *, before: datetime) -> int | None:
    """Remove what is known of records that are gone since before an instant, or count it."""
    return await tx.value(_LINKS, one.params(before=before))


async def deliveries(tx: Tx, one: Round, *, before: datetime) -> int | None:
    """Remove deliveries that were settled before an instant, or count them."""
    return await tx.value(_DELIVERIES, one.params(before=before))


async def subscriptions(tx: Tx, one: Round, *, before: datetime) -> int | None:
    """Remove browsers that took nothing since an instant, or count them."""
    return await tx.value(_SUBSCRIPTIONS, one.params(before=before))

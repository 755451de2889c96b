"""The statements that sweep what is over at the door."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from candor.infra.db.pool import Tx
from candor.infra.db.sql import load
from candor.infra.holder import Round

_sql: Final = load(__file__)
_EVENTS: Final = _sql.rows("sweep_events", int)
_UNDECLARED: Final = _sql.rows("sweep_undeclared_events", int)
_TALLIES: Final = _sql.rows("sweep_tallies", int)
_FAVOURITES: Final = _sql.rows("sweep_favourites", int)
_KEPT_SUMS: Final = _sql.rows("sweep_kept_sums", int)


async def events(tx: Tx, one: Round, *, befores: Mapping[int, datetime]) -> int | None:
    """Remove events older than their type is kept, or count them."""
    params = one.params(
        event_type_ids=list(befores),
        befores=list(befores.values()),
        newest=max(befores.values(), default=one.now),
    )
    return await tx.value(_EVENTS, params, prepare=False)


async def undeclared_events(tx: Tx, one: Round, *, event_type_ids: list[int]) -> int | None:
    """Remove events of all other types than these, or count them."""
    params = one.params(event_type_ids=event_type_ids)
    return await tx.value(_UNDECLARED, params, prepare=False)


async def tallies(tx: Tx, one: Round, *, before: date) -> int | None:
    """Remove tallies of days before one, or count them."""
    return await tx.value(_TALLIES, one.params(before=before))


async def favourites(tx: Tx, one: Round, *, before: datetime) -> int | None:
    """Remove favourites that did not come up since an instant, or count them."""
    return await tx.value(_FAVOURITES, one.params(before=before))


async def kept_sums(tx: Tx, one: Round) -> int | None:
    """Remove sums whose last day is over, or count them."""
    return await tx.value(_KEPT_SUMS, one.params(today=one.now.date()))

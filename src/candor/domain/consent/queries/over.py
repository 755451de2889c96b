"""The statements that sweep what is over about choices, and tell whom sweeps spare."""

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load
from candor.infra.holder import Round

_sql: Final = load(__file__)
_REPLACED: Final = {
    "consent.record": _sql.rows("sweep_replaced_records", int),
    "consent.wish": _sql.rows("sweep_replaced_wishes", int),
    "consent.signal": _sql.rows("sweep_replaced_signals", int),
}
_OF_ERASED: Final = {
    "consent.record": _sql.rows("sweep_records_of_erased", int),
    "consent.wish": _sql.rows("sweep_wishes_of_erased", int),
    "consent.signal": _sql.rows("sweep_signals_of_erased", int),
}
TABLES: Final = tuple(_REPLACED)
_STATES: Final = _sql.rows("sweep_states_of_erased", int)
_CONTACTS: Final = _sql.rows("sweep_contacts", int)
_CONFIRMATIONS: Final = _sql.rows("sweep_old_confirmations", int)
_GUARDIANS: Final = _sql.rows("sweep_guardians", int)
_RESTRICTED: Final = _sql.rows("restricted", UUID)
_COMPANIONS: Final = _sql.rows("companions", UUID)


async def replaced(tx: Tx, one: Round, table: str, *, before: datetime) -> int | None:
    """Remove evidence that something newer replaced before an instant, or count it."""
    return await tx.value(_REPLACED[table], one.params(before=before))


async def of_erased(tx: Tx, one: Round, table: str, *, before: datetime) -> int | None:
    """Remove evidence about erased people who said nothing since an instant, or count it."""
    return await tx.value(_OF_ERASED[table], one.params(before=before))


async def states_of_erased(tx: Tx, one: Round, *, before: datetime) -> int | None:
    """Remove states of erased people about whom no evidence is left, or count them."""
    return await tx.value(_STATES, one.params(before=before))


async def contacts(tx: Tx, one: Round, *, before: datetime) -> int | None:
    """Remove when messages left before an instant, or count it."""
    return await tx.value(_CONTACTS, one.params(before=before))


async def confirmations(tx: Tx, one: Round, *, before: datetime) -> int | None:
    """Remove questions that ended before an instant, or count them."""
    return await tx.value(_CONFIRMATIONS, one.params(before=before))


async def guardians(tx: Tx, one: Round, *, before: datetime) -> int | None:
    """Remove guardians whose time ended before an instant, or count them."""
    return await tx.value(_GUARDIANS, one.params(before=before))


async def restricted(tx: ReadTx) -> list[UUID]:
    """Return all profiles of people of whom one is restricted."""
    return await tx.values(_RESTRICTED)


async def companions(tx: ReadTx, *, profile_ids: Collection[UUID]) -> list[UUID]:
    """Return all profiles of the people that these profiles belong to."""
    return await tx.values(_COMPANIONS, {"profile_ids": list(profile_ids)})

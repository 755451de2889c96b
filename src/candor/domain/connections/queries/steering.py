"""What somebody must know before they start, pause or stop a connection."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from candor.infra.db.pool import ReadTx
from candor.infra.db.sql import load


@dataclass(frozen=True, slots=True)
class HeldRow:
    """How many people a system holds by our books, and what is on its way."""

    people: int
    waiting: int
    parked: int


@dataclass(frozen=True, slots=True)
class PeopleRow:
    """How many people a system holds by our books."""

    connection_id: UUID
    people: int


_sql: Final = load(__file__)
_HELD: Final = _sql.rows("held", HeldRow)
_HELD_BY_ALL: Final = _sql.rows("held_by_all", PeopleRow)
_OF_VENDOR: Final = _sql.rows("vendors_connections", UUID)


async def held(tx: ReadTx, *, connection_id: UUID) -> HeldRow:
    """Count whom a system holds, and what is on its way to it."""
    return await tx.one(_HELD, {"connection_id": connection_id})


async def held_by_all(tx: ReadTx) -> dict[UUID, int]:
    """Count whom each system holds; one that holds nobody is missing."""
    return {row.connection_id: row.people for row in await tx.all(_HELD_BY_ALL)}


async def vendors_connections(tx: ReadTx, *, vendor_id: UUID) -> list[UUID]:
    """Return the connections of a vendor that have not ended."""
    return await tx.values(_OF_VENDOR, {"vendor_id": vendor_id})

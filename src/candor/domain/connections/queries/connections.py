"""The statements about connections themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from candor.domain.connections.model.connection import (
    Connection,
    Direction,
    Field,
    Removal,
    State,
    Why,
)
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load


@dataclass(frozen=True, slots=True)
class ConnectionRow:
    """A connection as it is kept."""

    connection_id: UUID
    code: str
    name: str
    adapter: str
    vendor_id: UUID | None
    directions: list[str]
    purposes: list[str]
    mapping: list[dict[str, Any]]
    settings: dict[str, str]
    secrets: bytes | None = field(repr=False)
    source: str | None
    removal: str
    at_once: int
    per_minute: int | None
    state: str
    why: str | None
    edition: int
    added_by: str
    added_at: datetime
    changed_at: datetime
    ended_at: datetime | None

    def read(self) -> Connection:
        """Return it as a value."""
        return Connection(
            connection_id=self.connection_id,
            code=self.code,
            name=self.name,
            adapter=self.adapter,
            vendor_id=self.vendor_id,
            directions=frozenset(map(Direction, self.directions)),
            purposes=tuple(self.purposes),
            mapping=msgspec.convert(self.mapping, tuple[Field, ...]),
            settings=self.settings,
            secrets=self.secrets,
            source=self.source,
            removal=Removal(self.removal),
            at_once=self.at_once,
            per_minute=self.per_minute,
            state=State(self.state),
            why=Why(self.why) if self.why else None,
            edition=self.edition,
            added_by=self.added_by,
            added_at=self.added_at,
            changed_at=self.changed_at,
            ended_at=self.ended_at,
        )


_sql: Final = load(__file__)
_EVERY: Final = _sql.rows("connections", ConnectionRow)
_ONE: Final = _sql.rows("connection", ConnectionRow)
_BY_CODE: Final = _sql.rows("connection_by_code", ConnectionRow)
_LOCK: Final = _sql.rows("lock_connection", ConnectionRow)
_INSERT: Final = _sql.command("insert_connection")
_CHANGE: Final = _sql.command("change_connection")
_MOVE: Final = _sql.command("move_connection")


async def connections(tx: ReadTx) -> list[Connection]:
    """Return all connections by their name, ended ones at the end."""
    return [row.read() for row in await tx.all(_EVERY)]


async def connection(tx: ReadTx, *, connection_id: UUID) -> Connection | None:
    """Return a connection; None when there is none."""
    row = await tx.maybe(_ONE, {"connection_id": connection_id})
    return row.read() if row else None


async def connection_by_code(tx: ReadTx, *, code: str) -> Connection | None:
    """Return the connection with a code; None when there is none."""
    row = await tx.maybe(_BY_CODE, {"code": code})
    return row.read() if row else None


async def lock_connection(tx: Tx, *, connection_id: UUID) -> Connection | None:
    """Lock a connection for a change, and return it; None when there is none."""
    row = await tx.maybe(_LOCK, {"connection_id": connection_id})
    return row.read() if row else None


async def insert_connection(tx: Tx, values: Mapping[str, Any]) -> None:
    """Write a connection, a draft, and where its progress is kept."""
    await tx.run(_INSERT, values)


async def change_connection(tx: Tx, values: Mapping[str, Any]) -> None:
    """Write a configuration anew."""
    await tx.run(_CHANGE, values)


async def move_connection(
    tx: Tx,
    *,
    connection_id: UUID,
    state: State,
    why: Why | None,
    from_states: Sequence[State],
    at: datetime,
) -> bool:
    """Move a connection from one of these states to another; tell whether it was in one."""
    values = {
        "connection_id": connection_id,
        "state": state,
        "why": why,
        "from_states": list(from_states),
        "at": at,
    }
    return bool(await tx.run(_MOVE, values))

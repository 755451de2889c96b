"""Connections, what their systems hold, and deliveries at any point of their way, as rows.

For what stands on the rows alone: requests of people, pages, retention. What moves them is the
engine's own tests' business.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from candor.app import Candor
from candor.kernel.ids import new_id

Owner = psycopg.Connection[Any]


def make_connection(
    owner: Owner,
    code: str,
    *,
    name: str = "",
    adapter: str = "rest",
    purposes: Sequence[str] = ("news",),
    mapping: Sequence[dict[str, Any]] = (),
    vendor_id: UUID | None = None,
    state: str = "active",
    at: datetime,
) -> UUID:
    """Set a connection up, as it is once it was started; return its id."""
    connection_id = new_id()
    owner.execute(
        "INSERT INTO connections.connection (connection_id, code, name, adapter, vendor_id,"
        " directions, purposes, mapping, settings, at_once, state, added_by, added_at,"
        " changed_at, ended_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, 1, %s, %s, %s, %s, %s)",
        (
            connection_id,
            code,
            name or code.title(),
            adapter,
            vendor_id,
            ["out"],
            list(purposes),
            Jsonb(list(mapping)),
            Jsonb({}),
            state,
            "test",
            at,
            at,
            at if state == "ended" else None,
        ),
    )
    owner.execute(
        "INSERT INTO connections.progress (connection_id) VALUES (%s)", (connection_id,)
    )
    return connection_id


def make_vendor(
    owner: Owner, code: str, name: str, *, country: str = "DE", at: datetime
) -> UUID:
    """Add a vendor; return its id."""
    vendor_id = new_id()
    owner.execute(
        "INSERT INTO governance.vendor (vendor_id, code, name, country, added_by, added_at)"
        " VALUES (%s, %s, %s, %s, 'test', %s)",
        (vendor_id, code, name, country, at),
    )
    return vendor_id


def make_link(
    owner: Owner,
    profile_id: UUID,
    connection_id: UUID,
    *,
    purposes: int = 0,
    told_at: datetime,
    removed_at: datetime | None = None,
) -> None:
    """Let a system hold a profile."""
    owner.execute(
        "INSERT INTO connections.link (profile_id, connection_id, remote_id, remote_index,"
        " purposes, told_at, removed_at) VALUES (%s, %s, %s, %s, %s, %s, %s)",
        (
            profile_id,
            connection_id,
            b"sealed",
            new_id().bytes,
            purposes,
            told_at,
            removed_at,
        ),
    )


def make_delivery(
    owner: Owner,
    profile_id: UUID,
    connection_id: UUID,
    *,
    changed_at: datetime,
    cause: str = "consent.changed",
    state: str = "waiting",
    act: str | None = None,
    fields: Sequence[str] | None = None,
    settled_at: datetime | None = None,
    due_at: datetime | None = None,
    problem: str | None = None,
) -> UUID:
    """Put a delivery at some point of its way; return its id."""
    delivery_id = new_id()
    owner.execute(
        "INSERT INTO connections.delivery (profile_id, delivery_id, connection_id, cause, state,"
        " rank, changed_at, due_at, act, fields, sent_at, settled_at, problem)"
        " VALUES (%s, %s, %s, %s, %s, 0, %s, %s, %s, %s, %s, %s, %s)",
        (
            profile_id,
            delivery_id,
            connection_id,
            cause,
            state,
            changed_at,
            due_at or changed_at,
            act,
            None if fields is None else list(fields),
            settled_at,
            settled_at,
            problem,
        ),
    )
    return delivery_id


def due(owner: Owner) -> list[tuple[str, UUID, str, int, int]]:
    """Return what is under way: code, profile, cause, rank, changes."""
    return owner.execute(
        "SELECT c.code, d.profile_id, d.cause, d.rank, d.changes FROM connections.delivery d"
        " JOIN connections.connection c USING (connection_id) WHERE d.settled_at IS NULL"
        " ORDER BY c.code, d.profile_id"
    ).fetchall()


def settle(
    owner: Owner,
    candor: Candor,
    *,
    act: str = "put",
    state: str = "acknowledged",
    code: str = "",
) -> int:
    """Let systems answer whatever is under way to them, as the engine settles it."""
    at = candor.clock.now()
    rows = owner.execute(
        "UPDATE connections.delivery d SET state = %s, act = %s, sent_at = %s, settled_at = %s"
        " FROM connections.connection c WHERE c.connection_id = d.connection_id"
        " AND d.settled_at IS NULL AND (%s = '' OR c.code = %s)"
        " RETURNING d.profile_id, d.connection_id",
        (state, act, at, at, code, code),
    ).fetchall()
    if act == "remove" and state == "acknowledged":
        for profile_id, connection_id in rows:
            owner.execute(
                "UPDATE connections.link SET removed_at = %s, told_at = %s"
                " WHERE profile_id = %s AND connection_id = %s",
                (at, at, profile_id, connection_id),
            )
    return len(rows)


def make_file(owner: Owner, connection_id: UUID, candor: Candor, state: str = "put") -> UUID:
    """Hand a file over, as it lies at its place; return its id."""
    file_id, now = new_id(), candor.clock.now()
    owner.execute(
        "INSERT INTO connections.file (file_id, connection_id, state, name, people, terms,"
        " put_at, expires_at, due_at, added_at) VALUES (%s, %s, %s, %s, 0, %s, %s, %s, %s, %s)",
        (file_id, connection_id, state, "a.csv.age", bytes(32), now, now, now, now),
    )
    return file_id

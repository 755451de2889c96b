"""Rows of `collect.event` as PostgreSQL takes them quickest: many by COPY, a few as one JSON.

`copied` is the binary format of the manual, chapter COPY: a header, for each row the number of
its fields and each field with its length, a trailer. Numbers are big-endian; an instant is the
number of microseconds since 2000-01-01 UTC; jsonb begins with its version.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from struct import Struct
from typing import Final

import msgspec

_HEADER: Final = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_TRAILER: Final = b"\xff\xff"
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
# profile_id, occurred_at, event_id, event_type_id, source_id, flush_id, received_at, purposes,
# and of properties the length and the version of jsonb: each field after its length.
_START: Final = Struct(">h i16s iq i16s ih ih iq iq iq ib")
_LENGTH: Final = Struct(">i")
_NULL: Final = _LENGTH.pack(-1)
_FIELDS: Final = 10
_JSONB: Final = 1


class Row(msgspec.Struct, frozen=True, gc=False):
    """An event on its way into the table; `properties` is JSON."""

    profile_id: bytes
    occurred_at: datetime
    event_id: bytes
    event_type_id: int
    source_id: int
    received_at: datetime
    purposes: int
    properties: bytes
    sealed: bytes | None


def copied(rows: Iterable[Row], flush_id: int) -> bytes:
    """Return rows for COPY in its binary format."""
    parts = [_HEADER]
    for row in rows:
        parts += (
            _START.pack(
                _FIELDS, 16, row.profile_id, 8, _instant(row.occurred_at), 16, row.event_id,
                2, row.event_type_id, 2, row.source_id, 8, flush_id, 8,
                _instant(row.received_at), 8, row.purposes, len(row.properties) + 1, _JSONB,
            ),
            row.properties,
            _NULL if row.sealed is None else _LENGTH.pack(len(row.sealed)) + row.sealed,
        )  # fmt: skip
    parts.append(_TRAILER)
    return b"".join(parts)


def listed(rows: Iterable[Row]) -> str:
    """Return rows as a JSON array of objects named like the columns."""
    return "[" + ",".join([_object(row) for row in rows]) + "]"


def _object(row: Row) -> str:
    sealed = "null" if row.sealed is None else f'"\\\\x{row.sealed.hex()}"'
    return (
        f'{{"profile_id":"{row.profile_id.hex()}","occurred_at":"{row.occurred_at}",'
        f'"event_id":"{row.event_id.hex()}","event_type_id":{row.event_type_id},'
        f'"source_id":{row.source_id},"received_at":"{row.received_at}",'
        f'"purposes":{row.purposes},"properties":{row.properties.decode()},'
        f'"sealed":{sealed}}}'
    )


def _instant(at: datetime) -> int:
    """Return an instant as the database counts it."""
    return (at - _EPOCH) // _MICROSECOND

"""The two ways in which events are written leave the same rows."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import psycopg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from candor.domain.collect import queries
from candor.domain.collect.rows import Row, copied, listed
from candor.infra.db.pool import Database
from candor.kernel.clock import FixedClock
from candor.kernel.ids import new_id

_COLUMNS = (
    "profile_id, occurred_at, event_type_id, source_id, received_at, purposes,"
    " properties, sealed"
)
_TEXT = st.text(st.characters(exclude_characters="\x00", exclude_categories=("Cs",)))
_MONTH = datetime(2026, 3, 1, tzinfo=UTC)


def _row(
    clock: FixedClock,
    *,
    purposes: int,
    sealed: bytes | None,
    properties: bytes = b"{}",
    numbers: tuple[int, int] = (3, 2),
    occurred_at: datetime = _MONTH + timedelta(days=1, microseconds=7),
) -> Row:
    return Row(
        profile_id=new_id().bytes,
        occurred_at=occurred_at,
        event_id=new_id().bytes,
        event_type_id=numbers[0],
        source_id=numbers[1],
        received_at=clock.now(),
        purposes=purposes,
        properties=properties,
        sealed=sealed,
    )


async def _both_ways(
    db: Database, owner: psycopg.Connection[Any], clock: FixedClock, rows: list[Row]
) -> tuple[list[Any], list[Any]]:
    """Store rows in each way; return what the database then holds."""
    async with db.tx() as tx:
        await queries.ensure_month(tx, day=_MONTH.date())
        few = await queries.store_few(tx, at=clock.now(), counts="[]", rows=listed(rows))
        many = await queries.insert_flush(tx, at=clock.now(), counts="[]")
        again = [msgspec.structs.replace(row, event_id=new_id().bytes) for row in rows]
        await queries.copy_events(tx, (copied(again, many),))
    statement = f"SELECT {_COLUMNS} FROM collect.event WHERE flush_id = %s ORDER BY {_COLUMNS}"
    return (
        owner.execute(statement.encode(), (few,)).fetchall(),
        owner.execute(statement.encode(), (many,)).fetchall(),
    )


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    texts=st.dictionaries(_TEXT, _TEXT, max_size=3),
    sealed=st.none() | st.binary(max_size=60),
    numbers=st.tuples(
        st.integers(1, 2**15 - 1), st.integers(1, 2**15 - 1), st.integers(0, 2**63 - 1)
    ),
    offset=st.integers(0, 26 * 86_400 * 10**6),
    hours=st.integers(-12, 12),
)
async def test_few_and_many_leave_the_same_rows(
    db: Database,
    owner: psycopg.Connection[Any],
    clock: FixedClock,
    texts: dict[str, str],
    sealed: bytes | None,
    numbers: tuple[int, int, int],
    offset: int,
    hours: int,
) -> None:
    at = (_MONTH + timedelta(days=1, microseconds=offset)).astimezone(
        timezone(timedelta(hours=hours))
    )
    row = _row(
        clock,
        properties=json.dumps(texts, ensure_ascii=False).encode(),
        sealed=sealed,
        numbers=numbers[:2],
        purposes=numbers[2],
        occurred_at=at,
    )
    few, many = await _both_ways(db, owner, clock, [row])
    assert few == many
    assert few[0][1:] == (at, numbers[0], numbers[1], clock.now(), numbers[2], texts, sealed)


async def test_the_order_of_fields_is_that_of_the_columns(
    db: Database, owner: psycopg.Connection[Any], clock: FixedClock
) -> None:
    rows = [_row(clock, purposes=n, sealed=bytes([n]) if n % 2 else None) for n in range(5)]
    few, many = await _both_ways(db, owner, clock, rows)
    assert few == many
    assert [row[5] for row in few] == [0, 1, 2, 3, 4]


async def test_messages_are_new_once(db: Database, clock: FixedClock) -> None:
    keys = sorted(new_id().bytes for _ in range(4))
    async with db.tx() as tx:
        today = clock.now().date()
        assert await queries.remember_messages(tx, message_keys=keys[:2], today=today) is None
        again = await queries.remember_messages(tx, message_keys=keys, today=today)
        assert again == set(keys[2:])
        assert await queries.remember_messages(tx, message_keys=keys, today=today) == set()

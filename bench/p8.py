"""P8: bytes on disk over bytes of personal data.

Two shapes: the record of GDPRbench (100 characters of Data), and a record of 1 KB; 100,000 records
of 10,000 users, as in the paper. A short pass has one record per user, which costs most.
Counted is the whole store: tables, indexes and TOAST of what keeps people, their keys, consent,
answers, the change feed and the audit log. Beside it the same records in bare PostgreSQL with an
index on each field.
"""

import asyncio
from dataclasses import replace
from typing import Final

from bench.gdprbench.running import loaded, size_of
from bench.gdprbench.work import Size
from bench.result import Baseline, Figure, Goal
from bench.stage import Stage, stage

_RECORDS, _RECORDS_SHORT = 100_000, 1_000
_SLICES: Final = (
    "access",
    "audit",
    "catalogue",
    "collect",
    "consent",
    "feed",
    "profiles",
    "vault",
)
_BYTES: Final = """
SELECT coalesce(sum(pg_total_relation_size(class.oid)), 0)::bigint
FROM pg_class AS class JOIN pg_namespace AS space ON space.oid = class.relnamespace
WHERE class.relkind IN ('r', 'm') AND space.nspname = '{}'
"""


def measure(*, is_short: bool) -> list[Figure]:
    """Measure both shapes."""
    size = Size(_RECORDS_SHORT, 1) if is_short else size_of("P8", _RECORDS, 1)
    return [
        _space(size, "record of GDPRbench", Goal(value_at_most=3.5)),
        _space(replace(size, data_bytes=1_024), "record of 1 KB", Goal(value_at_most=1.5)),
    ]


def _space(size: Size, name: str, goal: Goal) -> Figure:
    with stage() as made:
        empty = {one: _stored(made, one) for one in _SLICES}
        asyncio.run(_load(made, size))
        ours = {one: _stored(made, one) - empty[one] for one in _SLICES}
        plain = _stored(made, "bench")
    data = size.records * size.data_bytes
    return Figure(
        "P8",
        f"bytes on disk ÷ bytes of personal data, {name}, {size.records:,} records",
        "×",
        [sum(ours.values()) / data],
        goal,
        Baseline("bare PostgreSQL", [plain / data]),
        {
            "records": size.records,
            "bytes_per_record": {one: number // size.records for one, number in ours.items()},
        },
    )


async def _load(made: Stage, size: Size) -> None:
    async with loaded(made, size, 0):
        pass


def _stored(made: Stage, schema: str) -> int:
    return int(made.query(_BYTES.format(schema))[0][0])

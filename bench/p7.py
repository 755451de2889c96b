"""P7: GDPRbench: time of a metadata operation at a hundred times as many records.

Read and update of metadata by user and read by key, as many records per user in both sizes: what
one person asks must not grow with how many others there are. Operations by purpose meet a 25th of
all records, so they grow with what they answer: they are in P6. Both stores are measured by turns
in each size, and the figure is the time at the larger over the time at the smaller.

The full size is 1,000,000 records beside 10,000 (`BENCH_P7=10000,1000000`), which takes half an
hour to load; without it, 2,000 and 40,000.
"""

import asyncio
import os
from dataclasses import replace
from time import perf_counter
from typing import Final

from bench.gdprbench.running import Both, loaded
from bench.gdprbench.work import Asked, Deed, Size, Store, history
from bench.result import Baseline, Figure, Goal
from bench.stage import Stage, stage

_SMALL, _LARGE = 2_000, 40_000
_OPERATIONS, _OPERATIONS_SHORT = 600, 60
_RUNS: Final = 3
_DEEDS: Final = (Deed.META_USR, Deed.MARK_USR, Deed.READ_KEY)


def measure(*, is_short: bool) -> list[Figure]:
    """Measure both sizes, each on a stage of its own that lives beside the other."""
    given = os.environ.get("BENCH_P7")
    small, large = (int(n) for n in given.split(",")) if given else (_SMALL, _LARGE)
    if is_short:
        small, large = 500, 1_000
    with stage() as few, stage() as many:
        return asyncio.run(_measure(few, many, small, large, is_short=is_short))


async def _measure(
    few: Stage, many: Stage, small: int, large: int, *, is_short: bool
) -> list[Figure]:
    operations = _OPERATIONS_SHORT if is_short else _OPERATIONS
    sizes = [Size(number, operations) for number in (small, large)]
    figures: list[Figure] = []
    async with loaded(few, sizes[0], 0) as first, loaded(many, sizes[1], 0) as second:
        for deed in _DEEDS:
            ours: list[float] = []
            plain: list[float] = []
            times: list[float] = []
            for seed in range(_RUNS):
                here = await _times(first, deed, sizes[0], seed)
                there = await _times(second, deed, sizes[1], seed)
                ours.append(there[0] / here[0])
                plain.append(there[1] / here[1])
                times.append(there[0] * 1e3)
            figures.append(
                Figure(
                    "P7",
                    f"GDPRbench, {deed}: time at {large:,} ÷ at {small:,} records",
                    "×",
                    ours,
                    Goal(value_at_most=1.1),
                    Baseline("bare PostgreSQL", plain),
                    {"milliseconds": times, "operations": operations},
                )
            )
    return figures


async def _times(both: Both, deed: Deed, size: Size, seed: int) -> tuple[float, float]:
    """Return the mean time of an operation here and in bare PostgreSQL, warmed up."""
    asked = [replace(one, deed=deed) for one in history("A", "processor", size, seed)]
    return await _mean(both.ours, asked), await _mean(both.plain, asked)


async def _mean(store: Store, asked: list[Asked]) -> float:
    for one in asked[: len(asked) // 3]:
        await store.do(one)
    began = perf_counter()
    for one in asked:
        await store.do(one)
    return (perf_counter() - began) / len(asked)

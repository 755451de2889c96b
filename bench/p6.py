"""P6: GDPRbench: operations per second of customer, processor, controller and regulator.

Profiles A, B and C, by one client and by sixteen; beside it bare PostgreSQL with an index on each
field and no privacy features, with the same operations, driver and clients, in turn. How a record
is kept says `bench.gdprbench`. Before that, one client does all mixes against a dictionary: each
answer must be the same (a test does that too).

Clients are tasks of one process, so both stores share its one core with the client. Sizes of B and
C are smaller than in the paper, which asks for 100,000 and 1,000,000 records: one operation by
purpose meets a 25th of all records. `BENCH_P6_A=10000,1000` sets records and operations.
"""

import asyncio
from typing import Final

from bench.gdprbench.model import Model
from bench.gdprbench.running import Both, loaded, rate, size_of
from bench.gdprbench.work import MIXES, Deed, Size, history
from bench.result import Baseline, Figure, Goal
from bench.stage import Stage, stage

_RUNS, _RUNS_SHORT = 3, 1
_SIZES: Final = {"A": (10_000, 200), "B": (5_000, 100), "C": (20_000, 200)}
_CLIENTS: Final = (1, 16)


def measure(*, is_short: bool) -> list[Figure]:
    """Measure each profile on a stage of its own."""
    figures: list[Figure] = []
    for profile, (records, operations) in _SIZES.items():
        size = Size(500, 40) if is_short else size_of(f"P6_{profile}", records, operations)
        runs = _RUNS_SHORT if is_short else _RUNS
        with stage() as made:
            figures += asyncio.run(_profile(made, profile, size, runs))
    return figures


async def _profile(made: Stage, profile: str, size: Size, runs: int) -> list[Figure]:
    rounds = 2 * runs * len(_CLIENTS) + 1
    async with loaded(made, size, size.operations * rounds) as both:
        figures = [await _correctness(both, profile, size)]
        seed, new = 1, size.records + size.operations
        for role in MIXES[profile]:
            for clients in _CLIENTS:
                ours: list[float] = []
                plain: list[float] = []
                for _ in range(runs):
                    seed += 1
                    asked = history(profile, role, size, seed, first_new=new)
                    new += sum(one.deed is Deed.INSERT for one in asked)
                    plain.append(await rate(both.plain, asked, clients))
                    ours.append(await rate(both.ours, asked, clients))
                figures.append(
                    Figure(
                        "P6",
                        f"GDPRbench {profile}, {role}, {clients} client"
                        f"{'s' if clients > 1 else ''}; {size.records:,} records",
                        "operations/s",
                        ours,
                        Goal(ratio_at_least=0.75),
                        Baseline("bare PostgreSQL", plain),
                        {"records": size.records, "operations": size.operations},
                    )
                )
        return figures


async def _correctness(both: Both, profile: str, size: Size) -> Figure:
    """Compare every answer of both stores with a dictionary's."""
    asked = right = 0
    for store in (both.plain, both.ours):
        model = Model(both.records)
        for role in MIXES[profile]:
            for one in history(profile, role, size, 1):
                asked += 1
                right += await store.do(one) == model.answer(one)
    return Figure(
        "P6",
        f"GDPRbench {profile}, right answers, one client; {asked:,} operations",
        "%",
        [100 * right / asked],
        Goal(value_at_least=100),
        None,
        {"right": right, "asked": asked, "records": size.records},
    )

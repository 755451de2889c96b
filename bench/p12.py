"""P12: a person erased: unreadable, purged, certified; and the same among ten times the rows.

The step that makes somebody unreadable is timed by itself, from its first statement to its commit,
with the note outside the database on disk; the purge and the certificate from the request on. One
person with 1,000 events and one with 10,000; then both again when the table of events holds ten
times as many rows of others: the ratio says what volume costs.
"""

import asyncio
import random
from dataclasses import replace
from time import perf_counter
from typing import Final

from bench.leaving import asked, begun, carried, office, put_events
from bench.result import SEED, Baseline, Figure, Goal
from bench.stage import Stage, stage
from candor.app import Candor, compose
from candor.domain.rights.model.task import Answer
from candor.domain.rights.service import reading
from candor.domain.rights.service.office import Work
from candor.infra.settings import Settings
from candor.kernel.ids import ProfileId

_RUNS: Final = 5
_FULL, _SHORT = 200_000, 5_000
_SIZES: Final = (1_000, 10_000)

Times = dict[tuple[int, str], list[float]]


def measure(*, is_short: bool) -> list[Figure]:
    """Measure at one volume and at ten times it."""
    volume = _SHORT if is_short else _FULL
    with stage() as here:
        settings = Settings.load(
            {"CANDOR_HOME": str(here.folder), "CANDOR_CONFIG": str(here.folder / "none")}
        )
        candor = compose(settings, here.urls.app, pool=12)
        small, large = asyncio.run(_measure(candor, here, volume))
    figures: list[Figure] = []
    for size in _SIZES:
        goals = (Goal(value_at_most=50), Goal(value_at_most=5), Goal(value_at_most=5))
        whats = (("unreadable", "ms"), ("purged", "s"), ("certified", "s"))
        for (what, unit), goal in zip(whats, goals, strict=True):
            label = f"a person with {size:,} events: {what}"
            figures.append(Figure("P12", label, unit, small[size, what], goal))
            figures.append(
                Figure(
                    "P12",
                    f"{label}, among {volume * 10:,} rows of others",
                    unit,
                    large[size, what],
                    Goal(ratio_at_most=1.1),
                    Baseline(f"the same among {volume:,}", small[size, what]),
                )
            )
    return figures


async def _measure(candor: Candor, here: Stage, volume: int) -> tuple[Times, Times]:
    async with candor.running():
        await candor.door.open()
        try:
            put_events(here, volume)
            await _timed(candor, here, first=1_000_000)  # warm
            small = await _timed(candor, here, first=0)
            put_events(here, volume * 9)
            return small, await _timed(candor, here, first=100)
        finally:
            await candor.door.close()


async def _timed(candor: Candor, here: Stage, *, first: int) -> Times:
    numbers = list(range(first, first + _RUNS * len(_SIZES)))
    people = await begun(candor, numbers, random.Random(SEED + first))
    sizes = [size for size in _SIZES for _ in range(_RUNS)]
    found: Times = {}
    for one, size in zip(people, sizes, strict=True):
        put_events(here, size, one.profile_id)
        for what, value in (await _erased(candor, one.profile_id)).items():
            found.setdefault((size, what), []).append(value)
    return found


async def _erased(candor: Candor, who: ProfileId) -> dict[str, float]:
    desk, took = office(candor), list[float]()
    destroy = desk.steps["destroy"]

    async def timed(work: Work) -> Answer:
        before = perf_counter()
        answer = await destroy(work)
        took.append(perf_counter() - before)
        return answer

    desk = replace(desk, steps={**desk.steps, "destroy": timed})
    request = await asked(candor, desk, who)
    began = perf_counter()
    done = await carried(desk, request)
    certified = perf_counter() - began
    async with candor.database.read() as tx:
        tasks = await reading.tasks(tx, done.request_id)
    at = max(t.done_at for t in tasks if t.step == "purge_again" and t.done_at)
    last = max(t.done_at for t in tasks if t.done_at)
    return {
        "unreadable": sum(took) * 1000,
        "purged": certified - (last - at).total_seconds(),
        "certified": certified,
    }

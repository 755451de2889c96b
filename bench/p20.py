"""P20: every subject key wrapped anew for the next epoch, while people are read.

A million keys in the database, the job in a process of its own as `candor keys rotate epoch`
runs it (its start counts), and beside it readers who ask the vault for random people's keys,
past its memory, at a steady pace. Their p99 is taken twice, with the job and without:
"unharmed" means that it stays within a small multiple, on two cores which the job keeps busy,
and that nobody gets an error.
"""

import asyncio
import random
import sys
from collections.abc import Sequence
from contextlib import suppress
from statistics import quantiles
from time import perf_counter
from typing import Final
from uuid import UUID

import psycopg

from bench.result import SEED, Baseline, Figure, Goal
from bench.stage import Stage, stage
from candor.app import Candor, compose
from candor.infra.settings import Settings
from candor.kernel.ids import ProfileId, new_id

_FULL: Final = 1_000_000
_SHORT: Final = 50_000
_AT_ONCE: Final = 20_000
_READERS: Final = 4
_EVERY_SECONDS: Final = 0.01
_QUIET_SECONDS: Final = 10.0
_GOAL_SECONDS: Final = 60.0


def measure(*, is_short: bool) -> list[Figure]:
    """Measure the job and its readers, three runs."""
    number = _SHORT if is_short else _FULL
    with stage() as here:
        settings = Settings.load(
            {"CANDOR_HOME": str(here.folder), "CANDOR_CONFIG": str(here.folder / "none")}
        )
        candor = compose(settings, here.urls.app, pool=12)
        return asyncio.run(_measure(candor, here, number, is_short=is_short))


async def _measure(candor: Candor, here: Stage, number: int, *, is_short: bool) -> list[Figure]:
    async with candor.running():
        people = await _made(candor, number)
        seconds: list[float] = []
        busy: list[float] = []
        quiet: list[float] = []
        for _ in range(3):
            await _settled(here.urls.owner)
            quiet.append(_p99(await _read(candor, people, _quiet(is_short=is_short))))
            took, waited = await _rewrapped(candor, here, people)
            seconds.append(took)
            busy.append(_p99(waited))
    goal = Goal(value_at_most=_GOAL_SECONDS * number / _FULL)
    return [
        Figure("P20", f"{number:,} subject keys wrapped anew", "s", seconds, goal),
        Figure(
            "P20",
            "p99 of reading a key from the database meanwhile",
            "ms",
            busy,
            Goal(value_at_most=50),
            Baseline("the same readers without the job", quiet),
        ),
    ]


def _quiet(*, is_short: bool) -> float:
    return _QUIET_SECONDS / 5 if is_short else _QUIET_SECONDS


async def _made(candor: Candor, number: int) -> list[ProfileId]:
    people: list[ProfileId] = []
    while len(people) < number:
        some = [ProfileId(new_id()) for _ in range(min(_AT_ONCE, number - len(people)))]
        async with candor.database.tx() as tx:
            await candor.vault.create(tx, some)
        people += some
    return people


async def _settled(owner: str) -> None:
    """Leave no work of the last run to this one."""
    async with await psycopg.AsyncConnection.connect(owner, autocommit=True) as connection:
        await connection.execute("VACUUM ANALYZE vault.subject_key")
        await connection.execute("CHECKPOINT")


async def _rewrapped(
    candor: Candor, here: Stage, people: Sequence[UUID]
) -> tuple[float, list[float]]:
    """Return how long the job took, and how long each reader waited."""
    reading = asyncio.create_task(_read(candor, people, None))
    began = perf_counter()
    job = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "candor.cli", "keys", "rotate", "epoch", "--yes"),
        env=here.environment(),
        stdout=asyncio.subprocess.DEVNULL,
    )
    code = await job.wait()
    took = perf_counter() - began
    _stop.set()
    waited = await reading
    _stop.clear()
    async with candor.database.read() as tx:
        keys = [epoch.keys for epoch in await candor.vault.epochs.every(tx)]
    if code or keys[0] != len(people):
        message = f"the job ended with {code}, {keys[0]} keys are in the open epoch"
        raise AssertionError(message)
    return took, waited


_stop: Final = asyncio.Event()


async def _read(candor: Candor, people: Sequence[UUID], seconds: float | None) -> list[float]:
    """Let readers read until told to stop, or for some seconds."""
    tasks = [
        asyncio.create_task(_reader(candor, people, random.Random(SEED + n)))
        for n in range(_READERS)
    ]
    with suppress(TimeoutError):
        await asyncio.wait_for(_stop.wait(), seconds)
    was_set = _stop.is_set()
    _stop.set()
    waited = [one for task in tasks for one in await task]
    if not was_set:
        _stop.clear()
    return waited


async def _reader(candor: Candor, people: Sequence[UUID], dice: random.Random) -> list[float]:
    waited: list[float] = []
    while not _stop.is_set():
        profile_id = ProfileId(dice.choice(people))
        candor.vault.forget([profile_id])
        began = perf_counter()
        async with candor.database.read() as tx:
            if len(await candor.vault.keys(tx, [profile_id])) != 1:
                message = "a reader was harmed"
                raise AssertionError(message)
        waited.append((perf_counter() - began) * 1000)
        await asyncio.sleep(_EVERY_SECONDS)
    return waited


def _p99(waited: Sequence[float]) -> float:
    return quantiles(waited, n=100)[98]

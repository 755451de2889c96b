"""P18: entries of the audit log per second with its tree growing, and a million verified.

Entries are written by `audit.record`, one in a transaction and five hundred in a transaction, on
one connection, while a process takes them into the tree and signs heads (`bench.growing`); the
clock stops when the last one is in the tree. Beside it: the same entries written while nobody
takes them in. Both pay for the same table, indexes and fsync. A third line is for comparison: a
whole worker in place of that process, which watches each entry for alarms too. So many openings by
one member of staff are just what it looks for, so that is its heaviest case.

Verifying is `candor audit verify`: every row, tile and head worked out anew, on all cores, with a
checkpoint for each thousand entries. The rows are made by one INSERT, which is not measured.
"""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from bench.result import NO_GOAL, Baseline, Figure, Goal
from bench.stage import Stage, stage
from candor.app import compose, registry_of
from candor.cli import audit as command
from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.domain.audit.service import checkpoints, integrating, keeping, proving, verifying
from candor.infra.db.pool import Database
from candor.infra.settings import Settings
from candor.kernel.clock import SystemClock

_RUNS: Final = 3
_SINGLE, _SINGLE_SHORT = 6_000, 600
_BATCH: Final = 500
_BATCHES, _BATCHES_SHORT = 400, 12
_MILLION, _MILLION_SHORT = 1_000_000, 50_000
_HEADS: Final = 1_000
_STAFF: Final = Actor.staff("019ab2c0-0000-7000-8000-000000000001")
_MANY: Final = """
    INSERT INTO audit.entry (
        recorded_at, actor_kind, actor_id, action, subject, purpose, fields, outcome,
        request_id, detail
    )
    SELECT
        now(), 'staff', '019ab2c0-0000-7000-8000-000000000001', 'vault.open',
        substring(sha256(n::text::bytea) FROM 1 FOR 16), 'customer_service',
        '{{name,email,phone}}', 'allowed', 'request ' || n, '{{"merge": "a", "times": 1}}'
    FROM generate_series(1, {}) AS n
"""


def measure(*, is_short: bool) -> list[Figure]:
    """Measure writing with and without the tree, then verifying."""
    batches = _BATCHES_SHORT if is_short else _BATCHES
    with stage() as made:
        single = _SINGLE_SHORT if is_short else _SINGLE
        figures = [
            _written(made, "one in a transaction", 1, single),
            _written(made, "500 in a transaction", _BATCH, batches),
            _written(made, "500 in a transaction, whole worker", _BATCH, batches, whole=True),
        ]
    with stage() as made:
        figures.append(_verified(made, _MILLION_SHORT if is_short else _MILLION))
    return figures


def _written(
    made: Stage, name: str, at_once: int, times: int, *, whole: bool = False
) -> Figure:
    runs: list[float] = []
    bare: list[float] = []
    for _ in range(_RUNS):
        bare.append(asyncio.run(_write(made, at_once, times, with_tree=False)))
        asyncio.run(_catch_up(made))
        if whole:
            made.start_worker()
        else:
            made.start("worker", "bench.growing")
        time.sleep(3)  # it starts
        try:
            runs.append(asyncio.run(_write(made, at_once, times, with_tree=True)))
        finally:
            made.stop("worker")
    return Figure(
        "P18",
        f"audit entries, {name}",
        "entries/s",
        runs,
        NO_GOAL if whole else Goal(ratio_at_least=0.8),
        Baseline("the same without a tree", bare),
    )


async def _write(made: Stage, at_once: int, times: int, *, with_tree: bool) -> float:
    """Write entries; return how many a second."""
    clock = SystemClock()
    subjects = [number.to_bytes(16, "big") for number in range(at_once)]
    database = Database(made.urls.app, max_size=2)
    await database.open()
    try:
        began = time.perf_counter()
        for _ in range(times):
            async with database.tx("bench") as tx:
                await audit.record(
                    tx,
                    actor=_STAFF,
                    action="vault.open",
                    clock=clock,
                    subjects=subjects,
                    purpose="customer_service",
                    fields=("name", "email", "phone"),
                )
        if with_tree:
            await _all_in(database)
        return times * at_once / (time.perf_counter() - began)
    finally:
        await database.close()


async def _all_in(database: Database) -> None:
    """Wait until every entry is in the tree, helping if the worker has its pause."""
    while True:
        async with database.tx("bench") as tx:
            done = await integrating.integrate(tx)
        if done is not None:
            return
        await asyncio.sleep(0.002)


async def _catch_up(made: Stage) -> None:
    """Take in what was written while nobody did."""
    database = Database(made.urls.app, max_size=2)
    await database.open()
    with suppress(Exception):
        await _all_in(database)
    await database.close()


def _verified(made: Stage, entries: int) -> Figure:
    asyncio.run(_grow(made, entries))
    runs: list[float] = []
    for _ in range(_RUNS):
        began = time.perf_counter()
        asyncio.run(_verify(made, entries))
        runs.append(time.perf_counter() - began)
    return Figure(
        "P18",
        f"{entries:,} entries verified, with {entries // _HEADS:,} checkpoints",
        "s",
        runs,
        Goal(value_at_most=10),
    )


async def _grow(made: Stage, entries: int) -> None:
    """Write entries a thousand at a time, and sign a head over each thousand."""
    settings = Settings.load(
        {"CANDOR_HOME": str(made.folder), "CANDOR_DATABASE_URL": made.urls.app}
    )
    async with compose(settings, made.urls.app, pool=2).running() as candor:
        registry = registry_of(candor)
        for _ in range(entries // _HEADS):
            made.query(_MANY.format(_HEADS))
            await _all_in(candor.database)
            await keeping.sign(registry)
        async with candor.database.read("bench") as tx:
            size, head = await proving.size(tx), await checkpoints.latest(tx)
        if size < entries or head is None or head.size < entries:
            raise RuntimeError("not all entries are in the tree")
        made.query("VACUUM ANALYZE audit.entry")


async def _verify(made: Stage, entries: int) -> None:
    settings = Settings.load(
        {"CANDOR_HOME": str(made.folder), "CANDOR_DATABASE_URL": made.urls.app}
    )
    async with compose(settings, made.urls.app, pool=2).running() as candor:
        registry = registry_of(candor)
        async with candor.database.read("bench") as tx:
            notary = await registry.notary(tx)
            plan = await verifying.plan(
                tx, notary, file=registry.notebook.text(), given=(), since=None
            )
        stretches: Sequence[verifying.Stretch] = await asyncio.to_thread(
            command.worked_out, made.urls.app, plan
        )
        async with candor.database.read("bench") as tx:
            verdict = await verifying.conclude(tx, plan, stretches)
    if not verdict.is_whole or verdict.checked < entries:
        raise RuntimeError(f"not whole: {verdict.findings[:5]}")

"""What the figures of GDPRbench share: both stores on one stage, and clients."""

import asyncio
import os
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import perf_counter

from bench.gdprbench import bare
from bench.gdprbench.bare import Bare
from bench.gdprbench.candor import InCandor
from bench.gdprbench.work import Asked, Record, Size, Store
from bench.stage import Stage
from candor.app import compose
from candor.infra.db.pool import Database
from candor.infra.settings import Settings

_POOL = 16


@dataclass(frozen=True, slots=True)
class Both:
    """Two stores with the same records."""

    ours: InCandor
    plain: Bare
    records: Sequence[Record]


def size_of(name: str, records: int, operations: int) -> Size:
    """Return a size, or the one that the environment says: `BENCH_P6_A=10000,1000`."""
    given = os.environ.get(f"BENCH_{name}")
    if given:
        records, operations = (int(part) for part in given.split(","))
    if min(records, 10_000) % 50:
        message = "records must be a multiple of 50: each user's are kept for one purpose"
        raise ValueError(message)
    return Size(records, operations)


@asynccontextmanager
async def loaded(made: Stage, size: Size, inserts: int) -> AsyncGenerator[Both]:
    """Load the same records into both; `inserts`: how many more there may be."""
    records = [size.record(number) for number in range(size.records)]
    settings = Settings.load(
        {"CANDOR_HOME": str(made.folder), "CANDOR_DATABASE_URL": made.urls.app}
    )
    plain = Database(made.urls.app, min_size=_POOL, max_size=_POOL)
    await plain.open()
    try:
        async with compose(settings, made.urls.app, pool=_POOL).running() as candor:
            editions = 1 + (size.records + inserts) // size.users
            ours = await InCandor.made(candor, editions)
            await ours.load(records)
            with made.connected() as connection:
                bare.load(connection, records)
                connection.execute("VACUUM ANALYZE")
            yield Both(ours, Bare(plain), records)
    finally:
        await plain.close()


async def rate(store: Store, asked: Sequence[Asked], clients: int) -> float:
    """Let clients do operations, each its share one after the other; return how many a second."""

    async def client(share: Sequence[Asked]) -> None:
        for one in share:
            await store.do(one)

    began = perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(clients):
            group.create_task(client(asked[number::clients]))
    return len(asked) / (perf_counter() - began)

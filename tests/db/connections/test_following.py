"""The whole way in a worker: told by NOTIFY, routed, delivered, by lanes that wake each other."""

import asyncio
from collections.abc import Callable

import pytest

from candor.app import Candor
from candor.domain.connections import jobs
from candor.domain.connections.model.connection import State
from candor.domain.feed import service as feed
from candor.domain.feed.model import Changed
from candor.infra.db.listening import listening
from candor.infra.db.pool import Database
from candor.kernel.clock import FixedClock
from candor.kernel.ids import new_id
from tests.counterparts.notebook import Fault, Notebook
from tests.factories.exchanging import (
    choose,
    connected,
    connection_of,
    exchange_for,
    make_reader,
    move,
)
from tests.factories.house import fresh_email


async def until(is_so: Callable[[], object]) -> None:
    """Wait until something is so."""
    for _ in range(1000):
        if is_so():
            return
        await asyncio.sleep(0.02)
    pytest.fail("it did not come about")


async def test_who_listens_is_woken_by_a_commit_and_by_nothing_before(
    committed_db: Database, clock: FixedClock
) -> None:
    async with listening(committed_db.url, feed.CHANNEL) as ear:
        async with asyncio.timeout(10):
            while not ear.is_connected:
                await ear.wait(0.05)
        await ear.wait(0.01)
        async with committed_db.tx() as tx:
            await feed.publish(tx, Changed.CONSENT, [new_id()], clock)
            assert not await ear.wait(0.2)
        assert await ear.wait(10)


async def test_a_worker_follows_delivers_and_goes_on_whatever_one_meets(candor: Candor) -> None:
    good, bad = Notebook(), Notebook()
    exchange = exchange_for(candor, {"notebook": good})
    connection = await connected(exchange, good)
    bad.faults.extend([Fault.WRONG] * 1000)
    other = await connected(exchange_for(candor, {"notebook": bad}), bad, code="broken")
    assert other.state is State.ACTIVE
    mail = fresh_email()
    worker = asyncio.create_task(jobs.follow_for_ever(exchange))
    try:
        ada = await make_reader(candor, mail)
        await until(lambda: good.named(mail))
        await choose(candor, ada, news=False)
        await until(lambda: good.named(mail) is None)
        await move(exchange, connection.connection_id, State.STOPPING)
        ended = connection
        for _ in range(200):
            ended = await connection_of(exchange, connection.connection_id)
            if ended.state is State.ENDED:
                break
            await asyncio.sleep(0.1)
        assert ended.state is State.ENDED
    finally:
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)

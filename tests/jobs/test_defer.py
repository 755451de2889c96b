"""A job exists if and only if the change that caused it was committed."""

import psycopg
import pytest
from procrastinate import App

from candor.infra import jobs
from candor.infra.db.embedded import Urls
from candor.infra.db.pool import Database

pytestmark = pytest.mark.anyio


class Undone(Exception):
    """What undoes a transaction in these tests."""


@pytest.fixture
async def queue(database_urls: Urls) -> App:
    """A queue on the database of this test, with one task."""
    return jobs.queue(database_urls.app)


def _waiting(urls: Urls) -> int:
    with psycopg.connect(urls.owner) as connection:
        row = connection.execute("SELECT count(*) FROM jobs.procrastinate_jobs").fetchone()
    assert row is not None
    return int(row[0])


async def test_a_job_of_a_committed_transaction_waits(
    committed_db: Database, queue: App, database_urls: Urls
) -> None:
    async def greet() -> None:
        """Do nothing."""

    task = queue.task(name="greet", queue=jobs.QUEUE)(greet)
    async with committed_db.tx() as tx:
        await jobs.defer(tx, task, key="greet once")
    assert _waiting(database_urls) == 1


async def test_a_job_of_an_undone_transaction_never_was(
    committed_db: Database, queue: App, database_urls: Urls
) -> None:
    async def greet() -> None:
        """Do nothing."""

    task = queue.task(name="greet", queue=jobs.QUEUE)(greet)

    async def defer_and_fail() -> None:
        async with committed_db.tx() as tx:
            await jobs.defer(tx, task, key="greet once")
            raise Undone

    with pytest.raises(Undone):
        await defer_and_fail()
    assert _waiting(database_urls) == 0


async def test_a_second_job_with_the_same_key_leaves_the_rest_of_the_transaction_alone(
    committed_db: Database, queue: App, database_urls: Urls
) -> None:
    async def greet() -> None:
        """Do nothing."""

    task = queue.task(name="greet", queue=jobs.QUEUE)(greet)
    other = queue.task(name="other", queue=jobs.QUEUE)(greet)
    async with committed_db.tx() as tx:
        await jobs.defer(tx, task, key="greet once")
        await jobs.defer(tx, task, key="greet once")
        await jobs.defer(tx, other, key="other once")
    assert _waiting(database_urls) == 2

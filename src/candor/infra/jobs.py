"""The job queue: procrastinate on PostgreSQL, so that a job is deferred in our transaction.

A job exists if and only if the change that caused it was committed. Jobs are registered by the
composition root; each is idempotent by a written key.
"""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.tasks import Task

from candor.infra.db.pool import Tx

QUEUE: Final = "candor"
SLOW: Final = "candor-slow"  # what takes minutes, beside everything else
_DROP_WAITING: Final = """
    DELETE FROM jobs.procrastinate_jobs
    WHERE status = 'todo' AND args ->> %(argument)s::text = %(value)s::text
"""

_FORGET: Final = """
    DELETE FROM jobs.procrastinate_jobs
    WHERE
        status <> 'doing'
        AND EXISTS (
            SELECT 1 FROM unnest(%(words)s::text[]) AS named (word)
            WHERE strpos(concat(args::text, lock, queueing_lock), named.word) > 0
        )
"""


def queue(url: str) -> App:
    """Return the queue of a database; nothing is connected before it is opened."""
    connector = PsycopgConnector(
        conninfo=url, min_size=1, max_size=4, kwargs={"options": "-c search_path=jobs,public"}
    )
    return App(connector=connector)


async def defer(tx: Tx, task: Task[Any, Any, Any], *, key: str, **arguments: str | int) -> None:
    """Defer a job inside the transaction; a job with the same key that waits already is enough."""
    deferrer = task.configure(queueing_lock=key, connection=tx.connection)
    with suppress(AlreadyEnqueued):
        # The lock is a unique index: its violation must not undo the caller's work.
        async with tx.savepoint():
            await deferrer.defer_async(**arguments)


# Knows no job and connects to nothing: it only writes rows into transactions of ours.
_writer: Final = App(connector=PsycopgConnector())


async def defer_named(
    tx: Tx, name: str, *, key: str, queue: str = QUEUE, **arguments: str | int
) -> None:
    """Defer a job by its name: for verbs, which are below the table of jobs in `app`.

    As `defer` otherwise. A test compares the names that are deferred with those in the table.
    """
    deferrer = _writer.configure_task(
        name, queue=queue, queueing_lock=key, connection=tx.connection
    )
    with suppress(AlreadyEnqueued):
        async with tx.savepoint():
            await deferrer.defer_async(**arguments)


async def drop_waiting(tx: Tx, argument: str, value: str) -> int:
    """Drop jobs that wait and have this argument, for somebody who left; return how many.

    What a worker does at this moment goes on: each job looks at the present state itself.
    """
    async with tx.connection.cursor() as cursor:
        await cursor.execute(_DROP_WAITING, {"argument": argument, "value": value})
        return cursor.rowcount


async def forget(tx: Tx, words: Sequence[str]) -> int:
    """Delete jobs that name one of these ids anywhere, whatever became of them; return how many.

    For somebody who was erased. One that runs at this moment is left, and deletes itself.
    """
    async with tx.connection.cursor() as cursor:
        await cursor.execute(_FORGET, {"words": list(words)})
        return cursor.rowcount

"""The job queue: procrastinate on PostgreSQL, so that a job is deferred in our transaction.

A job exists if and only if the change that caused it was committed. Jobs are registered by the
composition root; each is idempotent by a written key.
"""

from contextlib import suppress
from typing import Any, Final

from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.tasks import Task

from candor.infra.db.pool import Tx

QUEUE: Final = "candor"


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

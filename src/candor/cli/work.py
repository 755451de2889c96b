"""`candor work`: the worker: folds what came in, and runs jobs and schedules."""

import asyncio
import signal
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

import uvloop

from candor.app import Candor, compose, loops, worker
from candor.cli.family import WithParent, stop_with_parent
from candor.cli.place import refuse_unreplayed
from candor.cli.serve import NoDatabase
from candor.infra import log
from candor.infra.db import migrate
from candor.infra.jobs import QUEUE, SLOW
from candor.infra.log import logger
from candor.infra.settings import Settings

_AGAIN_SECONDS: Final = 2
_log = logger("worker")


def work(*, with_parent: WithParent = False) -> None:
    """Fold events into tallies, run jobs and schedules, until told to stop."""
    if with_parent:
        stop_with_parent()
    settings = Settings.load()
    log.configure(settings.log_level)
    if settings.is_embedded:
        raise NoDatabase
    migrate.check(str(settings.database_url))
    refuse_unreplayed(settings, str(settings.database_url))
    uvloop.run(_work(settings))


async def _work(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with compose(settings, str(settings.database_url), pool=4).running() as candor:
        _log.info("the worker starts", sending=candor.mailer.about)
        queue = worker(candor)
        async with _open_door(candor), queue.open_async(), asyncio.TaskGroup() as group:
            jobs = [
                partial(
                    queue.run_worker_async,
                    queues=[name],
                    name=name,
                    install_signal_handlers=False,
                    delete_jobs="successful",
                )
                for name in (QUEUE, SLOW)
            ]
            tasks = [group.create_task(_again(part, stop)) for part in (*loops(candor), *jobs)]
            await stop.wait()
            for task in tasks:
                task.cancel()


@asynccontextmanager
async def _open_door(candor: Candor) -> AsyncGenerator[None]:
    """Keep the door of this process open for the block: what other systems say is said there."""
    await candor.door.open()
    try:
        yield
    finally:
        await candor.door.close()


async def _again(part: Callable[[], Coroutine[None, None, None]], stop: asyncio.Event) -> None:
    """Run a part of the worker, and run it again whenever it fails.

    One part must not take the others with it: a database that went away comes back.
    """
    while not stop.is_set():
        try:
            await part()
        except Exception as error:  # noqa: BLE001 - said, and tried again
            _log.error("a part of the worker failed and is started again", exc_info=error)
        await asyncio.sleep(_AGAIN_SECONDS)

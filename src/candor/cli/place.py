"""Where the database is, for commands: ours to start, or somebody else's to reach."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

from candor.app import Candor, compose, workshop
from candor.domain.backup.service.replaying import require_replayed
from candor.infra import log
from candor.infra.backup import restoring
from candor.infra.db import migrate
from candor.infra.db.embedded import EmbeddedPostgres, Urls
from candor.infra.settings import Settings


@dataclass(frozen=True, slots=True)
class Place:
    """A database that can be reached now."""

    settings: Settings
    urls: Urls
    embedded: EmbeddedPostgres | None


@contextmanager
def reached(settings: Settings, *, takes_over: bool = False) -> Generator[Place]:
    """Reach the database; an embedded server that was not running is stopped again after.

    `takes_over` stops it in any case: one that runs was left behind by a run that was killed.
    """
    if not settings.is_embedded:
        yield Place(settings, Urls(str(settings.owner_url), str(settings.database_url)), None)
        return
    restoring.finish_swap(settings.home)
    embedded = EmbeddedPostgres(settings.data_folder)
    was_running = embedded.is_running
    embedded.start()
    try:
        yield Place(settings, embedded.urls(settings.embedded_database), embedded)
    finally:
        if takes_over or not was_running:
            embedded.stop()


@asynccontextmanager
async def services(place: Place) -> AsyncGenerator[Candor]:
    """Open the services of this process on a database that has all migrations.

    Raises:
        Behind: a migration is missing.
    """
    log.configure(place.settings.log_level)
    migrate.check(place.urls.app)
    async with compose(place.settings, place.urls.app, pool=4).running() as candor:
        yield candor


def refuse_unreplayed(settings: Settings, app_url: str) -> None:
    """Refuse to open a database to anybody that was restored from before an erasure.

    Raises:
        NotReplayed: erasures of the ledger are not in it.
        LedgerBroken: the ledger was changed.
    """

    async def look() -> None:
        shop = workshop(settings)
        async with shop.opener(app_url) as opened, opened.database.read("replay") as tx:
            await require_replayed(tx, shop.ledger, shop.clock)

    asyncio.run(look())

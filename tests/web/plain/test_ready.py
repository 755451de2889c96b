"""Whether events can be kept: said soon, also when the database says nothing at all."""

import asyncio

from candor.infra.db.embedded import Urls
from candor.infra.db.pool import Database
from candor.surface.api.operations import Probe


async def test_a_database_that_is_silent_is_not_waited_for(database_urls: Urls) -> None:
    database = Database(database_urls.app, max_size=1)
    await database.open()
    try:
        probe = Probe(database, patience_seconds=0.02)
        async with database.tx():  # nobody else gets a connection
            assert not await probe.answers()
            both = await asyncio.gather(probe.answers(), probe.answers())
        assert both == [False, False]
        assert await Probe(database).answers()
        patient = Probe(database)
        assert await asyncio.gather(*(patient.answers() for _ in range(5))) == [True] * 5
    finally:
        await database.close()
    assert not await Probe(database).answers()

"""One installation for all of these tests: they ask, and change only what is theirs."""

from collections.abc import AsyncIterator

import psycopg
import pytest

from candor.infra.db.embedded import EmbeddedPostgres
from candor.kernel.clock import FixedClock
from tests.conftest import NOON, cloned
from tests.factories.estate import Estate, build
from tests.factories.house import running


@pytest.fixture(scope="package")
async def estate(
    server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Estate]:
    """Return an installation with one of everything, and everybody in it."""
    home = tmp_path_factory.mktemp("estate")
    with cloned(server) as urls, psycopg.connect(urls.owner, autocommit=True) as owner:
        async with running(urls.app, home, FixedClock(NOON)) as candor:
            made = await build(candor, owner)
            yield made
            await made.street.close()

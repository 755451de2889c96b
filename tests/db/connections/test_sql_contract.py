"""PostgreSQL and MariaDB show what every adapter must show, on real servers behind a bad wire."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from candor.infra.db.embedded import EmbeddedPostgres, Urls
from candor.infra.mariadb_server import OwnMariaDB, is_installed
from tests.counterparts.contract import (
    ComparerContract,
    MirrorContract,
    Pair,
    ReaderContract,
)
from tests.counterparts.databases import People, in_mariadb, in_postgresql, own_mariadb


@pytest.fixture(scope="module")
def mariadb_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnMariaDB]:
    """Run MariaDB for the tests of this module."""
    if not is_installed():
        pytest.skip("MariaDB is not on this machine: tools/setup servers")
    folder: Path = tmp_path_factory.mktemp("maria")
    with own_mariadb(folder) as server:
        yield server


async def paired(there: People) -> AsyncIterator[Pair]:
    """Give an adapter, a connection that is set up, and the table."""
    async with there.listening():
        line = there.line()
        there.set_up(line)
        yield Pair(
            adapter=there.adapter,
            line=line,
            there=there,
            key="email",
            fact="first_name",
            other="city",
            choice="news",
            refused={"first_name": "x" * 41},
        )
        await there.adapter.close()


class TestPostgreSQL(MirrorContract, ReaderContract, ComparerContract):
    hears_removals = True
    heals = True

    @pytest.fixture
    async def pair(self, server: EmbeddedPostgres, database_urls: Urls) -> AsyncIterator[Pair]:
        name = database_urls.owner.split("?", 1)[0].rsplit("/", 1)[1]
        with in_postgresql(server, name) as there:
            async for pair in paired(there):
                yield pair


class TestMariaDB(MirrorContract, ReaderContract, ComparerContract):
    hears_removals = True
    heals = True

    @pytest.fixture
    async def pair(self, mariadb_server: OwnMariaDB) -> AsyncIterator[Pair]:
        with in_mariadb(mariadb_server) as there:
            async for pair in paired(there):
                yield pair

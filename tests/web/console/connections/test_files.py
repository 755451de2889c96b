"""Files in the console: one asks, another approves, and everybody sees how far it is."""

from pathlib import Path
from uuid import UUID

import pytest

from candor.app import Candor
from candor.domain.access.model.roles import Role
from candor.domain.connections.model.connection import Connection
from candor.domain.connections.service import making, recalling
from candor.domain.connections.service.exchange import Exchange
from tests.factories import dropping, exchanging
from tests.factories.dropping import Agency
from tests.factories.house import fresh_email
from tests.web.console.conftest import Hire
from tests.web.console.test_four_eyes import prove

URL = "/console/connections"


@pytest.fixture
def agency(tmp_path: Path) -> Agency:
    return dropping.agency(tmp_path)


@pytest.fixture
def exchange(candor: Candor, tmp_path: Path) -> Exchange:
    return dropping.exchange_for(candor, tmp_path)


@pytest.fixture
async def connection(exchange: Exchange, agency: Agency) -> Connection:
    return await dropping.connected(exchange, agency)


async def test_a_file_is_asked_for_approved_made_and_withdrawn(
    candor: Candor, hire: Hire, exchange: Exchange, connection: Connection, agency: Agency
) -> None:
    ada = await exchanging.make_reader(candor, fresh_email())
    await recalling.follow(exchange)
    petra, piet = await hire(Role.PRIVACY), await hire(Role.INTEGRATION)
    await prove(piet)
    url = f"{URL}/{connection.connection_id}"
    page = await piet.words(url)
    assert "Ask for a file" in page
    assert "age1" in page  # the key to which files for us are sealed
    assert "No file yet" in await piet.words(f"{url}/files")

    answer = await piet.send(f"{url}/files/ask", why="The letters of this week")
    where = answer.headers["location"].partition("?")[0]
    assert "waits for a colleague" in await piet.words(where)
    assert "One is under way" in await piet.words(f"{url}/files")

    proposals = "/console/security/proposals"
    assert "Hand Agency" in await petra.words(proposals)
    file_id = where.rpartition("/")[2]
    file = await dropping.file_of(exchange, UUID(file_id))
    await prove(petra)
    proposal = f"{proposals}/{file.proposal_id}"
    assert "taken away after 72 hours" in await petra.words(proposal)
    assert (await petra.send(proposal, answer="approve")).status_code == 303
    await making.make_due(exchange)
    assert len(agency.files()) == 1

    await exchanging.choose(candor, ada, news=False)
    await recalling.follow(exchange)
    said = await piet.words(where)
    assert "lies there" in said
    assert "1 person in it has changed their mind since" in said
    assert "The letters of this week" in said

    await piet.send(f"{where}/withdraw")
    await recalling.take_away_due(exchange)
    assert agency.files() == []
    said = await piet.words(where)
    assert "taken away" in said
    assert "somebody withdrew it" in said


async def test_a_reason_is_asked_for(hire: Hire, connection: Connection) -> None:
    piet = await hire(Role.INTEGRATION)
    await prove(piet)
    where = f"{URL}/{connection.connection_id}/files/ask"

    answer = await piet.send(where, why="so")

    assert answer.status_code == 400
    assert "10 to 500 signs" in answer.text

"""Files that are asked for again by themselves: proposals in their time, and no more than that."""

import resource
from datetime import timedelta
from pathlib import Path

import pytest

from candor.app import Candor
from candor.domain.access.model.roles import Role
from candor.domain.access.service import members, proposals
from candor.domain.audit import service as audit
from candor.domain.connections.errors import Unreached
from candor.domain.connections.model.connection import Connection
from candor.domain.connections.model.file import File
from candor.domain.connections.model.file import State as FileState
from candor.domain.connections.service import (
    connecting,
    filing,
    making,
    recalling,
    scheduling,
)
from candor.domain.connections.service.connecting import Wanted
from candor.domain.connections.service.exchange import Exchange
from candor.kernel.clock import FixedClock
from tests.factories import dropping, exchanging
from tests.factories.dropping import Agency, approve, ask, handed_over, hire
from tests.factories.house import TEST, fresh_email

pytestmark = pytest.mark.anyio


@pytest.fixture
def agency(tmp_path: Path) -> Agency:
    return dropping.agency(tmp_path)


@pytest.fixture
def exchange(candor: Candor, tmp_path: Path) -> Exchange:
    return dropping.exchange_for(candor, tmp_path)


@pytest.fixture
async def connection(exchange: Exchange, agency: Agency) -> Connection:
    settings = {"place": "local", "folder": str(agency.folder), "every": "weekly"}
    return await dropping.connected(exchange, agency, settings=settings, is_heard=False)


async def last(exchange: Exchange, connection: Connection) -> File:
    async with exchange.database.read() as tx:
        return (await filing.of_connection(tx, connection.connection_id))[0]


async def after(exchange: Exchange, **span: float) -> int:
    """Let time go by, and have what is due asked for; what lies for too long is taken away."""
    assert isinstance(exchange.clock, FixedClock)
    exchange.clock.advance(timedelta(**span))
    await recalling.take_away_due(exchange)
    async with exchange.database.tx() as tx:
        await filing.let_go_of_declined(tx, exchange.clock)
    return await scheduling.ask_due(exchange)


async def test_the_next_is_asked_for_in_its_time_and_still_needs_a_colleague(
    candor: Candor, exchange: Exchange, connection: Connection
) -> None:
    assert await after(exchange, days=30) == 0  # somebody asks for the first
    await exchanging.make_reader(candor, fresh_email())
    first = await handed_over(exchange, connection)
    assert await after(exchange, days=6) == 0
    assert await after(exchange, days=2) == 1
    assert await scheduling.ask_due(exchange) == 0  # one is under way

    second = await last(exchange, connection)
    assert (second.state, await making.make_due(exchange)) == (FileState.PROPOSED, 0)
    assert first.proposal_id
    assert second.proposal_id
    async with exchange.database.read() as tx:
        one = await proposals.find(tx, first.proposal_id)
        other = await proposals.find(tx, second.proposal_id)
        entries = await audit.newest(tx, at_most=20)
    assert (other.proposed_by, other.why) == (one.proposed_by, one.why)
    by_machine = {e.action for e in entries if e.actor_kind == "machine"}
    assert {"access.proposed", "connections.file_asked"} <= by_machine
    await approve(exchange, second.file_id)
    assert await making.make_due(exchange) == 1


async def test_what_nobody_decided_on_is_asked_for_again(
    exchange: Exchange, connection: Connection
) -> None:
    await ask(exchange, connection)
    assert await after(exchange, days=4) == 0
    assert (await last(exchange, connection)).state is FileState.DECLINED
    assert await after(exchange, days=4) == 1


@pytest.mark.parametrize("no", ["declined", "withdrawn", "gone", "other terms"])
async def test_it_rests_until_somebody_asks_by_hand(
    exchange: Exchange, connection: Connection, no: str
) -> None:
    member = await hire(exchange, Role.ADMIN)
    file_id = await ask(exchange, connection, member)
    proposal_id = (await last(exchange, connection)).proposal_id
    assert proposal_id
    officer = await hire(exchange, Role.PRIVACY)
    async with exchange.database.tx() as tx:
        if no == "declined":
            await proposals.decline(tx, proposal_id, member=officer, clock=exchange.clock)
        elif no == "withdrawn":
            await filing.withdraw(tx, file_id, actor=TEST, member=None, exchange=exchange)
        elif no == "gone":
            await members.put(
                tx, handle=member.handle, display_name="Rhea", role=Role.SUPPORT,
                clock=exchange.clock,
            )  # fmt: skip
    if no == "other terms":
        await lie_shorter(exchange, connection)
    assert await after(exchange, days=8) == 0
    assert await after(exchange, days=8) == 0


async def lie_shorter(exchange: Exchange, connection: Connection) -> None:
    """Change what was agreed on: for how long files lie there."""
    wanted = Wanted(
        name=connection.name,
        adapter=connection.adapter,
        directions=connection.directions,
        purposes=connection.purposes,
        mapping=connection.mapping,
        settings={**connection.settings, "expires_hours": "1"},
    )
    async with exchange.database.tx() as tx:
        await connecting.change(
            tx, connection.connection_id, wanted, actor=TEST, exchange=exchange
        )


async def test_a_disk_that_fills_up_here_leaves_nothing_half_written(
    candor: Candor, exchange: Exchange, connection: Connection, agency: Agency, tmp_path: Path
) -> None:
    """By the limit that the kernel sets on the size of a file: the same as a disk that is full."""
    await exchanging.make_reader(candor, fresh_email())
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ours = tmp_path / "tmp"
    ours.mkdir()
    with pytest.MonkeyPatch.context() as here:
        here.setattr("tempfile.tempdir", str(ours))
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
        try:
            file = await handed_over(exchange, connection)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert (file.state, file.problem) == (FileState.APPROVED, "no_space_here")
    assert [*ours.iterdir(), *agency.folder.iterdir()] == []
    assert isinstance(exchange.clock, FixedClock)
    exchange.clock.advance(timedelta(minutes=1))
    assert await making.make_due(exchange) == 1
    assert len(agency.files()) == 1


async def test_a_place_that_fills_up_leaves_nothing_half_written(
    exchange: Exchange, connection: Connection, agency: Agency, tmp_path: Path
) -> None:
    source = tmp_path / "sealed"
    source.write_bytes(bytes(1_000))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500, before[1]))
    try:
        with pytest.raises(Unreached) as full:
            await filing.filer_of(connection, exchange).put(
                exchange.line(connection), "agency-1.csv.age", source
            )
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert full.value.problem == "place_full"
    assert [*agency.folder.iterdir()] == []

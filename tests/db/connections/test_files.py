"""Files that are handed over: two pairs of eyes, who is in one, and what becomes of it."""

import csv
import io
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from candor.app import Candor
from candor.domain.access.errors import NotPermitted, OwnProposal
from candor.domain.access.model.roles import Role
from candor.domain.access.service import proposals
from candor.domain.audit import service as audit
from candor.domain.connections.errors import BadConnection, TermsChanged, WrongState
from candor.domain.connections.model.connection import Connection, Direction, State
from candor.domain.connections.model.file import State as FileState
from candor.domain.connections.model.file import Trouble
from candor.domain.connections.service import (
    connecting,
    filing,
    making,
    recalling,
    routing,
    steering,
)
from candor.domain.connections.service.connecting import Wanted
from candor.domain.connections.service.exchange import Exchange
from candor.infra import age
from candor.kernel.clock import FixedClock
from tests.counterparts.object_store import SECRET_KEY, ObjectStore
from tests.counterparts.serving import Fault
from tests.factories import dropping, erasing, exchanging
from tests.factories.dropping import Agency, approve, ask, file_of, handed_over, hire
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
    return await dropping.connected(exchange, agency)


def later(candor: Candor, **span: float) -> None:
    """Let time go by."""
    assert isinstance(candor.clock, FixedClock)
    candor.clock.advance(timedelta(**span))


async def rows_of(agency: Agency) -> dict[str, dict[str, str]]:
    """Return what stands in the one file that lies there, by address."""
    (path,) = agency.files()
    found = csv.DictReader(io.StringIO(await agency.read(path)))
    return {row["mail"]: dict(row) for row in found}


async def test_a_file_holds_who_may_be_in_it_and_nobody_else(
    candor: Candor, exchange: Exchange, connection: Connection, agency: Agency
) -> None:
    mail, refused, formula = fresh_email(), fresh_email(), fresh_email()
    await exchanging.make_reader(candor, mail)
    nobody = await exchanging.make_reader(candor, refused)
    await exchanging.make_reader(candor, formula, hobby='=HYPERLINK("https://evil")')
    await exchanging.choose(candor, nobody, news=False)

    file = await handed_over(exchange, connection)

    rows = await rows_of(agency)
    assert rows[mail] == {"mail": mail, "hobby": "chess", "news": "yes"}
    assert rows[formula]["hobby"].startswith("'=")
    assert refused not in rows
    assert file.state is FileState.PUT
    assert file.people == len(rows)
    (path,) = agency.files()
    assert path.name == file.name
    assert path.stat().st_size == file.size
    assert mail.encode() not in path.read_bytes()


async def test_each_who_is_in_it_can_see_it_in_their_log(
    candor: Candor, exchange: Exchange, connection: Connection
) -> None:
    ada = await exchanging.make_reader(candor, fresh_email())

    file = await handed_over(exchange, connection)

    async with candor.database.read() as tx:
        key = (await candor.vault.keys(tx, [ada]))[ada]
        entries = await audit.about(tx, [key.pseudonym])
    actions = [one.action for one in entries]
    assert "connections.filed" in actions
    filed = entries[actions.index("connections.filed")]
    assert filed.detail["file"] == str(file.file_id)


async def test_nothing_is_made_before_another_has_approved(
    candor: Candor, exchange: Exchange, connection: Connection, agency: Agency
) -> None:
    await exchanging.make_reader(candor, fresh_email())
    admin = await hire(exchange, Role.ADMIN)
    file_id = await ask(exchange, connection, admin)

    assert await making.make_due(exchange) == 0
    with pytest.raises(OwnProposal):
        await approve(exchange, file_id, admin)
    with pytest.raises(NotPermitted):
        await approve(exchange, file_id, await hire(exchange, Role.INTEGRATION))
    assert await making.make_due(exchange) == 0
    assert agency.files() == []

    await approve(exchange, file_id)
    assert await making.make_due(exchange) == 1
    assert len(agency.files()) == 1


async def test_marketing_may_not_even_ask(exchange: Exchange, connection: Connection) -> None:
    with pytest.raises(NotPermitted):
        await ask(exchange, connection, await hire(exchange, Role.MARKETING))


async def test_one_file_at_a_time_is_asked_for(
    exchange: Exchange, connection: Connection
) -> None:
    await ask(exchange, connection)

    with pytest.raises(BadConnection, match="under way already"):
        await ask(exchange, connection)


async def test_what_was_approved_is_what_was_asked_for(
    candor: Candor, exchange: Exchange, connection: Connection, agency: Agency
) -> None:
    """Another recipient after the proposal, or after the approval: no file."""
    await exchanging.make_reader(candor, fresh_email())
    first = await ask(exchange, connection)
    await _send_to(exchange, connection, agency, "thief")
    with pytest.raises(TermsChanged):
        await approve(exchange, first)

    async with exchange.database.tx() as tx:
        await filing.withdraw(tx, first, actor=TEST, member=None, exchange=exchange)
    second = await ask(exchange, connection)
    await approve(exchange, second)
    await _send_to(exchange, connection, agency, "another")
    await making.make_due(exchange)

    assert agency.files() == []
    file = await file_of(exchange, second)
    assert (file.state, file.problem) == (FileState.FAILED, Trouble.TERMS_CHANGED)


async def _send_to(
    exchange: Exchange, connection: Connection, agency: Agency, name: str
) -> None:
    """Give a connection another recipient."""
    other = age.public_of(age.new_identity())
    async with exchange.database.tx() as tx:
        now = await connecting.find(tx, connection.connection_id)
        await connecting.change(
            tx,
            connection.connection_id,
            Wanted(
                name=f"Agency {name}",
                adapter="drop",
                directions=now.directions,
                purposes=now.purposes,
                mapping=now.mapping,
                settings={**now.settings, "recipients": f"{agency.public}\n{other}"},
                source=now.source,
            ),
            actor=TEST,
            exchange=exchange,
        )


async def test_declining_settles_the_file(exchange: Exchange, connection: Connection) -> None:
    file_id = await ask(exchange, connection)
    proposal_id = (await file_of(exchange, file_id)).proposal_id
    assert proposal_id is not None
    officer = await hire(exchange, Role.PRIVACY)
    async with exchange.database.tx() as tx:
        await proposals.decline(tx, proposal_id, member=officer, clock=exchange.clock)
    async with exchange.database.tx() as tx:
        await filing.let_go_of_declined(tx, exchange.clock)

    assert (await file_of(exchange, file_id)).state is FileState.DECLINED
    assert await making.make_due(exchange) == 0


async def test_whoever_changes_their_mind_is_counted(
    candor: Candor, exchange: Exchange, connection: Connection
) -> None:
    ada = await exchanging.make_reader(candor, fresh_email())
    file = await handed_over(exchange, connection)
    assert file.changed == 0

    await exchanging.choose(candor, ada, news=False)
    await recalling.follow(exchange)
    assert (await file_of(exchange, file.file_id)).changed == 1

    await exchanging.choose(candor, ada, news=True)
    await recalling.follow(exchange)
    assert (await file_of(exchange, file.file_id)).changed == 0


async def test_a_file_is_taken_away_when_its_time_is_over(
    candor: Candor, exchange: Exchange, connection: Connection, agency: Agency
) -> None:
    await exchanging.make_reader(candor, fresh_email())
    file = await handed_over(exchange, connection)
    later(candor, hours=71)
    assert await recalling.take_away_due(exchange) == 0

    later(candor, hours=2)
    assert await recalling.take_away_due(exchange) == 1

    assert agency.files() == []
    gone = await file_of(exchange, file.file_id)
    assert (gone.state, gone.problem) == (FileState.EXPIRED, None)
    assert gone.gone_at is not None


async def test_a_place_that_is_away_is_said_and_tried_again(
    candor: Candor, exchange: Exchange, connection: Connection, agency: Agency
) -> None:
    """Making and taking away: both go on when it is back."""
    await exchanging.make_reader(candor, fresh_email())
    away = agency.folder.with_name("away")
    agency.folder.rename(away)
    file = await handed_over(exchange, connection)
    assert (file.state, file.problem) == (FileState.APPROVED, "no_answer")
    away.rename(agency.folder)
    later(candor, minutes=1)
    await making.make_due(exchange)
    assert (await file_of(exchange, file.file_id)).state is FileState.PUT

    later(candor, hours=80)
    agency.folder.rename(away)
    (agency.folder).write_text("a file in place of the folder")
    assert await recalling.take_away_due(exchange) == 0
    stuck = await file_of(exchange, file.file_id)
    assert (stuck.state, stuck.problem) == (FileState.PUT, "no_answer")
    assert stuck.is_there
    agency.folder.unlink()
    away.rename(agency.folder)
    later(candor, hours=1)
    assert await recalling.take_away_due(exchange) == 1
    assert agency.files() == []


async def test_a_worker_that_dies_midway_loses_its_lease(
    candor: Candor,
    exchange: Exchange,
    connection: Connection,
    agency: Agency,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Another makes the file anew, under the same name; nobody is in the books twice."""
    await exchanging.make_reader(candor, fresh_email())
    file_id = await ask(exchange, connection)
    await approve(exchange, file_id)
    adapter = filing.filer_of(connection, exchange)

    class Killed(BaseException):
        """As a process that is gone."""

    async def put(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as dead:
        dead.setattr(type(adapter), "put", put)
        with pytest.raises(Killed):
            await making.make_due(exchange)
    assert (await file_of(exchange, file_id)).state is FileState.MAKING
    assert await making.make_due(exchange) == 0

    later(candor, minutes=21)
    assert await making.make_due(exchange) == 1
    assert len(agency.files()) == 1
    assert (await file_of(exchange, file_id)).people == len(await rows_of(agency))


@pytest.mark.parametrize("is_paused", [True, False])
async def test_what_is_held_or_changed_while_a_file_is_made_counts(
    candor: Candor,
    exchange: Exchange,
    connection: Connection,
    agency: Agency,
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_paused: bool,
) -> None:
    """Whoever holds a connection, or takes a recipient away, means what is under way, too."""
    await exchanging.make_reader(candor, fresh_email())
    file_id = await ask(exchange, connection)
    await approve(exchange, file_id)
    number = connection.connection_id
    kind = type(filing.filer_of(connection, exchange))
    write = kind.write

    async def act() -> None:
        if not is_paused:
            await _send_to(exchange, connection, agency, "another")
            return
        async with exchange.database.tx() as tx:
            await steering.pause(tx, number, actor=TEST, clock=exchange.clock)

    async def then_act(*given: Any) -> None:  # noqa: ANN401 - what writing is handed
        await write(*given)
        await act()

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(kind, "write", then_act)
        assert await making.make_due(exchange) == 0
    assert agency.files() == []

    if is_paused:
        await exchanging.move(exchange, number, State.ACTIVE)
    assert await making.make_due(exchange) == int(is_paused)
    assert len(agency.files()) == int(is_paused)
    file = await file_of(exchange, file_id)
    assert file.problem == (None if is_paused else Trouble.TERMS_CHANGED)


async def test_an_erasure_takes_the_file_away_at_once(
    candor: Candor, exchange: Exchange, connection: Connection, agency: Agency
) -> None:
    who, known = await erasing.make_somebody(candor)
    await exchanging.choose(candor, who, news=True)
    file = await handed_over(exchange, connection)
    assert known["email"] in await rows_of(agency)

    await erasing.carried(candor, await erasing.ask(candor, who))
    assert await recalling.take_away_due(exchange) == 1

    assert agency.files() == []
    gone = await file_of(exchange, file.file_id)
    assert (gone.state, gone.problem) == (FileState.EXPIRED, Trouble.ERASED)
    assert gone.changed == 1


async def test_withdrawing_takes_one_person(
    candor: Candor, exchange: Exchange, connection: Connection, agency: Agency
) -> None:
    """Before it is approved, before it is made, and when it lies there; and then no more."""
    await exchanging.make_reader(candor, fresh_email())

    async def withdraw(which: UUID) -> None:
        async with exchange.database.tx() as tx:
            await filing.withdraw(tx, which, actor=TEST, member=None, exchange=exchange)

    first = await ask(exchange, connection)
    await withdraw(first)
    with pytest.raises(WrongState):
        await approve(exchange, first)
    second = await ask(exchange, connection)
    await approve(exchange, second)
    await withdraw(second)
    assert await making.make_due(exchange) == 0
    third = await handed_over(exchange, connection)
    await withdraw(third.file_id)
    assert await recalling.take_away_due(exchange) == 1
    assert agency.files() == []
    with pytest.raises(WrongState):
        await withdraw(third.file_id)


async def test_a_connection_that_stops_leaves_nothing_behind(
    candor: Candor, exchange: Exchange, connection: Connection, agency: Agency
) -> None:
    await exchanging.make_reader(candor, fresh_email())
    file = await handed_over(exchange, connection)
    async with exchange.database.tx() as tx:
        await steering.stop(tx, connection.connection_id, actor=TEST, clock=exchange.clock)

    await recalling.follow(exchange)
    assert await recalling.take_away_due(exchange) == 1
    await recalling.follow(exchange)

    assert agency.files() == []
    assert (await file_of(exchange, file.file_id)).problem == Trouble.STOPPED
    now = await exchanging.connection_of(exchange, connection.connection_id)
    assert now.state is State.ENDED


async def test_it_follows_no_feed(
    candor: Candor, exchange: Exchange, connection: Connection
) -> None:
    """No deliveries are made that nobody would ever send."""
    await exchanging.make_reader(candor, fresh_email())

    await routing.route(exchange)
    async with exchange.database.read() as tx:
        seen = await steering.outlook(tx, connection.connection_id)
    assert (seen.waiting, seen.people) == (0, 0)
    with pytest.raises(WrongState):
        async with exchange.database.tx() as tx:
            await routing.replay(
                tx, connection.connection_id, None, actor=TEST, exchange=exchange
            )


async def test_a_place_that_does_not_let_us_in_pauses_the_connection(
    candor: Candor, agency: Agency, tmp_path: Path
) -> None:
    """The file waits, and is made when somebody has put that right and resumed."""
    await exchanging.make_reader(candor, fresh_email())
    out = Direction.OUT
    outward = [msgspec.structs.replace(one, direction=out) for one in dropping.MAPPING]
    async with ObjectStore().running() as store:
        exchange = dropping.exchange_for(candor, tmp_path, [store.host])
        connection = await dropping.connected(
            exchange,
            agency,
            settings=store.settings(),
            secrets={"secret_key": SECRET_KEY},
            is_heard=False,
            mapping=outward,
        )
        store.fail(Fault.LOCKED_OUT)
        file = await handed_over(exchange, connection)
        assert (file.state, file.problem) == (FileState.APPROVED, "not_let_in")
        now = await exchanging.connection_of(exchange, connection.connection_id)
        assert now.state is State.PAUSED
        later(candor, minutes=5)
        assert await making.make_due(exchange) == 0

        async with exchange.database.tx() as tx:
            await steering.resume(
                tx, connection.connection_id, actor=TEST, clock=exchange.clock
            )
        assert await making.make_due(exchange) == 1
        assert [*store.objects] == [f"to-agency/{file.name}"]

        later(candor, hours=80)
        store.keeps = True
        assert await recalling.take_away_due(exchange) == 0
        stuck = await file_of(exchange, file.file_id)
        assert (stuck.state, stuck.problem) == (FileState.PUT, "not_removed")

"""Files that others lay down for us: taken once, believed only whole, heard like any source."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from candor.app import Candor
from candor.domain.connections.model.connection import Connection
from candor.domain.connections.service import comparing, filing, picking
from candor.domain.connections.service.exchange import Exchange
from candor.infra import age
from candor.kernel.clock import FixedClock
from tests.db.connections.test_hearing import is_allowed
from tests.factories import dropping, exchanging, house
from tests.factories.dropping import Agency
from tests.factories.house import fresh_email

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


async def pick(exchange: Exchange, connection: Connection) -> int:
    """Look for files, as the worker does when it is due."""
    filer = filing.filer_of(connection, exchange)
    return await picking.pick(exchange, connection, filer)


async def heard(exchange: Exchange, connection_id: UUID) -> dict[str, int]:
    """Return what became of what was heard, by what."""
    async with exchange.database.read() as tx:
        rows = await comparing.heard(
            tx, connection_id, since=exchange.clock.now() - timedelta(days=1)
        )
    return {row.what: row.count for row in rows}


async def lay_down(
    exchange: Exchange, connection: Connection, agency: Agency, text: str, name: str = "a"
) -> Path:
    """Lay a file down that Candor can read."""
    public = dropping.public_of(exchange, connection)
    return await agency.lay_down(f"{name}.csv.age", text, public)


async def test_a_no_in_a_file_is_a_no(
    candor: Candor, exchange: Exchange, connection: Connection, agency: Agency
) -> None:
    mail, other = fresh_email(), fresh_email()
    ada = await exchanging.make_reader(candor, mail)
    bob = await exchanging.make_reader(candor, other)
    path = await lay_down(
        exchange, connection, agency, f"mail,news\r\n{mail},no\r\n{other},\r\n"
    )

    assert await pick(exchange, connection) == 1

    assert not await is_allowed(candor, ada)
    assert await is_allowed(candor, bob)
    assert not path.exists()
    assert (agency.inbox / "taken" / path.name).exists()


@pytest.mark.parametrize("word", ["nein", "off", "0", "FALSE", "unsubscribed"])
async def test_what_is_no_plain_yes_is_a_no(
    candor: Candor, exchange: Exchange, connection: Connection, agency: Agency, word: str
) -> None:
    mail = fresh_email()
    ada = await exchanging.make_reader(candor, mail)
    await lay_down(exchange, connection, agency, f"mail,news\n{mail},{word}\n")

    await pick(exchange, connection)

    assert not await is_allowed(candor, ada)


async def test_an_old_yes_goes_over_no_no(
    candor: Candor, exchange: Exchange, connection: Connection, agency: Agency
) -> None:
    """Neither one without a time, nor one from before."""
    mail = fresh_email()
    ada = await exchanging.make_reader(candor, mail)
    before = exchange.clock.now().isoformat()
    await exchanging.choose(candor, ada, news=False)
    text = f"mail,news,changed_at\n{mail},yes,{before}\n"
    await lay_down(exchange, connection, agency, f"mail,news\n{mail},yes\n", "one")
    await lay_down(exchange, connection, agency, text, "two")

    assert await pick(exchange, connection) == 2

    assert not await is_allowed(candor, ada)


async def test_facts_and_people_come_in_by_the_one_door(
    candor: Candor, exchange: Exchange, connection: Connection, agency: Agency
) -> None:
    """Who is new is made; what a spreadsheet was kept from calculating is as it was."""
    mail = fresh_email()
    await lay_down(exchange, connection, agency, f"mail,hobby\n{mail},'=chess\n")

    await pick(exchange, connection)

    found = await house.find(candor, "email", mail)
    assert found is not None


async def test_a_file_is_taken_once(
    exchange: Exchange, connection: Connection, agency: Agency
) -> None:
    path = await lay_down(exchange, connection, agency, f"mail\n{fresh_email()}\n")
    content = path.read_bytes()
    assert await pick(exchange, connection) == 1
    path.with_name("again.csv.age").write_bytes(content)

    assert await pick(exchange, connection) == 0

    seen = await heard(exchange, connection.connection_id)
    assert seen["file_again"] == seen["file_taken"] == 1
    assert not path.with_name("again.csv.age").exists()


@pytest.mark.parametrize("what", ["turned", "cut", "stranger", "plain", "headless", "latin"])
async def test_a_file_that_is_not_whole_and_ours_is_not_believed(
    candor: Candor, exchange: Exchange, connection: Connection, agency: Agency, what: str
) -> None:
    """A turned bit, a lost end, another's key, no seal at all, another form: nothing is heard."""
    mail = fresh_email()
    ada = await exchanging.make_reader(candor, mail)
    rows = f"mail,news\n{mail},no\n" + "x@example.com,yes\n" * 10_000
    path = await lay_down(exchange, connection, agency, rows)
    match what:
        case "turned":
            content = bytearray(path.read_bytes())
            content[-100] ^= 1
            path.write_bytes(content)
        case "cut":
            path.write_bytes(path.read_bytes()[:-70_000])
        case "stranger":
            public = age.public_of(age.new_identity())
            await agency.lay_down(path.name, rows, public)
        case "plain":
            path.write_text(rows)
        case "headless":
            await lay_down(exchange, connection, agency, f"who,news\n{mail},no\n")
        case _:
            public = dropping.public_of(exchange, connection)

            async def write(sealing: age.Sealing) -> None:
                await sealing.write(b"mail,n\xe4ws\n")

            await age.seal(path, [public], write)

    assert await pick(exchange, connection) == 0

    assert await is_allowed(candor, ada)
    assert (agency.inbox / "refused" / path.name).exists()
    assert (await heard(exchange, connection.connection_id))["file_refused"] == 1


async def test_bad_rows_are_counted_and_spoil_no_other(
    candor: Candor, exchange: Exchange, connection: Connection, agency: Agency
) -> None:
    mail = fresh_email()
    ada = await exchanging.make_reader(candor, mail)
    text = (
        "mail,news,changed_at\n"
        "only-one-cell\n"
        ",no,\n"
        f'"{fresh_email()}",no,yesterday\n'
        f"{mail},no,\n"
    )
    await lay_down(exchange, connection, agency, text)

    assert await pick(exchange, connection) == 1

    assert not await is_allowed(candor, ada)
    seen = await heard(exchange, connection.connection_id)
    assert seen["row_wrong_length"] == 1
    assert seen["row_without_key"] == 1
    assert seen["row_bad_time"] == 1


async def test_a_worker_that_dies_midway_hears_it_again(
    candor: Candor,
    exchange: Exchange,
    connection: Connection,
    agency: Agency,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Before it was written down that the file was taken: all of it is heard again, harmlessly."""
    mail = fresh_email()
    ada = await exchanging.make_reader(candor, mail)
    await lay_down(exchange, connection, agency, f"mail,news\n{mail},no\n")

    class Killed(BaseException):
        """As a process that is gone."""

    async def note(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as dead:
        dead.setattr(picking, "_note", note)
        with pytest.raises(Killed):
            await pick(exchange, connection)
    assert await pick(exchange, connection) == 0  # the lease is not over yet
    assert isinstance(candor.clock, FixedClock)
    candor.clock.advance(timedelta(minutes=31))

    assert await pick(exchange, connection) == 1
    assert not await is_allowed(candor, ada)


async def test_links_and_folders_are_no_files(
    exchange: Exchange, connection: Connection, agency: Agency, tmp_path: Path
) -> None:
    """Nothing outside of the folder is read, whoever may write in it."""
    secret = tmp_path / "secret.csv.age"
    secret.write_text("mail\n")
    (agency.inbox / "link.csv.age").symlink_to(secret)
    (agency.inbox / "folder.csv.age").mkdir()

    assert await pick(exchange, connection) == 0

    assert "file_refused" not in await heard(exchange, connection.connection_id)

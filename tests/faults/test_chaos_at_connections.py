"""Whatever fails on the way to another system, in the end it holds what people chose.

One house, one notebook on the other side, and a person after the other who changes their mind. A
run that nothing disturbs says at which points something may fail: each statement, each commit
before and after it happened, each call. Then each of them fails once, the worker dies or the
database is away; after that everything works again, time passes, and the notebook holds exactly
those who say yes, with what was last known of them.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from typing_extensions import override

from candor.app import Candor
from candor.domain.connections.model.connection import Connection
from candor.domain.connections.service import delivering, routing
from candor.domain.connections.service.delivering import deliver
from candor.domain.connections.service.exchange import Exchange
from candor.infra.db.embedded import Urls
from candor.infra.db.pool import Database, ReadTx, Tx
from candor.kernel.clock import FixedClock
from candor.kernel.errors import Unavailable
from candor.kernel.ids import ProfileId
from tests.conftest import NOON
from tests.counterparts.notebook import Fault, Notebook
from tests.factories import house
from tests.factories.exchanging import (
    choose,
    connected,
    exchange_for,
    make_reader,
    run,
    settle_down,
    tell_hobby,
)
from tests.faults.test_chaos_at_the_door import WORKS

MANY: Final = 200  # more points than a run has


class Died(BaseException):
    """The worker was killed: nothing in it runs any more."""


class Faults(Database):
    """A database that fails at one point, counted from when it was armed."""

    def __init__(self, real: Database) -> None:
        self.real = real
        self.url = real.url
        self.error: type[BaseException] = Unavailable
        self.left = MANY
        self.has_failed = False

    def arm(self, number: int, error: type[BaseException]) -> None:
        """Fail at the how manieth point from now."""
        self.left, self.error, self.has_failed = number, error, False

    def at(self) -> None:
        """Pass a point, or fail at it."""
        self.left -= 1
        if self.left == 0:
            self.has_failed = True
            raise self.error

    @override
    @asynccontextmanager
    async def tx(self, request_id: str = "") -> AsyncGenerator[Tx, None]:
        async with self.real.tx(request_id) as tx:
            for name in WORKS:
                setattr(tx, name, self._counted(getattr(tx, name)))
            yield tx
            self.at()
        self.at()

    @override
    @asynccontextmanager
    async def read(self, request_id: str = "") -> AsyncGenerator[ReadTx, None]:
        async with self.real.read(request_id) as tx:
            yield tx

    def _counted(self, work: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def counted(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401
            self.at()
            return await work(*arguments, **named)

        return counted


class House:
    """A house with people who change their minds, and what the notebook should hold of them."""

    def __init__(self, candor: Candor, notebook: Notebook) -> None:
        self.candor, self.notebook = candor, notebook
        self.calm = exchange_for(candor, {"notebook": notebook})
        self.faults = Faults(candor.database)
        self.exchange = exchange_for(
            candor, {"notebook": notebook}, node="shaky", database=self.faults
        )
        assert isinstance(candor.clock, FixedClock)
        self.clock = candor.clock
        self.people: dict[str, tuple[ProfileId, bool, str]] = {}

    async def move_in(self, number: int) -> None:
        """Make people who take the news."""
        for _ in range(number):
            mail = house.fresh_email()
            self.people[mail] = (await make_reader(self.candor, mail), True, "chess")

    async def change(self, turn: int) -> None:
        """Let everybody change something: their mind, or what they like."""
        for place, (mail, (person, news, hobby)) in enumerate(list(self.people.items())):
            if (turn + place) % 2 and news:
                await tell_hobby(self.candor, mail, f"hobby {turn}")
                self.people[mail] = (person, news, f"hobby {turn}")
            elif (turn + place) % 2 == 0:
                await choose(self.candor, person, news=not news)
                self.people[mail] = (person, not news, hobby)

    def check(self) -> None:
        """Check that the notebook holds those who say yes, and nobody else."""
        held = {one.fields["mail"]: one for one in self.notebook.people.values()}
        assert set(held) == {mail for mail, (_, news, _) in self.people.items() if news}
        for mail, one in held.items():
            assert one.choices["news"]
            assert one.fields["hobby"] == self.people[str(mail)][2]


@asynccontextmanager
async def house_with(
    urls: Urls, path: Path, notebook: Notebook
) -> AsyncGenerator[tuple[House, Connection]]:
    """Open a house, with two people who are told of already."""
    async with house.running(urls.app, path, FixedClock(NOON)) as candor:
        await house.apply_company(candor)
        it = House(candor, notebook)
        connection = await connected(it.calm, notebook)
        await it.move_in(2)
        await run(it.calm, connection.connection_id)
        it.check()
        yield it, connection


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("error", [Died, Unavailable], ids=["killed", "away"])
async def test_it_converges_whatever_statement_or_commit_fails(
    database_urls: Urls, tmp_path: Path, error: type[BaseException]
) -> None:
    async with house_with(database_urls, tmp_path, Notebook()) as (it, connection):
        number, has_failed = 0, True
        while has_failed and number < MANY:
            number += 1
            await it.change(number)
            it.faults.arm(number, error)
            with suppress(Died, Unavailable):
                await run(it.exchange, connection.connection_id, rounds=3)
            has_failed = it.faults.has_failed
            it.faults.arm(-1, error)
            if number % 3:  # another node goes on
                it.clock.advance(timedelta(seconds=61))
                await run(it.calm, connection.connection_id)
            else:
                await settle_down(it.exchange, connection.connection_id, rounds=1)
            it.check()
        assert not has_failed
        assert number > 20


@pytest.mark.slow
@pytest.mark.timeout(200)
async def test_it_converges_whatever_call_fails(database_urls: Urls, tmp_path: Path) -> None:
    notebook = Notebook(at_once=1)
    faults = (Fault.LOST, Fault.DOWN, Fault.WRONG, Fault.FEW, Fault.LATER, Fault.LIMITED)
    async with house_with(database_urls, tmp_path, notebook) as (it, connection):
        for turn in range(24):
            await it.change(turn)
            notebook.faults.extend([faults[turn % 6]] * 3)
            await run(it.calm, connection.connection_id)
            if turn // 6 % 3:  # back to what it was, or something else
                await it.change(turn + turn // 6 % 3 - 1)
            notebook.faults.clear()
            await settle_down(it.calm, connection.connection_id, rounds=1)
            it.check()


async def test_who_is_cut_off_after_sending_does_not_count_any_more(
    database_urls: Urls, tmp_path: Path
) -> None:
    """One node says yes and hangs; the person says no; another node takes over; the first wakes."""
    notebook = Notebook()
    async with house_with(database_urls, tmp_path, notebook) as (it, connection):
        await it.change(0)
        await routing.route(it.calm)
        notebook.faults.append(Fault.HANG)
        slow = asyncio.create_task(deliver(it.exchange, connection.connection_id))
        await asyncio.wait_for(notebook.hung.wait(), 10)
        await it.change(1)
        it.clock.advance(timedelta(seconds=30))
        await run(it.calm, connection.connection_id)
        assert len(notebook.calls[-1]) == 2, "it has them still: nobody else speaks of them"
        it.clock.advance(timedelta(seconds=31))
        await run(it.calm, connection.connection_id)
        it.check()
        notebook.let_go.set()
        await slow
        it.check()
        await settle_down(it.calm, connection.connection_id, rounds=1)
        it.check()


async def test_who_was_held_up_says_nothing(
    database_urls: Urls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook = Notebook()
    async with house_with(database_urls, tmp_path, notebook) as (it, connection):
        calls = len(notebook.calls)
        await it.change(0)
        monkeypatch.setattr(delivering, "_SEND_WITHIN", -1.0)
        await routing.route(it.calm)
        assert (await deliver(it.calm, connection.connection_id)).later
        assert len(notebook.calls) == calls
        monkeypatch.undo()
        await run(it.calm, connection.connection_id)
        it.check()


async def test_two_nodes_share_the_work_and_say_nothing_twice(
    database_urls: Urls, tmp_path: Path
) -> None:
    notebook = Notebook(at_once=2, seconds=0.002)
    async with house_with(database_urls, tmp_path, notebook) as (it, connection):
        other = exchange_for(it.candor, {"notebook": notebook}, node="other")
        await it.move_in(10)
        calls = len(notebook.calls)

        async def work(exchange: Exchange) -> None:
            await run(exchange, connection.connection_id)

        await asyncio.gather(work(it.calm), work(other))
        it.check()
        said = [parcel.ticket.key for call in notebook.calls[calls:] for parcel in call]
        assert len(said) == len(set(said)) == 10

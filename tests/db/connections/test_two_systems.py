"""The laws of `tests/unit/connections/test_convergence.py` on the real engine and PostgreSQL.

Fewer runs: here they show that the engine keeps its books as the model does, under calls that are
lost or answered into nothing, pages that are read twice or late, and changes on both sides.
"""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from candor.app import Candor
from candor.domain.connections.model.connection import Connection
from candor.domain.connections.model.talk import Heard
from candor.domain.connections.queries import hearing as stored
from candor.domain.connections.service import delivering, polling, routing
from candor.domain.connections.service.exchange import Exchange
from candor.domain.connections.service.hearing import hear
from candor.kernel.clock import FixedClock
from candor.kernel.ids import ProfileId
from tests.counterparts.gazette import Gazette
from tests.counterparts.notebook import Fault
from tests.db.connections.test_hearing import MAPPING, is_allowed, said
from tests.factories import exchanging, house

pytestmark = pytest.mark.anyio
RUNS = 8
STEPS = 20


@dataclass
class Pair:
    """One person at both systems. `words`: what they said, in order."""

    dice: random.Random
    exchange: Exchange
    connection: Connection
    gazette: Gazette
    candor: Candor
    person: ProfileId
    mail: str
    words: list[bool] = field(default_factory=lambda: [True])
    pages: list[tuple[Heard, datetime]] = field(default_factory=list)

    @property
    def there(self) -> bool:
        """Return what stands there."""
        found = self.gazette.named(self.mail)
        assert found is not None
        return found.choices["news"]

    async def say_here(self) -> None:
        """Change one's mind here."""
        answer = self.dice.random() < 0.5
        await exchanging.choose(self.candor, self.person, news=answer)
        self.words.append(answer)

    async def say_no_there(self) -> None:
        """Say no there, where that is to be seen: a yes stood there, and we knew of it."""
        if not self.there or await self._agreed() is False:
            return
        self.gazette.change(self.mail, news=False)
        self.gazette.journal.append(said(self.gazette, self.mail, news=False))
        self.words.append(False)

    async def say_yes_there(self) -> None:
        """Say yes there, with a time."""
        now = self.candor.clock.now()
        known = said(self.gazette, self.mail, news=True)
        self.gazette.change(self.mail, news=True)
        self.gazette.journal.append(
            Heard(known.remote_id, choices={"news": True}, chosen_at={"news": now})
        )
        self.words.append(True)

    async def deliver(self) -> None:
        """Deliver what is due, or fail to."""
        fate = self.dice.choice([None, None, None, Fault.DOWN, Fault.LOST])
        if fate is not None:
            self.gazette.faults.append(fate)
        await routing.route(self.exchange)
        await delivering.deliver(self.exchange, self.connection.connection_id)
        self.gazette.faults.clear()

    async def read(self) -> None:
        """Read a page, to be heard later; the record as it stands now."""
        now = self.candor.clock.now()
        self.pages.append((said(self.gazette, self.mail, news=self.there), now))

    async def hear(self) -> None:
        """Hear one of the pages that were read, perhaps not for the last time."""
        if self.pages:
            page, read_at = self.dice.choice(self.pages)
            await hear(self.exchange, self.connection, [page], read_at=read_at)
            if self.dice.random() < 0.7:
                self.pages.remove((page, read_at))

    async def poll(self) -> None:
        """Read what changed there."""
        await polling.poll(self.exchange, self.connection)

    async def _agreed(self) -> bool | None:
        async with self.candor.database.read() as tx:
            rows = await stored.links_of(
                tx,
                connection_id=self.connection.connection_id,
                profile_ids=[self.person],
            )
        lock = self.exchange.lock(self.connection)
        marks = {lock.mark("news", answer): answer for answer in (True, False)}
        return marks.get(rows[0].base.get("news", ""))

    async def play(self) -> None:
        """Do one thing, some seconds later."""
        assert isinstance(self.candor.clock, FixedClock)
        self.candor.clock.advance(timedelta(seconds=self.dice.randint(1, 90)))
        acts: list[Callable[[], Awaitable[None]]] = [self.say_here, self.say_no_there]
        acts += [self.say_yes_there, self.deliver, self.deliver, self.read, self.hear]
        acts += [self.poll]
        await self.dice.choice(acts)()

    async def calm_down(self) -> None:
        """Let everything come in, and everything out."""
        for page, read_at in self.pages:
            await hear(self.exchange, self.connection, [page], read_at=read_at)
        for _ in range(3):
            await polling.poll(self.exchange, self.connection)
            await exchanging.settle_down(self.exchange, self.connection.connection_id, rounds=3)
            now = self.candor.clock.now()
            stands = said(self.gazette, self.mail, news=self.there)
            await hear(self.exchange, self.connection, [stands], read_at=now)


@pytest.mark.parametrize("seed", range(RUNS))
async def test_both_sides_converge_and_no_no_is_overwritten(candor: Candor, seed: int) -> None:
    gazette = Gazette(is_two_way=True)
    exchange = exchanging.exchange_for(candor, {"notebook": gazette})
    connection = await exchanging.connected(
        exchange,
        gazette,
        code=house.fresh("gazette"),
        purposes=("orders", "news"),  # so that whoever says no stays there, with their no
        mapping=MAPPING,
    )
    mail = house.fresh_email()
    person = await exchanging.make_reader(candor, mail)
    await exchanging.run(exchange, connection.connection_id)
    dice = random.Random(seed)  # noqa: S311 - seeded
    pair = Pair(dice, exchange, connection, gazette, candor, person, mail)
    for _ in range(STEPS):
        await pair.play()
    await pair.calm_down()
    ours = await is_allowed(candor, person)
    assert pair.there == ours, "both sides hold the same"
    assert pair.words[-1] or not ours, "nothing but a later yes stands over a no"

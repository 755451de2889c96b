"""Connections for tests: a house with a notebook on the other side, and people who choose."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from candor.app import Candor
from candor.app.exchanging import exchange_of
from candor.domain.connections.adapters.line import Adapter
from candor.domain.connections.model.connection import (
    Connection,
    Direction,
    Field,
    Removal,
    State,
    What,
)
from candor.domain.connections.service import connecting, delivering, routing
from candor.domain.connections.service.connecting import Wanted
from candor.domain.connections.service.exchange import Exchange
from candor.domain.consent.model.choice import Choice
from candor.infra.db.pool import Database
from candor.kernel.clock import FixedClock
from candor.kernel.ids import ProfileId
from tests.counterparts.notebook import Notebook, Person
from tests.factories import house
from tests.factories.house import TEST

MAPPING = (
    Field("mail", What.IDENTIFIER, "email", is_key=True),
    Field("hobby", What.ATTRIBUTE, "hobby"),
    Field("news", What.PURPOSE, "news"),
    Field("offers", What.TOPIC, "offers/email"),
)


def exchange_for(
    candor: Candor,
    adapters: Mapping[str, Adapter],
    *,
    node: str = "node",
    database: Database | None = None,
) -> Exchange:
    """Return what connections are worked with, with other adapters."""
    exchange = exchange_of(candor)
    return replace(exchange, adapters=adapters, node=node, database=database or candor.database)


async def connected(
    exchange: Exchange,
    notebook: Notebook,
    *,
    code: str = "notebook",
    purposes: Sequence[str] = ("news",),
    mapping: Sequence[Field] = MAPPING,
    removal: Removal = Removal.REMOVE,
    is_started: bool = True,
) -> Connection:
    """Connect a notebook, and start it."""
    wanted = Wanted(
        name=code.title(),
        adapter="notebook",
        directions=notebook.spec.directions,
        purposes=tuple(purposes),
        mapping=tuple(mapping),
        settings={},
        source="crm" if Direction.IN in notebook.spec.directions else None,
        removal=removal,
    )
    async with exchange.database.tx() as tx:
        connection_id = await connecting.add(tx, code, wanted, actor=TEST, exchange=exchange)
    if is_started:
        await move(exchange, connection_id, State.ACTIVE)
        await routing.route(exchange)
    return await connection_of(exchange, connection_id)


async def move(exchange: Exchange, connection_id: UUID, state: State) -> None:
    """Move a connection to another state."""
    async with exchange.database.tx() as tx:
        await connecting.move(tx, connection_id, state, actor=TEST, clock=exchange.clock)


async def connection_of(exchange: Exchange, connection_id: UUID) -> Connection:
    """Return a connection as it is now."""
    async with exchange.database.read() as tx:
        return await connecting.find(tx, connection_id)


async def make_reader(candor: Candor, mail: str, hobby: str = "chess") -> ProfileId:
    """Make somebody who takes the news, by the shop."""
    person = await house.make_person(candor, email=mail)
    await house.choose(candor, person, "news", Choice.GRANTED)
    await tell_hobby(candor, mail, hobby)
    return person


async def tell_hobby(candor: Candor, mail: str, hobby: str) -> None:
    """Tell a hobby of somebody, by the CRM."""
    call = {"type": "identify", "userId": mail, "traits": {"hobby": hobby}}
    await house.send(candor, "crm", call)


async def choose(candor: Candor, person: ProfileId, *, news: bool) -> None:
    """Take the news or take them no more, a second after what was chosen before."""
    assert isinstance(candor.clock, FixedClock)
    candor.clock.advance(timedelta(seconds=1))
    await house.choose(candor, person, "news", Choice.GRANTED if news else Choice.WITHDRAWN)


async def run(exchange: Exchange, connection_id: UUID, *, rounds: int = 50) -> None:
    """Route and deliver until nothing is due."""
    for _ in range(rounds):
        await routing.route(exchange)
        if not (await delivering.deliver(exchange, connection_id)).count:
            return


async def settle_down(exchange: Exchange, connection_id: UUID, *, rounds: int = 40) -> None:
    """Route and deliver as hours pass, until nothing is left that could be due."""
    clock = exchange.clock
    assert isinstance(clock, FixedClock)
    for _ in range(rounds):
        await run(exchange, connection_id)
        clock.advance(timedelta(minutes=61))
    await run(exchange, connection_id)


def is_as(person: Person | None, mail: str, hobby: str | None) -> bool:
    """Tell whether somebody stands there as one who takes the news, with a hobby."""
    return person is not None and (
        person.fields["mail"] == mail
        and person.fields["hobby"] == hobby
        and person.choices["news"]
    )

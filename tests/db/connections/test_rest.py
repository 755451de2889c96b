"""The example of the how-to on the real engine: a CRM without an adapter follows, and is heard."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import msgspec
import pytest

from candor.app import Candor
from candor.domain.connections.adapters.rest.adapter import Rest as Adapter
from candor.domain.connections.errors import BadSignature
from candor.domain.connections.model import document
from candor.domain.connections.model.connection import Connection, State
from candor.domain.connections.service import applying, connecting, routing
from candor.domain.connections.service.comparing import compare
from candor.domain.connections.service.exchange import Exchange
from candor.domain.connections.service.listening import take
from candor.domain.connections.service.polling import poll
from candor.domain.consent.service import gate
from candor.infra.http import Outbound
from candor.kernel.clock import FixedClock
from candor.kernel.ids import ProfileId
from tests.counterparts.contract import Held
from tests.counterparts.rest import HOOK, TOKEN, Rest
from tests.counterparts.serving import Fault
from tests.factories import exchanging, house
from tests.factories.house import TEST
from tests.factories.live import ROOT

EXAMPLE: Final = (ROOT / "docs/howto/connect-anything.md").read_text()
MAIL, FACT = "attributes.email", "attributes.first_name"
NEWS: Final = "attributes.channels.newsletter"
NAMES: Final = {"first_name": "hobby", "newsletter": "news"}  # as this house calls them


@dataclass(frozen=True, slots=True)
class Crm:
    """The CRM, connected by the file of the how-to."""

    candor: Candor
    exchange: Exchange
    connection: Connection
    there: Rest

    def pass_by(self, **time: float) -> None:
        clock = self.exchange.clock
        assert isinstance(clock, FixedClock)
        clock.advance(timedelta(**time))
        self.there.clock.at = max(self.there.clock.at, clock.now())
        clock.at = self.there.clock.at

    async def run(self) -> None:
        self.pass_by(seconds=5)
        await exchanging.run(self.exchange, self.connection.connection_id)
        self.pass_by(seconds=5)

    async def hear(self) -> None:
        self.pass_by(seconds=5)
        await poll(self.exchange, self.connection)
        await self.run()

    def named(self, mail: str) -> tuple[str, Held]:
        ((name, held),) = [
            (name, held)
            for name, held in self.there.people().items()
            if held.facts[MAIL] == mail
        ]
        return name, held

    async def reader(self) -> tuple[ProfileId, str, str]:
        mail = house.fresh_email()
        person = await exchanging.make_reader(self.candor, mail)
        await self.run()
        name, held = self.named(mail)
        assert held.choices[NEWS] is True
        return person, mail, name

    async def is_reader(self, person: ProfileId) -> bool:
        bit = (await house.policy_of(self.candor)).bits["news"]
        state = (await house.states_of(self.candor, [person]))[person]
        return bool(state.allowed >> bit & 1)


@pytest.fixture
async def crm(candor: Candor) -> AsyncIterator[Crm]:
    (text,) = re.findall(r"```toml\n(.*?)```", EXAMPLE, re.DOTALL)
    found = document.read(text)
    async with Rest().running() as there:
        wanted = msgspec.structs.replace(
            document.with_settings(found, {"base_url": f"{there.url}/v1"}),
            purposes=("news",),
            field=tuple(
                msgspec.structs.replace(one, name=NAMES.get(one.name, one.name))
                for one in found.field
            ),
        )
        exchange = replace(
            exchanging.exchange_for(candor, {"rest": Adapter()}),
            outbound=Outbound(allowed_private=[there.host]),
        )
        async with exchange.database.tx() as tx:
            applied = await applying.apply(
                tx, wanted, secrets={"secret": TOKEN, "hook_secret": HOOK},
                vendor_id=None, actor=TEST, exchange=exchange,
            )  # fmt: skip
        await exchanging.move(exchange, applied.connection.connection_id, State.ACTIVE)
        await routing.route(exchange)
        connection = await exchanging.connection_of(exchange, applied.connection.connection_id)
        await connecting.check(connection, exchange=exchange)
        yield Crm(candor, exchange, connection, there)


async def test_every_setting_of_the_example_is_declared(crm: Crm) -> None:
    declared = {one.name for one in Adapter.spec.settings}
    assert set(crm.connection.settings) <= declared


async def test_who_opts_out_there_opted_out_here(crm: Crm) -> None:
    person, _, name = await crm.reader()
    await crm.hear()
    assert await crm.is_reader(person)
    crm.there.change(name, choices={NEWS: False})
    await crm.hear()
    assert not await crm.is_reader(person)
    async with crm.candor.database.read() as tx:
        last = (await gate.history(tx, [person]))[-1]
    assert last.surface == "connection people_crm"
    assert not crm.there.people()


async def test_who_opts_out_here_is_removed_there_and_comes_back(crm: Crm) -> None:
    person, mail, _ = await crm.reader()
    await exchanging.choose(crm.candor, person, news=False)
    await crm.run()
    assert not crm.there.people()
    await crm.hear()
    crm.pass_by(hours=1)
    await exchanging.choose(crm.candor, person, news=True)
    await crm.run()
    assert crm.named(mail)[1].facts[FACT] == "chess"
    await crm.hear()
    assert await crm.is_reader(person)


async def test_an_opt_out_there_outlives_a_change_here(crm: Crm) -> None:
    person, mail, name = await crm.reader()
    crm.there.change(name, choices={NEWS: False})
    await exchanging.tell_hobby(crm.candor, mail, "go")
    await crm.run()  # before it was heard of
    assert not await crm.is_reader(person) or crm.named(mail)[1].choices[NEWS] is False
    await crm.hear()
    assert not await crm.is_reader(person)


async def test_a_later_yes_there_that_says_when_is_a_yes_here(crm: Crm) -> None:
    person, mail, _ = await crm.reader()
    await exchanging.choose(crm.candor, person, news=False)
    await crm.run()
    crm.pass_by(hours=1)
    crm.there._make({"email": mail, "first_name": "Ada"})
    crm.there.change(crm.named(mail)[0], choices={NEWS: True})
    await crm.hear()
    assert await crm.is_reader(person)


async def test_a_fact_goes_both_ways_and_round_no_more(crm: Crm) -> None:
    _, mail, name = await crm.reader()
    crm.there.change(name, facts={FACT: "sailing"})
    await crm.hear()
    crm.pass_by(hours=1)
    await crm.hear()
    before = len(crm.there.seen)
    await crm.run()
    assert len(crm.there.seen) == before
    await exchanging.tell_hobby(crm.candor, mail, "go")
    await crm.run()
    assert crm.named(mail)[1].facts[FACT] == "go"


async def test_an_opt_out_comes_by_the_webhook_at_once(crm: Crm) -> None:
    person, _, name = await crm.reader()
    line = crm.exchange.line(crm.connection)
    crm.pass_by(seconds=60)
    at = crm.exchange.clock.now()
    with pytest.raises(BadSignature):
        await take(crm.exchange, "people_crm", crm.there.call(name, line, at=at, secret="x"))
    assert await crm.is_reader(person)
    for _ in range(2):
        await take(crm.exchange, "people_crm", crm.there.call(name, line, at=at))
    assert not await crm.is_reader(person)


@pytest.mark.parametrize("fault", [Fault.ERROR_IN_200, Fault.LOST_ANSWER, Fault.LIMITED])
async def test_what_fails_once_arrives_once(crm: Crm, fault: Fault) -> None:
    for after in range(2):
        mail = house.fresh_email()
        crm.there.fail(fault, after=after)
        await exchanging.make_reader(crm.candor, mail)
        await crm.run()
        crm.there.heal()
        crm.pass_by(hours=1)
        await crm.run()
        assert crm.named(mail)[1].choices[NEWS] is True


async def test_comparing_repairs_towards_no(crm: Crm) -> None:
    person, _, name = await crm.reader()
    await crm.hear()
    crm.pass_by(hours=2)
    record = crm.there.persons[name]
    crm.there.change(name, choices={NEWS: False})
    record.changed_at -= timedelta(days=30)  # no reading sees it
    await crm.hear()
    assert await crm.is_reader(person)
    report = await compare(crm.exchange, crm.connection)
    assert report.taken == 1
    assert not await crm.is_reader(person)

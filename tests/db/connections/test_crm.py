"""Both CRMs on the real engine: one change of mind, there or here, and both sides know."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from candor.app import Candor
from candor.domain.connections.adapters.hubspot.adapter import Hubspot as HubspotAdapter
from candor.domain.connections.adapters.salesforce.adapter import (
    Salesforce as SalesforceAdapter,
)
from candor.domain.connections.model.connection import (
    Connection,
    Direction,
    Field,
    State,
    What,
)
from candor.domain.connections.service import connecting, routing
from candor.domain.connections.service.comparing import compare
from candor.domain.connections.service.connecting import Wanted
from candor.domain.connections.service.exchange import Exchange
from candor.domain.connections.service.listening import take
from candor.domain.connections.service.polling import poll
from candor.domain.consent.service import gate
from candor.infra.http import Outbound
from candor.kernel.clock import FixedClock
from candor.kernel.ids import ProfileId
from tests.counterparts import hubspot, salesforce
from tests.counterparts.contract import Held
from tests.counterparts.hubspot import Hubspot
from tests.counterparts.salesforce import Salesforce
from tests.counterparts.serving import Fault
from tests.factories import exchanging, house
from tests.factories.house import TEST

BOTH = Direction.BOTH


@dataclass(frozen=True, slots=True)
class Crm:
    """A CRM that is connected, and what it calls things."""

    candor: Candor
    exchange: Exchange
    connection: Connection
    there: Any
    mail: str
    hobby: str
    news: str

    def pass_by(self, **time: float) -> None:
        clock = self.exchange.clock
        assert isinstance(clock, FixedClock)
        clock.advance(timedelta(**time))
        self.there.now = max(self.there.now, clock.now())
        clock.at = self.there.now

    async def run(self) -> None:
        self.pass_by(seconds=5)
        await exchanging.run(self.exchange, self.connection.connection_id)
        self.pass_by(seconds=5)

    async def hear(self) -> None:
        self.pass_by(seconds=5)
        await poll(self.exchange, self.connection)
        await self.run()

    def named(self, mail: str) -> tuple[str, Held]:
        """Return whom it holds under an address."""
        ((name, held),) = [
            (name, held)
            for name, held in self.there.people().items()
            if held.facts[self.mail] == mail
        ]
        return name, held

    async def is_reader(self, person: ProfileId) -> bool:
        bit = (await house.policy_of(self.candor)).bits["news"]
        state = (await house.states_of(self.candor, [person]))[person]
        return bool(state.allowed >> bit & 1)


HUBSPOT = {"mail": "email", "hobby": "city", "news": "subscription:42"}
SALESFORCE = {"mail": "Email", "hobby": "MailingCity", "news": "HasOptedOutOfEmail"}


@pytest.fixture(params=["hubspot", "salesforce"])
async def crm(request: pytest.FixtureRequest, candor: Candor) -> AsyncIterator[Crm]:
    async with AsyncExitStack() as stack:
        there: Hubspot | Salesforce
        if request.param == "hubspot":
            names, adapter = HUBSPOT, HubspotAdapter()
            there = await stack.enter_async_context(Hubspot().running())
            settings = {"base_url": there.url, "removal": "gdpr_delete"}
            settings["legal_basis"] = "CONSENT_WITH_NOTICE"
            secrets = {"token": hubspot.TOKEN, "client_secret": hubspot.SECRET}
        else:
            names, adapter = SALESFORCE, SalesforceAdapter()
            there = await stack.enter_async_context(Salesforce().running())
            settings = {"login_url": there.url, "client_id": salesforce.CLIENT}
            settings |= {"flow": "client_credentials", "object": "Contact"}
            settings |= {"removal": "empty_and_delete"}
            secrets = {"client_secret": salesforce.SECRET}
        exchange = replace(
            exchanging.exchange_for(candor, {request.param: adapter}),
            outbound=Outbound(allowed_private=[there.host]),
        )
        wanted = Wanted(
            name="CRM", adapter=request.param, directions=adapter.spec.directions,
            purposes=("news",), source="crm", settings=settings, secrets=secrets,
            mapping=(
                Field(names["mail"], What.IDENTIFIER, "email", direction=BOTH, is_key=True),
                Field(names["hobby"], What.ATTRIBUTE, "hobby", direction=BOTH),
                Field(names["news"], What.PURPOSE, "news", direction=BOTH),
            ),
        )  # fmt: skip
        async with exchange.database.tx() as tx:
            found = await connecting.add(tx, "crm", wanted, actor=TEST, exchange=exchange)
        await exchanging.move(exchange, found, State.ACTIVE)
        await routing.route(exchange)
        connection = await exchanging.connection_of(exchange, found)
        await connecting.check(connection, exchange=exchange)
        yield Crm(candor, exchange, connection, there, **names)


async def reader(crm: Crm) -> tuple[ProfileId, str, str]:
    """Return somebody who takes the news: their profile, address, and name there."""
    mail = house.fresh_email()
    person = await exchanging.make_reader(crm.candor, mail)
    await crm.run()
    name, held = crm.named(mail)
    assert held.choices[crm.news] is True
    return person, mail, name


async def test_who_opts_out_there_opted_out_here(crm: Crm) -> None:
    person, _, name = await reader(crm)
    await crm.hear()
    assert await crm.is_reader(person)
    crm.there.change(name, choices={crm.news: False})
    await crm.hear()
    assert not await crm.is_reader(person)
    async with crm.candor.database.read() as tx:
        last = (await gate.history(tx, [person]))[-1]
    assert last.surface == "connection crm"
    assert not crm.there.people()  # no purpose is left there: it was removed


async def test_who_opts_out_here_is_removed_there_and_comes_back(crm: Crm) -> None:
    person, mail, _ = await reader(crm)
    await exchanging.choose(crm.candor, person, news=False)
    await crm.run()
    assert not crm.there.people()
    await crm.hear()
    crm.pass_by(hours=1)
    await exchanging.choose(crm.candor, person, news=True)
    await crm.run()
    assert crm.named(mail)[1].facts[crm.hobby] == "chess"
    await crm.hear()
    assert await crm.is_reader(person)


async def test_an_opt_out_there_outlives_a_change_here(crm: Crm) -> None:
    person, mail, name = await reader(crm)
    crm.pass_by(seconds=5)
    crm.there.change(name, choices={crm.news: False})
    await exchanging.tell_hobby(crm.candor, mail, "go")
    await crm.run()  # before it was heard of
    assert crm.named(mail)[1].choices[crm.news] is False
    await crm.hear()
    assert not await crm.is_reader(person)
    assert not crm.there.people()


def begin(crm: Crm, mail: str) -> None:
    """Let somebody there write down a person who opted out."""
    if isinstance(crm.there, Hubspot):
        new = {"id": mail, "idProperty": "email", "properties": {}, "objectWriteTraceId": ""}
        crm.there._written(new, is_upsert=True)
    else:
        crm.there._created({
            "attributes": {"type": "Contact"}, "LastName": "Needle", "Email": mail,
        })  # fmt: skip
    crm.there.change(crm.named(mail)[0], choices={crm.news: False})


async def test_a_no_that_stood_there_when_they_met_is_taken(crm: Crm) -> None:
    mail = house.fresh_email()
    person = await exchanging.make_reader(crm.candor, mail)
    crm.pass_by(hours=1)
    begin(crm, mail)
    for _ in range(4):
        await crm.run()
        crm.pass_by(minutes=5)
    assert not await crm.is_reader(person)
    assert not any(held.choices[crm.news] for held in crm.there.people().values())


async def test_a_yes_here_that_is_later_than_the_no_there_is_told(crm: Crm) -> None:
    mail = house.fresh_email()
    begin(crm, mail)
    crm.pass_by(hours=1)
    person = await exchanging.make_reader(crm.candor, mail)
    for _ in range(4):
        await crm.run()
        crm.pass_by(minutes=5)
    assert await crm.is_reader(person)
    assert crm.named(mail)[1].choices[crm.news] is True


async def test_a_fact_goes_both_ways_and_round_no_more(crm: Crm) -> None:
    _, mail, name = await reader(crm)
    crm.there.change(name, facts={crm.hobby: "sailing"})
    await crm.hear()
    assert crm.named(mail)[1].facts[crm.hobby] == "sailing"
    crm.pass_by(hours=1)
    await crm.hear()
    before = len(crm.there.seen)
    await crm.run()
    assert len(crm.there.seen) == before
    crm.pass_by(minutes=1)
    await exchanging.tell_hobby(crm.candor, mail, "go")
    await crm.run()
    assert crm.named(mail)[1].facts[crm.hobby] == "go"


async def test_an_answer_that_was_lost_doubles_nobody(crm: Crm) -> None:
    mail = house.fresh_email()
    await exchanging.make_reader(crm.candor, mail)
    for after in range(5):
        crm.there.fail(Fault.LOST_ANSWER, after=after)
    for _ in range(12):
        await crm.run()
        crm.pass_by(hours=1)
    crm.there.heal()
    crm.pass_by(hours=1)
    await crm.run()
    assert crm.named(mail)[1].choices[crm.news] is True


async def test_what_drifted_is_put_right_towards_no(crm: Crm) -> None:
    person, _, name = await reader(crm)
    await crm.hear()
    crm.pass_by(hours=2)
    crm.there.change(name, choices={crm.news: False})
    crm.pass_by(hours=1)
    report = await compare(crm.exchange, crm.connection)
    assert report.drifted
    assert not await crm.is_reader(person)
    await crm.run()
    assert not crm.there.people()


async def test_a_webhook_is_heard_within_the_call(crm: Crm) -> None:
    if not isinstance(crm.there, Hubspot):
        pytest.skip("Salesforce calls nobody")
    person, _, name = await reader(crm)
    line = crm.exchange.line(crm.connection)
    now = crm.exchange.clock.now()
    for _ in range(2):
        returned = await take(crm.exchange, "crm", crm.there.call(name, line, at=now))
        assert returned.status == 200
    assert not await crm.is_reader(person)

"""Advertising on the real engine: nobody is in an audience who may not be, by whatever word."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise

import msgspec
import pytest

from candor.app import Candor
from candor.domain.connections.adapters.audience.adapter import Audience
from candor.domain.connections.errors import BadMapping
from candor.domain.connections.model.connection import (
    Connection,
    Direction,
    Field,
    Removal,
    State,
    What,
)
from candor.domain.connections.service import connecting, routing
from candor.domain.connections.service.connecting import Wanted
from candor.domain.connections.service.exchange import Exchange
from candor.domain.consent.model.choice import Choice
from candor.domain.consent.model.signal import Signal, SignalKind
from candor.domain.consent.service import signals
from candor.infra.http import Outbound
from candor.kernel.clock import FixedClock
from candor.kernel.ids import ProfileId, new_id
from tests.counterparts import audience
from tests.counterparts.audience import AUDIENCE, MEMBER, TOKEN, Google, Meta, sha256
from tests.counterparts.serving import Fault
from tests.factories import exchanging, house
from tests.factories.backups import erase_person
from tests.factories.house import TEST

MAPPING = (
    Field("EMAIL", What.IDENTIFIER, "email", is_key=True),
    Field("PHONE", What.IDENTIFIER, "phone", is_key=True),
    Field(MEMBER, What.PURPOSE, "ads"),
)


@dataclass(frozen=True, slots=True)
class Ads:
    """An audience that is connected."""

    candor: Candor
    exchange: Exchange
    connection: Connection
    there: Meta | Google

    async def run(self) -> None:
        clock = self.exchange.clock
        assert isinstance(clock, FixedClock)
        clock.advance(timedelta(seconds=5))
        await exchanging.run(self.exchange, self.connection.connection_id)

    def has(self, mail: str) -> bool:
        return any(row["EMAIL"] == sha256(mail) for row in self.there.rows)

    @property
    def was_told(self) -> str:
        """Return all that was ever said to it."""
        return "".join(one.body.decode() for one in self.there.seen)


async def allow_ads(candor: Candor) -> None:
    """Let addresses and numbers be used for advertising."""
    used = tuple(
        msgspec.structs.replace(one, purposes=(*one.purposes, "ads"))
        if one.kind in {"email", "phone"}
        else one
        for one in house.make_company().identifiers
    )
    await house.apply_company(candor, identifiers=used)


def wanted(there: Meta | Google, **changes: object) -> Wanted:
    settings = {"audience": AUDIENCE, "base_url": there.url, "platform": "meta"}
    secrets = {"token": TOKEN}
    if isinstance(there, Google):
        settings |= {"platform": "google", "account": audience.ACCOUNT, "terms": "yes"}
        secrets = {"service_account": there.key_file()}
    made = Wanted(
        name="Ads", adapter="audience", directions=frozenset({Direction.OUT}),
        purposes=("ads",), mapping=MAPPING, settings=settings, secrets=secrets,
    )  # fmt: skip
    return replace(made, **changes)


@pytest.fixture(params=[Meta, Google])
async def ads(request: pytest.FixtureRequest, candor: Candor) -> AsyncIterator[Ads]:
    await allow_ads(candor)
    async with request.param().running() as there:
        exchange = replace(
            exchanging.exchange_for(candor, {"audience": Audience()}),
            outbound=Outbound(allowed_private=[there.host]),
        )
        async with exchange.database.tx() as tx:
            found = await connecting.add(
                tx, "ads", wanted(there), actor=TEST, exchange=exchange
            )
        await exchanging.move(exchange, found, State.ACTIVE)
        await routing.route(exchange)
        connection = await exchanging.connection_of(exchange, found)
        await connecting.check(connection, exchange=exchange)
        there.seen.clear()
        yield Ads(candor, exchange, connection, there)


async def californian(ads: Ads) -> tuple[ProfileId, str]:
    """Return somebody to whom advertising may be shown until they refuse, who is there."""
    mail = house.fresh_email()
    person = await house.make_person(ads.candor, source="far", email=mail)
    await ads.run()
    assert ads.has(mail)
    return person, mail


async def hear_gpc(ads: Ads, person: ProfileId) -> None:
    """Hear a browser that sends Global Privacy Control."""
    candor = ads.candor
    signal = Signal(new_id(), person, SignalKind("gpc"), candor.clock.now(), "test")
    policy = await house.policy_of(candor)
    async with candor.database.tx() as tx:
        await signals.hear(
            tx, [signal], actor=TEST, vault=candor.vault, policy=policy, clock=candor.clock
        )


async def object_to_ads(ads: Ads, person: ProfileId) -> None:
    await house.choose(ads.candor, person, "ads", Choice.DENIED)


async def restrict(ads: Ads, person: ProfileId) -> None:
    async with ads.candor.database.tx() as tx:
        for holder in ads.candor.holders.values():
            await holder.restrict_person(tx, [person], is_restricted=True)


async def erase(ads: Ads, person: ProfileId) -> None:
    await erase_person(ads.candor, person)


Word = Callable[[Ads, ProfileId], Awaitable[None]]


@pytest.mark.parametrize("word", [hear_gpc, object_to_ads, restrict, erase])
async def test_whoever_may_not_be_shown_advertising_is_taken_out(ads: Ads, word: Word) -> None:
    person, mail = await californian(ads)
    await word(ads, person)
    await ads.run()
    assert not ads.has(mail)
    assert mail not in ads.was_told


async def test_who_sends_global_privacy_control_is_never_told_of(ads: Ads) -> None:
    mail = house.fresh_email()
    person = await house.make_person(ads.candor, source="far", email=mail)
    await hear_gpc(ads, person)
    await ads.run()
    await exchanging.settle_down(ads.exchange, ads.connection.connection_id, rounds=2)
    assert not ads.there.rows
    assert sha256(mail) not in ads.was_told


async def test_who_never_said_yes_where_a_yes_is_needed_is_never_told_of(ads: Ads) -> None:
    mail = house.fresh_email()
    person = await house.make_person(ads.candor, source="shop", email=mail)
    await ads.run()
    assert not ads.there.rows
    assert sha256(mail) not in ads.was_told
    await house.choose(ads.candor, person, "ads", Choice.GRANTED)
    await ads.run()
    assert ads.has(mail)


async def test_who_comes_back_is_in_it_again(ads: Ads) -> None:
    person, mail = await californian(ads)
    await object_to_ads(ads, person)
    await ads.run()
    assert not ads.has(mail)
    clock = ads.exchange.clock
    assert isinstance(clock, FixedClock)
    clock.advance(timedelta(minutes=1))
    await house.choose(ads.candor, person, "ads", Choice.GRANTED)
    await ads.run()
    assert ads.has(mail)


async def test_a_refusal_arrives_though_the_platform_was_away(ads: Ads) -> None:
    person, mail = await californian(ads)
    await hear_gpc(ads, person)
    for fault in (Fault.BROKEN, Fault.LIMITED_SILENTLY, Fault.LOST_ANSWER, Fault.HALF_CLOSED):
        ads.there.fail(fault)
    await exchanging.settle_down(ads.exchange, ads.connection.connection_id, rounds=8)
    assert not ads.has(mail)


@pytest.mark.parametrize("word", [object_to_ads, erase])
async def test_an_address_that_arrived_without_an_answer_is_taken_out(
    ads: Ads, word: Word
) -> None:
    mails = [house.fresh_email() for _ in range(3)]
    number = house.fresh("number")
    person = await house.make_person(ads.candor, source="far", number=number, email=mails[0])
    await ads.run()
    assert ads.has(mails[0])
    # Twice in a row they change their address, and twice its answer is lost.
    for former, mail in pairwise(mails):
        call = {"type": "identify", "userId": number, "traits": {"email": mail}}
        await house.send(ads.candor, "far", call)
        ads.there.fail(Fault.LOST_ANSWER, after=1)
        await exchanging.run(ads.exchange, ads.connection.connection_id, rounds=2)
        assert (ads.has(former), ads.has(mail)) == (False, True)
        clock = ads.exchange.clock
        assert isinstance(clock, FixedClock)
        clock.advance(timedelta(minutes=5))
    ads.there.add([{"EMAIL": sha256(mails[1])}])  # as if the platform had worked that off late
    await word(ads, person)
    await exchanging.settle_down(ads.exchange, ads.connection.connection_id, rounds=3)
    assert not ads.there.rows


async def test_a_connection_that_ends_leaves_nobody_there(ads: Ads) -> None:
    for _ in range(3):
        await californian(ads)
    await exchanging.move(ads.exchange, ads.connection.connection_id, State.STOPPING)
    await ads.run()
    assert not ads.there.rows


async def test_what_nobody_said_is_as_the_kind_has_it(candor: Candor) -> None:
    await allow_ads(candor)
    async with Meta().running() as there:
        exchange = exchanging.exchange_for(candor, {"audience": Audience()})
        exchange = replace(exchange, outbound=Outbound(allowed_private=[there.host]))
        plain = {"audience": AUDIENCE, "base_url": there.url}
        async with exchange.database.tx() as tx:
            found = await connecting.add(
                tx, "ads", wanted(there, settings=plain), actor=TEST, exchange=exchange
            )
        connection = await exchanging.connection_of(exchange, found)
        assert dict(connection.settings) == plain
        assert exchange.line(connection).settings == {**plain, "platform": "meta"}
        await connecting.check(connection, exchange=exchange)


async def test_the_catalogue_must_let_addresses_be_used_for_it(candor: Candor) -> None:
    async with Meta().running() as there:
        exchange = replace(
            exchanging.exchange_for(candor, {"audience": Audience()}),
            outbound=Outbound(allowed_private=[there.host]),
        )
        with pytest.raises(BadMapping):
            async with exchange.database.tx() as tx:
                await connecting.add(tx, "ads", wanted(there), actor=TEST, exchange=exchange)


async def test_emptying_takes_people_out_as_well(candor: Candor) -> None:
    await allow_ads(candor)
    async with Meta().running() as there:
        exchange = replace(
            exchanging.exchange_for(candor, {"audience": Audience()}),
            outbound=Outbound(allowed_private=[there.host]),
        )
        wish = wanted(there, removal=Removal.CLEAR)
        async with exchange.database.tx() as tx:
            found = await connecting.add(tx, "ads", wish, actor=TEST, exchange=exchange)
        await exchanging.move(exchange, found, State.ACTIVE)
        await routing.route(exchange)
        one = Ads(candor, exchange, await exchanging.connection_of(exchange, found), there)
        person, mail = await californian(one)
        await object_to_ads(one, person)
        await one.run()
        assert not one.has(mail)
        assert json.loads(there.seen[-1].body)["payload"]["schema"] == ["EMAIL"]

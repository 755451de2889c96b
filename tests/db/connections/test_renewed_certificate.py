"""A certificate runs out there: everything waits, nothing is parked, and goes on by itself."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from candor.app import Candor
from candor.domain.connections.adapters.webhook.transport import Webhook
from candor.domain.connections.model.connection import Direction, State
from candor.domain.connections.model.delivery import Stage
from candor.domain.connections.service import connecting, reading, routing
from candor.domain.connections.service.connecting import Wanted
from candor.domain.connections.service.reading import Filter
from candor.kernel.clock import FixedClock
from tests.counterparts import tls
from tests.counterparts.receiver import SECRET, Receiver
from tests.counterparts.tls import Trusting
from tests.factories import exchanging, house
from tests.factories.house import TEST


async def test_a_no_waits_for_the_certificate_and_arrives(
    candor: Candor, tmp_path: Path
) -> None:
    context = tls.expired().serving(tmp_path)
    async with Receiver().running(context) as there:
        exchange = replace(
            exchanging.exchange_for(candor, {"webhook": Webhook()}),
            outbound=Trusting(there.host),
        )
        wanted = Wanted(
            name="Receiver", adapter="webhook", directions=frozenset({Direction.OUT}),
            purposes=("news",), mapping=exchanging.MAPPING,
            settings={"url": f"{there.url}/candor"}, secrets={"secret": SECRET},
        )  # fmt: skip
        async with exchange.database.tx() as tx:
            found = await connecting.add(tx, "there", wanted, actor=TEST, exchange=exchange)
        await exchanging.move(exchange, found, State.ACTIVE)
        await routing.route(exchange)
        ada = await exchanging.make_reader(candor, house.fresh_email())
        for _ in range(4):
            await exchanging.run(exchange, found, rounds=3)
            clock = exchange.clock
            assert isinstance(clock, FixedClock)
            clock.advance(timedelta(hours=2))
        assert not there.seen
        async with exchange.database.read() as tx:
            health = await reading.health_of(tx, found, clock=exchange.clock)
            open_ones = await reading.deliveries(
                tx, Filter(connection_id=found, states=(Stage.WAITING,)), after=None, at_most=9
            )
        assert (health.problem, health.waiting, health.parked) == ("tls", 1, 0)
        assert [one.problem for one in open_ones] == ["tls"]
        tls.good().renew(context, tmp_path)
        await exchanging.settle_down(exchange, found, rounds=3)
        assert len(there.people()) == 1
        await exchanging.choose(candor, ada, news=False)
        tls.expired().renew(context, tmp_path)
        await exchange.outbound.close()  # what is open stays good, to both sides
        await exchanging.settle_down(exchange, found, rounds=2)
        assert len(there.people()) == 1
        tls.good().renew(context, tmp_path)
        await exchanging.settle_down(exchange, found, rounds=3)
        assert not there.people()
        await exchange.outbound.close()

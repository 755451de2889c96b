"""P9: from the commit of a withdrawal to its acknowledgement at another system, during a campaign.

100,000 people are told to a system on loopback that answers 204, one POST each, by a worker in a
process of its own. While their deliveries are under way, somebody who was told withdraws their
consent, one after the other, at a steady pace. Taken are two times from the commit on: until the
gate refuses the purpose, asked on a connection of its own; and until the delivery of the removal is
acknowledged, as the database shows it, looked at every few milliseconds. All of it runs on one
machine, beside the load; the network between two machines is left out.
"""

import asyncio
import os
import random
from statistics import quantiles
from time import perf_counter
from typing import Final

from bench.corresponding import (
    PURPOSE,
    choose,
    connect,
    exchange_for,
    is_there,
    make_people,
    settings_of,
)
from bench.result import SEED, Figure, Goal
from bench.stage import Stage, free_port, stage
from candor.app import Candor, compose
from candor.domain.consent.model.choice import Choice
from candor.domain.consent.model.decision import Ask
from candor.domain.consent.service import gate
from candor.domain.feed import service as feed
from candor.domain.feed.model import Changed
from candor.kernel.ids import ProfileId

_FULL, _SHORT = 100_000, 3_000
_MINDS: Final = {True: 40, False: 300}
_EVERY_SECONDS: Final = 0.1
_LOOK_SECONDS: Final = 0.004
_PATIENCE_SECONDS: Final = 60.0


def measure(*, is_short: bool) -> list[Figure]:
    """Measure both times."""
    number = int(os.environ.get("BENCH_PEOPLE", "0")) or (_SHORT if is_short else _FULL)
    with stage() as here:
        return asyncio.run(_measure(here, number, _MINDS[is_short]))


async def _measure(here: Stage, number: int, minds: int) -> list[Figure]:
    port, home = free_port(), str(here.folder)
    here.start("destination", "bench.corresponding", "serve", str(port))
    async with compose(
        settings_of(home, here.urls.app, port), here.urls.app, pool=6
    ).running() as candor:
        await is_there(port)
        people = await make_people(candor, number)
        await connect(exchange_for(candor), "post", {"url": f"http://127.0.0.1:{port}/"})
        here.start("worker", "bench.corresponding", "work", home, here.urls.app, str(port))
        await _told(candor, 2 * minds)
        await _campaign(candor, people)
        told = await _linked(candor)
        random.Random(SEED).shuffle(told)
        refused: list[float] = []
        reached: list[float] = []
        for one in told[:minds]:
            first, last = await _withdraw(candor, one)
            refused.append(first * 1000)
            reached.append(last * 1000)
            await asyncio.sleep(_EVERY_SECONDS)
        left = await _open(candor)
        if not left:
            raise RuntimeError("the campaign was over before the withdrawals: make it larger")
    about = {"people": number, "withdrawals": minds, "deliveries_left_at_the_end": left}
    return [
        Figure(
            "P9",
            f"p{place} from a withdrawal to its acknowledgement elsewhere, in a campaign",
            "ms",
            [_quantile(reached, place)],
            Goal(value_at_most=300) if place == 99 else Goal(),
            extra=about,
        )
        for place in (50, 99)
    ] + [
        Figure(
            "P9",
            "p99 from a withdrawal to the gate's refusal",
            "ms",
            [_quantile(refused, 99)],
            Goal(value_at_most=300),
            extra=about,
        )
    ]


async def _told(candor: Candor, number: int) -> None:
    """Wait until so many people were told of."""
    for _ in range(int(_PATIENCE_SECONDS * 5)):
        if len(await _linked(candor)) >= number:
            return
        await asyncio.sleep(0.2)
    raise RuntimeError("nobody is told of anybody")


async def _campaign(candor: Candor, people: list[ProfileId]) -> None:
    """Change something about everybody, so that all of them are to be told."""
    for start in range(0, len(people), 1_000):
        async with candor.database.tx("bench") as tx:
            some = people[start : start + 1_000]
            await feed.publish(tx, Changed.ATTRIBUTES, some, candor.clock)


async def _withdraw(candor: Candor, one: ProfileId) -> tuple[float, float]:
    """Withdraw, and return the seconds until it is refused here, and acknowledged there."""
    await choose(candor, [one], Choice.WITHDRAWN)
    began = perf_counter()
    async with candor.database.read("bench") as tx:
        rules = await candor.rulebook.rules(tx)
        (decision,) = await gate.decisions(
            tx, [Ask(one, PURPOSE)], policy=rules.policy, now=candor.clock.now()
        )
    refused = perf_counter() - began
    if decision.allowed:
        raise RuntimeError("the gate lets through what was withdrawn")
    while perf_counter() - began < _PATIENCE_SECONDS:
        async with candor.database.read("bench") as tx:
            found = await tx.connection.execute(
                "SELECT 1 FROM connections.link"
                " WHERE profile_id = %s AND removed_at IS NOT NULL",
                (one,),
            )
            if await found.fetchone():
                return refused, perf_counter() - began
        await asyncio.sleep(_LOOK_SECONDS)
    raise RuntimeError("a withdrawal does not arrive")


async def _linked(candor: Candor) -> list[ProfileId]:
    async with candor.database.read("bench") as tx:
        found = await tx.connection.execute(
            "SELECT profile_id FROM connections.link WHERE removed_at IS NULL"
        )
        return [ProfileId(row[0]) for row in await found.fetchall()]


async def _open(candor: Candor) -> int:
    async with candor.database.read("bench") as tx:
        found = await tx.connection.execute(
            "SELECT count(*) FROM connections.delivery WHERE settled_at IS NULL"
        )
        row = await found.fetchone()
    return int(row[0]) if row else 0


def _quantile(values: list[float], place: int) -> float:
    return quantiles(values, n=100, method="inclusive")[place - 1]

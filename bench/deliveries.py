"""DELIVERIES: deliveries per second from start to acknowledgement, by kind of adapter.

Everybody is compared with a new connection: decided on, opened, written down, sent, settled. The
kind "sink" takes everything at once, a hundred people in a call, and does nothing: what Candor
itself costs. "post" is one POST per person to a system on loopback that answers 204, over the
guarded way out; beside it the same requests in a bare loop, eight at once, over the same way out.
"""

import asyncio
import os
from time import perf_counter
from typing import Final

from bench.corresponding import connect, exchange_for, is_there, make_people, settings_of
from bench.result import NO_GOAL, Baseline, Figure
from bench.stage import Stage, free_port, stage
from candor.app import Candor, compose
from candor.domain.connections.service import delivering, routing
from candor.domain.connections.service.exchange import Exchange

_FULL, _SHORT = 10_000, 500
_AT_ONCE: Final = 8


def measure(*, is_short: bool) -> list[Figure]:
    """Measure each kind."""
    number = int(os.environ.get("BENCH_PEOPLE", "0")) or (_SHORT if is_short else _FULL)
    with stage() as here:
        return asyncio.run(_measure(here, number))


async def _measure(here: Stage, number: int) -> list[Figure]:
    port = free_port()
    here.start("destination", "bench.corresponding", "serve", str(port))
    settings = settings_of(str(here.folder), here.urls.app, port)
    url = f"http://127.0.0.1:{port}/"
    async with compose(settings, here.urls.app, pool=8).running() as candor:
        await make_people(candor, number)
        exchange = exchange_for(candor)
        sink = await _delivered(exchange, "sink", "", number)
        await is_there(port)
        bare = await _bare(candor, url, number)
        post = await _delivered(exchange, "post", url, number)
    about = {"people": number}
    return [
        Figure("DELIVERIES", "sink: 100 people a call", "/s", [sink], NO_GOAL, extra=about),
        Figure(
            "DELIVERIES",
            "post: one request a person",
            "/s",
            [post],
            NO_GOAL,
            Baseline("the same requests in a bare loop", [bare]),
            extra=about,
        ),
    ]


async def _delivered(exchange: Exchange, adapter: str, url: str, number: int) -> float:
    """Return how many people a second a new connection is told of."""
    connection = await connect(exchange, adapter, url)
    began, done = perf_counter(), 0
    await routing.follow(exchange, connection.connection_id)
    while done < number:
        await routing.sweep(exchange, connection.connection_id)
        some = await delivering.deliver(exchange, connection.connection_id)
        while some.count:
            done += some.acknowledged
            some = await delivering.deliver(exchange, connection.connection_id)
        if perf_counter() - began > 1_800:
            raise RuntimeError(f"{adapter}: {done} of {number} in half an hour")
    return number / (perf_counter() - began)


async def _bare(candor: Candor, url: str, number: int) -> float:
    """Return how many requests a second a bare loop makes over the same way out."""
    left = iter(range(number))

    async def lane() -> None:
        for place in left:
            body = {
                "act": "put",
                "id": None,
                "keys": {"mail": f"p{place}@example.org"},
                "facts": {"first_name": f"Ada {place}"},
                "choices": {"news": True},
            }
            await candor.outbound.request("POST", url, json=body)

    began = perf_counter()
    await asyncio.gather(*(lane() for _ in range(_AT_ONCE)))
    return number / (perf_counter() - began)

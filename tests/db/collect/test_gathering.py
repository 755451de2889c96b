"""Requests that come together share a commit; nobody waits for somebody who does not come."""

import asyncio
from typing import Any

import psycopg
import pytest

from candor.app import Candor
from candor.kernel.errors import Unavailable
from tests.factories.house import order, send

_SECONDS = 20  # far beyond any wait of the door


async def _crowd(candor: Candor, size: int) -> None:
    """Let so many senders send at once, until all are answered."""
    calls = [order(candor, userId=f"K{place}") for place in range(size)]
    async with asyncio.timeout(_SECONDS), asyncio.TaskGroup() as group:
        for call in calls:
            group.create_task(send(candor, "shop", call))


async def test_after_a_crowd_a_lone_sender_is_answered(
    candor: Candor, owner: psycopg.Connection[Any]
) -> None:
    for _ in range(3):
        await _crowd(candor, 24)
        for _ in range(3):
            await asyncio.sleep(0.02)
            await _crowd(candor, 1)
    assert owner.execute("SELECT count(*) FROM collect.event").fetchone() == (81,)


async def test_a_crowd_shares_commits(candor: Candor, owner: psycopg.Connection[Any]) -> None:
    await _crowd(candor, 40)
    flushes = owner.execute("SELECT count(*) FROM collect.flush").fetchone()
    assert flushes is not None
    assert flushes[0] < 10


async def test_closing_answers_who_waits(
    candor: Candor, owner: psycopg.Connection[Any]
) -> None:
    await _crowd(candor, 8)
    waiting = asyncio.create_task(_crowd(candor, 3))
    while len(candor.door._waiting) < 3:  # noqa: ASYNC110 - nothing tells when they wait
        await asyncio.sleep(0)
    await candor.door.close()
    await waiting
    assert owner.execute("SELECT count(*) FROM collect.event").fetchone() == (11,)


async def test_a_closed_door_says_so(candor: Candor) -> None:
    await candor.door.close()
    with pytest.raises(Unavailable):
        await send(candor, "shop", order(candor, userId="K1"))

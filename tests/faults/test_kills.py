"""Nothing acknowledged is lost and nothing is there twice, whatever is killed under load.

Real processes, killed at once and with their children, as a failing machine would. A sender goes
on sending the same bytes until they are acknowledged, as every SDK does, or gives up in the
middle: then its events are there once or not at all.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import pytest

from tests.factories.live import Live, basic, fresh_mark

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

ROUNDS: Final = 2
SENDERS: Final = 4
PER_BATCH: Final = 5


@dataclass(slots=True)
class Load:
    """Senders at work until they are told to stop."""

    live: Live
    acknowledged: set[str] = field(default_factory=set[str])
    attempted: set[str] = field(default_factory=set[str])
    is_over: bool = False

    async def send_on(self, number: int) -> None:
        """Send batches; every fifth is given up after its first failure."""
        batches = 0
        while not self.is_over:
            batches += 1
            marks = [fresh_mark() for _ in range(PER_BATCH)]
            self.attempted |= set(marks)
            user = f"kills-{number}-{batches % 7}"
            body = json.dumps({"batch": [order(user, mark) for mark in marks]}).encode()
            is_taken = await self._taken(body)
            while not is_taken and batches % 5:
                await asyncio.sleep(0.05)
                is_taken = await self._taken(body)
            if is_taken:
                self.acknowledged |= set(marks)

    async def _taken(self, body: bytes) -> bool:
        """Send once; tell whether it was acknowledged."""
        head = (
            f"POST /v1/batch HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
            f"Authorization: {basic(self.live.keys['till'])}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.live.port)
            try:
                writer.write(head.encode() + body)
                await writer.drain()
                line = await asyncio.wait_for(reader.readline(), 20)
            finally:
                writer.close()
        except (OSError, EOFError, TimeoutError):
            return False
        assert line[9:12] in {b"", b"200", b"503", b"429"}, line
        return line[9:12] == b"200"

    async def reach(self, count: int) -> None:
        """Wait until so many more are acknowledged: the load is on its way."""
        wanted = len(self.acknowledged) + count
        while len(self.acknowledged) < wanted:  # noqa: ASYNC110 - a test may poll
            await asyncio.sleep(0.01)


def order(user: str, mark: str) -> dict[str, object]:
    return {
        "type": "track",
        "event": "Order Completed",
        "userId": user,
        "anonymousId": f"device-of-{user}",
        "messageId": mark,
        "properties": {"order_id": mark, "revenue": 1.25},
    }


def assert_sound(live: Live, load: Load) -> None:
    """Compare what is kept with what was sent, and every count with what it counts."""
    live.wait_folded()
    with live.owner() as connection:
        rows = connection.execute(
            "SELECT properties ->> 'order_id', count(*) FROM collect.event GROUP BY 1"
        ).fetchall()
        tallied = connection.execute(
            "SELECT coalesce(sum(count), 0), coalesce(sum(sum_minor), 0) FROM collect.tally"
        ).fetchone()
        counted = connection.execute(
            "SELECT sum(count) FROM collect.counter WHERE outcome = 'stored'"
        ).fetchone()
        wrong = connection.execute(
            "SELECT 1 FROM (SELECT profile_id, count(*) AS count FROM collect.event GROUP BY 1)"
            " AS event FULL JOIN (SELECT profile_id, sum(count) AS count FROM collect.tally"
            " GROUP BY 1) AS tally USING (profile_id)"
            " WHERE event.count IS DISTINCT FROM tally.count"
        ).fetchall()
        keyless = connection.execute(
            "SELECT 1 FROM profiles.profile LEFT JOIN vault.subject_key USING (profile_id)"
            " WHERE subject_key.profile_id IS NULL"
        ).fetchall()
        people = connection.execute("SELECT count(*) FROM profiles.profile").fetchone()
    found = Counter({str(mark): int(count) for mark, count in rows})
    assert load.acknowledged - found.keys() == set()
    assert found.keys() <= load.attempted
    assert set(found.values()) == {1}
    assert tallied == (found.total(), found.total() * 125)
    assert counted == (found.total(),)
    assert wrong == []
    assert keyless == []
    assert people is not None
    assert people[0] <= SENDERS * 7  # nobody was begun twice


async def under_load(live: Live, kill: Callable[[], None]) -> Load:
    """Run senders, kill something under them a few times, let them finish."""
    load = Load(live)
    async with asyncio.TaskGroup() as senders:
        for number in range(SENDERS):
            senders.create_task(load.send_on(number))
        for _ in range(ROUNDS):
            await load.reach(40)
            await asyncio.to_thread(kill)
            await load.reach(20)  # they get through again
        load.is_over = True
    return load


def test_a_killed_web_server_loses_nothing_and_doubles_nothing(fresh: Live) -> None:
    def kill() -> None:
        fresh.kill("serve")
        fresh.start("serve")

    assert_sound(fresh, asyncio.run(under_load(fresh, kill)))


def test_a_killed_worker_counts_everything_once(fresh: Live) -> None:
    def kill() -> None:
        fresh.kill("work")
        fresh.start("work")

    assert_sound(fresh, asyncio.run(under_load(fresh, kill)))


def test_a_killed_database_keeps_what_was_acknowledged(fresh: Live) -> None:
    def kill() -> None:
        fresh.kill_postgres()
        fresh.start_postgres()

    assert_sound(fresh, asyncio.run(under_load(fresh, kill)))


def test_everything_killed_at_once_comes_back_whole(fresh: Live) -> None:
    def kill() -> None:
        fresh.kill_postgres()
        fresh.kill("serve")
        fresh.kill("work")
        fresh.start_postgres()
        fresh.start("serve")
        fresh.start("work")

    assert_sound(fresh, asyncio.run(under_load(fresh, kill)))

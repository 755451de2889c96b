"""P3: acknowledged events that are lost, or there twice, after `kill -9` at random moments.

While clients send batches, one of web server, worker and PostgreSQL (all its processes) is
killed at a random moment and started again. A client sends again what was not acknowledged, as
SDKs do, so that what was committed but not answered comes twice. At the end every acknowledged
event must be there exactly once, and the tallies must add up to the events.
"""

import asyncio
import hashlib
import random
import signal
import threading
import time
from contextlib import suppress
from typing import Final

import psutil

from bench import client, events
from bench.result import SEED, Figure, Goal
from bench.stage import SOURCE, Stage, stage

_FULL, _SHORT = 50, 5
_BATCH: Final = 20
_REQUESTS: Final = 600  # in each round at most; the rest comes in the next
_VICTIMS: Final = ("web", "worker", "postgresql")


def measure(*, is_short: bool) -> list[Figure]:
    """Kill in rounds, then count."""
    rounds = _SHORT if is_short else _FULL
    dice = random.Random(SEED)
    killed = dict.fromkeys(_VICTIMS, 0)
    acknowledged: set[str] = set()
    open_calls: list[dict[str, object]] = []
    repeated = 0
    with stage() as made:
        made.start_web()
        made.start_worker()
        for turn in range(rounds):
            fresh = events.calls(f"k{turn}", _REQUESTS * _BATCH - len(open_calls))
            calls = open_calls + fresh
            victim = dice.choice(_VICTIMS)
            killed[victim] += 1
            done = _round(made, calls, victim, dice.uniform(0.1, 1.2))
            acknowledged |= {str(calls[place]["messageId"]) for place in done}
            open_calls = [call for call in calls if str(call["messageId"]) not in acknowledged][
                : _REQUESTS * _BATCH // 2
            ]
            repeated += len(open_calls)
            _restore(made)
        _settle(made)
        lost, twice, difference = _count(made, acknowledged)
    extra = {
        "rounds": rounds,
        "killed": killed,
        "acknowledged_events": len(acknowledged),
        "events_sent_again": repeated,
    }
    zero = Goal(value_at_most=0)
    return [
        Figure("P3", "acknowledged events lost", "events", [lost], zero, extra=extra),
        Figure("P3", "events that are there twice", "events", [twice], zero),
        Figure("P3", "tallies short of or beyond the events", "events", [difference], zero),
    ]


def _round(made: Stage, calls: list[dict[str, object]], victim: str, delay: float) -> list[int]:
    """Send under a kill; return the places of the calls that were acknowledged."""
    requests = events.batches(made.write_key, calls, _BATCH)

    def strike() -> None:
        time.sleep(delay)
        if victim == "postgresql":
            for process in made.postgres():
                with suppress(psutil.NoSuchProcess):
                    process.send_signal(signal.SIGKILL)
        else:
            made.kill(victim)

    killer = threading.Thread(target=strike)
    killer.start()
    outcome = asyncio.run(client.load(made.port, requests, seconds=delay + 1, connections=8))
    killer.join()
    return [
        place
        for request in outcome.acknowledged
        for place in range(request * _BATCH, min((request + 1) * _BATCH, len(calls)))
    ]


def _restore(made: Stage) -> None:
    """Start again what was killed, as `candor run` does."""
    if not made.server.is_running:
        for _ in range(20):  # the dying processes may still hold the shared memory
            with suppress(Exception):
                made.server.start()
                break
            time.sleep(0.5)
    if not made.lives("worker"):
        made.kill("worker")
        made.start_worker()
    if not made.lives("web"):
        made.kill("web")
        made.start_web()
    made.wait_for("web", "/readyz", 60)


def _settle(made: Stage) -> None:
    """Wait until everything is folded."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if made.query("SELECT count(*) FROM collect.flush")[0][0] == 0:
            return
        time.sleep(0.2)
    raise RuntimeError("the worker did not fold everything")


def _count(made: Stage, acknowledged: set[str]) -> tuple[int, int, int]:
    """Return how many are lost, how many there twice, and by how much the tallies differ."""
    numbers = made.query("SELECT source_id FROM catalogue.source WHERE code = '" + SOURCE + "'")
    salt = int(numbers[0][0]).to_bytes(2)
    expected = {
        hashlib.blake2b(name.encode(), digest_size=16, key=salt).digest()
        for name in acknowledged
    }
    kept = [row[0].bytes for row in made.query("SELECT event_id FROM collect.event")]
    tallied = made.query("SELECT coalesce(sum(count), 0)::bigint FROM collect.tally")[0][0]
    there = set(kept)
    return len(expected - there), len(kept) - len(there), abs(len(kept) - int(tallied))

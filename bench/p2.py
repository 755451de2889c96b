"""P2: events per second in batches of 100, durable before the answer, 32 connections.

Beside it: `COPY` of the very rows that the door wrote (read back after each run) into the same
kind of table, partition, key and index, as many rows per transaction as the door takes at
most, one connection, text ready-made. The two are measured in turn, three times.
"""

from time import perf_counter
from typing import Final

import psycopg
import uvloop

from bench import client, events
from bench.p1 import check, greet
from bench.result import NO_GOAL, Baseline, Figure, Goal
from bench.stage import Stage, stage

_FULL, _SHORT = 200_000, 40_000
_ROWS: Final = 3_200  # 32 requests of 100: what the door commits at once under this load


def measure(*, is_short: bool) -> list[Figure]:
    """Measure."""
    number = _SHORT if is_short else _FULL
    door: list[float] = []
    folding: list[float] = []
    raw: list[float] = []
    cpu: list[dict[str, float]] = []
    with stage() as made:
        made.query("CREATE SCHEMA bench")
        made.start_web()
        greet(made)
        for turn in range(3):
            rate, used = _door(made, f"t{turn}", number)
            door.append(rate)
            cpu.append({part: 1e6 * spent / number for part, spent in used.items()})
            raw.append(_copy(made, turn, number))
        made.start_worker()
        folding.extend(_door(made, f"w{turn}", number)[0] for turn in range(3))
        check(made, number * 6)
    goal = Goal(value_at_least=30_000, ratio_at_least=0.45)
    extra = {
        "cpu_microseconds_per_event": [
            {part: round(spent, 1) for part, spent in one.items()} for one in cpu
        ]
    }
    beside = Baseline("COPY of the same rows", raw)
    one, two = "batches of 100, durable", "batches of 100, while the worker folds"
    return [
        Figure("P2", one, "events/s", door, goal, beside, extra),
        Figure("P2", two, "events/s", folding, NO_GOAL, beside),
    ]


def _door(made: Stage, name: str, number: int) -> tuple[float, dict[str, float]]:
    requests = events.batches(made.write_key, events.calls(name, number))
    before = made.cpu_seconds()
    outcome = uvloop.run(client.load(made.port, requests))
    after = made.cpu_seconds()
    assert not outcome.failed
    assert len(outcome.acknowledged) * 100 == number
    return outcome.rate * 100, {part: after[part] - before[part] for part in after}


def _copy(made: Stage, turn: int, number: int) -> float:
    """Copy the youngest rows of the door into a table of the same kind; return rows per second."""
    made.query(f"DROP TABLE IF EXISTS bench.event{turn}")
    made.query(
        f"CREATE TABLE bench.event{turn} (LIKE collect.event INCLUDING ALL) "
        "PARTITION BY RANGE (occurred_at)"
    )
    made.query(f"CREATE TABLE bench.event{turn}_all PARTITION OF bench.event{turn} DEFAULT")
    with psycopg.connect(made.urls.owner, autocommit=True) as connection:
        rows: list[bytes] = []
        newest = (
            "COPY (SELECT * FROM collect.event ORDER BY flush_id DESC "
            f"LIMIT {number:d}) TO STDOUT"
        )
        with connection.cursor() as cursor, cursor.copy(newest.encode()) as copy:
            rows.extend(bytes(row) for row in copy)
        rows.reverse()
        chunks = [b"".join(rows[place : place + _ROWS]) for place in range(0, len(rows), _ROWS)]
        began = perf_counter()
        for chunk in chunks:
            target = f"COPY bench.event{turn} FROM STDIN"
            with connection.cursor() as cursor, cursor.copy(target.encode()) as copy:
                copy.write(chunk)
        spent = perf_counter() - began
    made.query(f"DROP TABLE bench.event{turn}")
    return len(rows) / spent

"""P1: single `track` requests per second, each durable before its answer, 32 connections.

Beside it: a handler that only inserts the JSON, one transaction each, through the same server,
framework, pool and driver. The two are measured in turn, three times. Profiles are known
before; every event has a property that is sealed. The load generator, the door and PostgreSQL
share the machine. A second value is taken while the worker folds what comes in.
"""

import uvloop

from bench import client, events
from bench.client import Outcome
from bench.result import NO_GOAL, Baseline, Figure, Goal
from bench.stage import Stage, free_port, stage

_FULL, _SHORT = 40_000, 8_000


def measure(*, is_short: bool) -> list[Figure]:
    """Measure."""
    number = _SHORT if is_short else _FULL
    naive: list[float] = []
    door: list[float] = []
    folding: list[float] = []
    waits: list[float] = []
    cpu: list[dict[str, float]] = []
    with stage() as made:
        made.query("CREATE SCHEMA bench")
        made.query(
            "CREATE TABLE bench.naive (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "
            "body jsonb NOT NULL)"
        )
        made.query("GRANT USAGE ON SCHEMA bench TO candor_app")
        made.query("GRANT INSERT ON bench.naive TO candor_app")
        made.start_web()
        greet(made)
        for turn in range(3):
            naive.append(_naive(made, turn, number // 4).rate)
            outcome, used = _door(made, f"t{turn}", number)
            door.append(outcome.rate)
            waits.append(outcome.p99_ms)
            cpu.append({part: 1e6 * spent / number for part, spent in used.items()})
        made.start_worker()
        for turn in range(3):
            outcome, _ = _door(made, f"w{turn}", number)
            folding.append(outcome.rate)
        check(made, number * 6)
    goal = Goal(value_at_least=5_000, ratio_at_least=3)
    extra = {
        "p99_ms": [round(wait, 1) for wait in waits],
        "cpu_microseconds_per_request": [
            {part: round(spent) for part, spent in one.items()} for one in cpu
        ],
    }
    beside = Baseline("insert of the JSON alone, one transaction each", naive)
    one, two = "single requests, durable", "single requests, while the worker folds"
    return [
        Figure("P1", one, "requests/s", door, goal, beside, extra),
        Figure("P1", two, "requests/s", folding, NO_GOAL, beside),
    ]


def greet(made: Stage) -> None:
    """Let the door know all customers before anything is measured."""
    requests = events.batches(made.write_key, events.acquaintances())
    outcome = uvloop.run(client.load(made.port, requests, connections=4))
    assert not outcome.failed


def check(made: Stage, expected: int) -> None:
    """Hold what is in the table against what was acknowledged."""
    kept, sealed = made.query("SELECT count(*), count(sealed) FROM collect.event")[0]
    assert kept == sealed == expected, f"{kept} kept, {sealed} sealed, {expected} acknowledged"


def _naive(made: Stage, turn: int, number: int) -> Outcome:
    requests = events.singles(made.write_key, events.calls(f"n{turn}", number))
    web = made.port
    made.port = free_port()
    try:
        made.start("naive", "bench.baseline")
        made.wait_for("naive", "/readyz")
        outcome = uvloop.run(client.load(made.port, requests))
    finally:
        made.stop("naive")
        made.port = web
    assert not outcome.failed
    return outcome


def _door(made: Stage, name: str, number: int) -> tuple[Outcome, dict[str, float]]:
    requests = events.singles(made.write_key, events.calls(name, number))
    before = made.cpu_seconds()
    outcome = uvloop.run(client.load(made.port, requests))
    after = made.cpu_seconds()
    assert not outcome.failed
    assert len(outcome.acknowledged) == number
    return outcome, {part: after[part] - before[part] for part in after}

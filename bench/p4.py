"""P4: decisions over HTTP on a million profiles and ten purposes, while one request in 100 writes.

First the rate with 32 connections in a closed loop, then the wait at 1,000 requests a second,
counted from when each was due. Three questions in four are about a purpose, one about a message
(topic and channel). A write is a choice with all that belongs to it: locks, fold, audit entry,
change feed, durable before its answer. These people were made without subject keys, so the audit
entry of a write names nobody: writing its lines about people is not in the figure. Beside it
`SELECT 1` per request through the same stack. The load generator, the API and PostgreSQL share the
machine.
"""

import asyncio
import hashlib
import json
import random
from datetime import UTC, datetime
from uuid import UUID, uuid5

import uvloop

from bench import client
from bench.client import Outcome
from bench.p5 import MAKE
from bench.paced import paced
from bench.result import SEED, Baseline, Figure, Goal
from bench.stage import Stage, free_port, stage
from candor.app import compose
from candor.domain.access.model.keys import Scope
from candor.domain.access.service import api_keys
from candor.domain.audit.model import Actor
from candor.infra.settings import Settings

_FULL, _SHORT = 1_000_000, 100_000
_ASKED = {_FULL: 60_000, _SHORT: 8_000}
_PER_SECOND = 1_000
_NAMES = UUID(int=SEED)


def measure(*, is_short: bool) -> list[Figure]:
    """Measure rate and wait."""
    number = _SHORT if is_short else _FULL
    asked = _ASKED[number]
    floor: list[float] = []
    rate: list[float] = []
    wait: list[float] = []
    floor_wait: list[float] = []
    cpu: list[dict[str, float]] = []
    with stage() as made:
        made.query(f"SELECT setseed({SEED % 1000 / 1000})")
        made.query(MAKE.format(number=number))
        made.query("VACUUM (ANALYZE) consent.state")
        secret, purposes, topics = asyncio.run(_prepare(made))
        made.start_web()
        ask = _Asker(secret, number, purposes, topics)
        _good(uvloop.run(client.load(made.port, ask.some("warm", 2_000))))
        for turn in range(3):
            outcome, waits = _floor(made, ask, turn, asked)
            floor.append(outcome.rate)
            floor_wait.append(waits.p99_ms)
            before = made.cpu_seconds()
            outcome = _good(uvloop.run(client.load(made.port, ask.some(f"r{turn}", asked))))
            after = made.cpu_seconds()
            rate.append(outcome.rate)
            cpu.append({part: 1e6 * (after[part] - before[part]) / asked for part in after})
            requests = ask.some(f"p{turn}", asked // 4)
            wait.append(
                _good(uvloop.run(paced(made.port, requests, per_second=_PER_SECOND))).p99_ms
            )
    size = f"{'1 M' if number == _FULL else f'{number:,}'} profiles × {len(purposes)} purposes"
    extra = {
        "cpu_microseconds_per_request": [
            {part: round(spent) for part, spent in one.items()} for one in cpu
        ]
    }
    return [
        Figure(
            "P4",
            f"decisions over HTTP, {size}, 1 % writes",
            "requests/s",
            rate,
            Goal(value_at_least=4_000),
            Baseline("SELECT 1 per request, same stack", floor),
            extra,
        ),
        Figure(
            "P4",
            f"wait at {_PER_SECOND:,} decisions/s, p99",
            "ms",
            wait,
            Goal(value_at_most=5),
            Baseline("SELECT 1 per request, same stack", floor_wait),
        ),
    ]


def _floor(made: Stage, ask: "_Asker", turn: int, asked: int) -> tuple[Outcome, Outcome]:
    """Measure the baseline on a port of its own."""
    web = made.port
    made.port = free_port()
    try:
        made.start("floor", "bench.floor")
        made.wait_for("floor", "/readyz")
        outcome = _good(uvloop.run(client.load(made.port, ask.some(f"f{turn}", asked // 2))))
        requests = ask.some(f"g{turn}", asked // 4)
        waits = _good(uvloop.run(paced(made.port, requests, per_second=_PER_SECOND)))
    finally:
        made.stop("floor")
        made.port = web
    return outcome, waits


def _good(outcome: Outcome) -> Outcome:
    assert not outcome.failed, f"{outcome.failed} requests failed"
    return outcome


class _Asker:
    """Makes requests: questions about anybody, and a choice now and then."""

    def __init__(
        self, secret: str, number: int, purposes: list[str], topics: list[tuple[str, str, str]]
    ) -> None:
        self._key = f"authorization: Bearer {secret}"
        self._number = number
        self._purposes = purposes
        self._topics = topics

    def some(self, name: str, number: int) -> list[bytes]:
        """Return requests; the same for the same name."""
        dice = random.Random(f"{SEED} {name}")
        return [
            self._choice(dice, f"{name} {place}") if place % 100 == 50 else self._question(dice)
            for place in range(number)
        ]

    def _somebody(self, dice: random.Random) -> str:
        n = dice.randint(1, self._number)
        return str(UUID(hashlib.md5(f"p{n}".encode(), usedforsecurity=False).hexdigest()))

    def _question(self, dice: random.Random) -> bytes:
        body: dict[str, object] = {"profile": {"id": self._somebody(dice)}}
        if self._topics and dice.random() < 0.25:
            body["purpose"], body["topic"], body["channel"] = dice.choice(self._topics)
        else:
            body["purpose"] = dice.choice(self._purposes)
        return client.post("/api/v1/decisions", json.dumps(body).encode(), self._key)

    def _choice(self, dice: random.Random, name: str) -> bytes:
        while (n := dice.randint(1, self._number)) % 50 == 8:
            pass  # these are erased
        profile = UUID(hashlib.md5(f"p{n}".encode(), usedforsecurity=False).hexdigest())
        body = {
            "id": str(uuid5(_NAMES, name)),
            "purpose": dice.choice(self._purposes),
            "choice": "denied",
            "decided_at": datetime.now(UTC).isoformat(),
            "surface": "bench",
        }
        path = f"/api/v1/profiles/{profile}/choices"
        return client.post(path, json.dumps(body).encode(), self._key)


async def _prepare(made: Stage) -> tuple[str, list[str], list[tuple[str, str, str]]]:
    """Issue a key; return it with the purposes, and purpose, topic and channel of messages."""
    settings = Settings.load(
        {"CANDOR_HOME": str(made.folder), "CANDOR_DATABASE_URL": made.urls.app}
    )
    async with (
        compose(settings, made.urls.app, pool=2).running() as candor,
        candor.database.tx("bench") as tx,
    ):
        document = (await candor.rulebook.rules(tx)).in_force.document
        secret, _ = await api_keys.issue(
            tx,
            name="bench",
            scopes=list(Scope),
            source_code=None,
            actor=Actor.machine("bench"),
            clock=candor.clock,
        )
    topics = [(t.purpose, t.code, channel) for t in document.topics for channel in t.channels]
    return secret, [purpose.code for purpose in document.purposes][:10], topics

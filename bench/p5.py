"""P5: decisions in process, and an audience of a million gated in SQL.

The audience is taken twice: for a purpose, and for a message about a topic of it, where one person
in five has chosen frequencies, one in twenty has a pause or quiet hours, one in five got a message
within a month.

The decision is `consent.model.decide` on states of every kind (active, restricted, erased, run
out, unknown), for every purpose, each call timed by itself. The audience is
`consent.service.audience`, whose predicate a test holds equal to that decision; beside it
`count(*)` over the same rows. The states are made in SQL, one person in ten has two profiles.
"""

import asyncio
import random
import statistics
from time import perf_counter, perf_counter_ns

from bench.result import NO_GOAL, SEED, Baseline, Figure, Goal
from bench.stage import Stage, stage
from candor.app import Candor, compose
from candor.domain.consent.model.decision import decide
from candor.domain.consent.model.state import State
from candor.domain.consent.service import gate
from candor.infra.settings import Settings
from candor.kernel.ids import ProfileId

_FULL, _SHORT = 1_000_000, 100_000
MAKE = """
INSERT INTO consent.state
    (profile_id, head_id, standing, regime, allowed, valid_until, folded_at)
SELECT
    made.id, CASE WHEN made.n % 10 = 0 AND made.n > 1 THEN made.previous ELSE made.id END,
    CASE made.n % 50 WHEN 7 THEN 'restricted' WHEN 8 THEN 'erased' ELSE 'active' END,
    CASE made.n % 20 WHEN 3 THEN NULL ELSE 'gdpr' END, (random() * 2047)::bigint,
    CASE made.n % 5 WHEN 0 THEN now() + (random() - 0.2) * interval '1 year'
        ELSE 'infinity' END,
    now()
FROM (
    SELECT n, md5('p' || n)::uuid AS id, md5('p' || n - 1)::uuid AS previous
    FROM generate_series(1, {number}) AS series (n)
) AS made
"""


_SAY = """
UPDATE consent.state SET
    own_points = 3, points = 3,
    paused_until = CASE WHEN random() < 0.05 THEN now() + interval '9 days' ELSE '-infinity' END,
    quiet_hours = CASE WHEN random() < 0.05 THEN 14680319 ELSE 0 END,
    zone = CASE WHEN random() < 0.5 THEN 'Europe/Lisbon' END;
INSERT INTO consent.reach (profile_id, channel_id, topics, daily, weekly, monthly, blocked)
SELECT profile_id, 0, (random() * 255)::bigint, 0, (random() * 255)::bigint, 0,
    CASE WHEN random() < 0.02 THEN 'bounce' END
FROM consent.state WHERE random() < 0.2;
INSERT INTO consent.contact (profile_id, channel_id, topic_id, last_at)
SELECT profile_id, 0, {topic}, now() - random() * interval '30 days'
FROM consent.state WHERE random() < 0.2
"""


def measure(*, is_short: bool) -> list[Figure]:
    """Measure both on one set of states."""
    number = _SHORT if is_short else _FULL
    with stage() as made:
        made.query(f"SELECT setseed({SEED % 1000 / 1000})")
        made.query(MAKE.format(number=number))
        topic = made.query("SELECT topic_id FROM catalogue.topic ORDER BY topic_id LIMIT 1")[0][
            0
        ]
        for statement in _SAY.format(topic=topic).split(";"):
            made.query(statement)
        made.query("VACUUM (FULL, ANALYZE) consent.state")
        made.query("VACUUM (ANALYZE) consent.reach, consent.contact")
        return asyncio.run(_measure(made, number))


async def _measure(made: Stage, number: int) -> list[Figure]:
    settings = Settings.load(
        {"CANDOR_HOME": str(made.folder), "CANDOR_DATABASE_URL": made.urls.app}
    )
    async with compose(settings, made.urls.app, pool=2).running() as candor:
        decided = [await _decisions(candor, made, turn) for turn in range(3)]
        gated: list[float] = []
        written: list[float] = []
        counted: list[float] = []
        for _ in range(3):
            counted.append(_count(made))
            gated.append(await _audience(candor))
            written.append(await _audience(candor, with_topic=True))
    size = "1 M" if number == _FULL else f"{number:,}"
    return [
        Figure("P5", "decision in process, p99", "µs", decided, Goal(value_at_most=20)),
        Figure(
            "P5",
            f"audience of {size} profiles gated in SQL",
            "ms",
            gated,
            Goal(ratio_at_most=2),
            Baseline("count(*) over the same rows", counted),
        ),
        Figure(
            "P5",
            f"the same for a message: topic, channel, frequency, pause, hours; {size} profiles",
            "ms",
            written,
            NO_GOAL,
            Baseline("count(*) over the same rows", counted),
        ),
    ]


async def _decisions(candor: Candor, made: Stage, turn: int) -> float:
    """Return the p99 of decisions in microseconds."""
    dice = random.Random(SEED + turn)
    rows = made.query(
        f"SELECT profile_id FROM consent.state TABLESAMPLE SYSTEM (2) REPEATABLE ({turn})"
    )
    async with candor.database.read() as tx:
        rules = await candor.rulebook.rules(tx)
        known = await gate.states(tx, [ProfileId(row[0]) for row in rows])
    states: list[State | None] = [*known.values(), None]
    purposes = list(rules.policy.bits)
    now = candor.clock.now()
    asked = [(dice.choice(states), dice.choice(purposes)) for _ in range(100_000)]
    spent: list[int] = []
    for state, purpose in asked:
        began = perf_counter_ns()
        decide(state, rules.policy, purpose, now)
        spent.append(perf_counter_ns() - began)
    return statistics.quantiles(spent, n=100)[98] / 1e3


async def _audience(candor: Candor, *, with_topic: bool = False) -> float:
    """Return the median time of the gate in milliseconds."""
    spent: list[float] = []
    async with candor.database.read() as tx:
        rules = await candor.rulebook.rules(tx)
        topic = rules.in_force.document.topics[0]
        channel = topic.channels[0] if with_topic else None
        for _ in range(1 if with_topic else 7):
            began = perf_counter()
            people = await gate.audience(
                tx,
                topic.purpose,
                policy=rules.policy,
                now=candor.clock.now(),
                channel=channel,
                topic=topic.code if with_topic else None,
            )
            spent.append((perf_counter() - began) * 1e3)
            assert people
    return statistics.median(spent)


def _count(made: Stage) -> float:
    """Return the median time of a bare count in milliseconds."""
    spent: list[float] = []
    with made.connected() as connection:
        for _ in range(7):
            began = perf_counter()
            connection.execute("SELECT count(*) FROM consent.state").fetchone()
            spent.append((perf_counter() - began) * 1e3)
    return statistics.median(spent)

"""Two systems that both change, over a network that loses and delays, come to the same.

Ten thousand runs, each by its own seed. The laws: when everything has calmed down both sides hold
the same; nothing but a later yes of the person stands over a no; where the other system keeps
times, a yes that was said here last stands. What is lost between the two is lost towards the no.
The same runs find the fault in rules that are not ours.
"""

import random
from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candor.domain.connections.adapters.walking import Walk
from candor.domain.connections.model.connection import Connection
from candor.domain.connections.model.hearing import Mark, Said, Standing, Weighed, weigh_choices
from candor.domain.connections.model.talk import Heard
from tests.unit.connections.two_systems import BEGIN, NEWS, Judge, Kind, World, mark

RUNS = 10_000
KINDS = [
    Kind(knows_times=True, has_versions=True, takes_times=True),
    Kind(knows_times=True, has_versions=False, takes_times=True),
    Kind(knows_times=True, has_versions=True),
    Kind(knows_times=True, has_versions=False),
    Kind(knows_times=False, has_versions=True),
    Kind(knows_times=False, has_versions=False),
]


def run(seed: int, judge: Judge = weigh_choices) -> World:
    """Play one run to its end; in every second, what is read again is left out."""
    world = World(random.Random(seed), KINDS[seed % len(KINDS)], judge)  # noqa: S311 - seeded
    world.weighs_word = seed // len(KINDS) % 2 == 1
    world.remembers = seed // len(KINDS) // 2 % 2 == 1
    for _ in range(world.dice.randint(5, 40)):
        world.step()
    assert world.calm_down() >= 0, f"seed {seed} ({world.kind}) never calms down"
    return world


def is_overwritten(world: World) -> bool:
    """Tell whether a yes stands although the person said no after every yes."""
    return world.answer and not world.last_word


@pytest.mark.parametrize("part", range(4))
def test_both_sides_converge_and_no_no_is_overwritten(part: int) -> None:
    for seed in range(part, RUNS, 4):
        world = run(seed)
        assert world.is_agreed, f"seed {seed}"
        assert not is_overwritten(world), f"seed {seed} ({world.kind}): a no was overwritten"
        if world.kind.takes_times and world.was_here:
            assert world.answer == world.last_word, f"seed {seed}: a yes was lost"


def test_what_is_read_again_is_left_out_in_these_runs() -> None:
    assert sum(run(seed).left_out for seed in range(2 * len(KINDS), 4 * len(KINDS))) > 10


@given(
    writes=st.lists(
        st.tuples(st.booleans(), st.integers(0, 60), st.integers(0, 90)), min_size=1, max_size=4
    ),
    polls=st.lists(st.integers(1, 90), max_size=12),
)
def test_what_is_committed_late_is_heard_although_the_rest_is_left_out(
    writes: list[tuple[bool, int, int]], polls: list[int]
) -> None:
    world = World(random.Random(1), KINDS[0], remembers=True)  # noqa: S311 - seeded
    committed, at = [(world.now, world.record)], world.now
    for answer, after, takes in writes:
        world.now += timedelta(seconds=after + 1)
        world.say_there(answer=answer)
        # Whoever writes the same record waits; the time in it is when the writing began.
        at = max(at, world.now + timedelta(seconds=takes * 3 // len(writes)))
        committed.append((at, world.record))
    world.now, walk = BEGIN, Walk(since=BEGIN)
    for wait in [*polls, 300, 1]:
        world.now += timedelta(seconds=wait)
        record = [one for commit, one in committed if commit <= world.now][-1]
        if walk.since is not None and record.changed_at >= walk.since:
            world.hear(world.heard_of(record), world.now)
        walk = walk.over(world.now)
    assert world.word == writes[-1][0]


def last_writer_wins(
    connection: Connection,
    heard: Heard,
    base: Mapping[str, str],
    *_args: object,
    now: datetime,
    **_more: object,
) -> Weighed:
    """Take whatever the other side says last, as most synchronisations do."""
    del base
    weighed = Weighed(base={NEWS: mark(NEWS, heard.choices[NEWS])}, is_due=True)
    one = next(one for one in connection.mapping if one.there == NEWS)
    weighed.choices.append(Said(one, heard.choices[NEWS], heard.changed_at or now))
    return weighed


def without_base(
    connection: Connection,
    heard: Heard,
    base: Mapping[str, str],
    mark_: Mark,
    standing: Mapping[str, Standing],
    *,
    now: datetime,
    told_at: datetime | None,
    **_more: object,
) -> Weighed:
    """Weigh without remembering what was agreed on: every echo is news."""
    del base
    return weigh_choices(connection, heard, {}, mark_, standing, now=now, told_at=told_at)


@pytest.mark.parametrize("judge", [last_writer_wins, without_base])
def test_the_runs_find_the_fault_in_other_rules(judge: Judge) -> None:
    faults = 0
    for seed in range(2_000):
        try:
            world = run(seed, judge)
        except AssertionError:
            faults += 1
            continue
        faults += is_overwritten(world) or (
            world.kind.knows_times and world.answer != world.last_word
        )
    assert faults

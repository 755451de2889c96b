"""Tasks: stages, retries, workers that die, people who are asked, and the end."""

import asyncio
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import psycopg
import pytest

from candor.app import Candor
from candor.domain.rights.model.request import Ground, Outcome, Proof, Right, State
from candor.domain.rights.model.task import (
    LEASE,
    MOST_ATTEMPTS,
    ByHand,
    Done,
    Failed,
    Later,
    Planned,
    Task,
    TaskState,
    wait_after,
)
from candor.domain.rights.service import deciding, reading
from candor.domain.rights.service.carrying import carry, carry_due
from candor.domain.rights.service.office import Office, Work
from candor.kernel.errors import Unavailable
from tests.conftest import FixedClock
from tests.factories.house import TEST, make_person
from tests.factories.offices import Answers, ask, done, office_with, request_of, story_of

TWO: Final = (Planned("one"), Planned("two", stage=1))


async def tasks_of(office: Office, request_id: UUID) -> dict[str, Task]:
    async with office.database.read() as tx:
        return {task.step: task for task in await reading.tasks(tx, request_id)}


async def test_stages_come_one_after_the_other_and_the_end_by_itself(candor: Candor) -> None:
    one, two = done(rows=3), done()
    office = office_with(candor, TWO, {"one": one, "two": two})
    request = (await ask(office, await make_person(candor))).request
    await carry(office, request.request_id)
    closed = await request_of(office, request.request_id)
    assert (closed.state, closed.outcome) == (State.FULFILLED, Outcome.FULL)
    tasks = await tasks_of(office, request.request_id)
    assert tasks["one"].evidence == {"rows": 3}
    story = await story_of(office, request.request_id)
    assert story == ["received", "begun", "task_done", "task_done", "fulfilled"]
    await carry(office, request.request_id)
    assert len(one.works) == len(two.works) == 1


async def test_what_had_to_stay_makes_it_a_part(candor: Candor) -> None:
    steps = {"one": done(kept="legal_obligation"), "two": done()}
    office = office_with(candor, TWO, steps)
    request = (await ask(office, await make_person(candor))).request
    await carry(office, request.request_id)
    closed = await request_of(office, request.request_id)
    assert (closed.outcome, closed.ground) == (Outcome.PART, Ground.LEGAL_OBLIGATION)


async def test_a_step_may_end_in_a_refusal(candor: Candor) -> None:
    office = office_with(candor, TWO, {"one": done(refused="no_data"), "two": done()})
    request = (await ask(office, await make_person(candor))).request
    await carry(office, request.request_id)
    closed = await request_of(office, request.request_id)
    assert (closed.state, closed.ground) == (State.REFUSED, Ground.NO_DATA)


@pytest.mark.parametrize("wrong", [Failed("away"), Unavailable(), RuntimeError("broken")])
async def test_what_fails_is_tried_again_and_then_somebody_must_look(
    candor: Candor, clock: FixedClock, wrong: Failed | Exception
) -> None:
    one = Answers(wrong)
    office = office_with(candor, (Planned("one"),), {"one": one})
    request = (await ask(office, await make_person(candor))).request
    for attempt in range(1, MOST_ATTEMPTS + 1):
        await carry_due(office)
        assert len(one.works) == attempt
        clock.advance(wait_after(attempt))
    task = (await tasks_of(office, request.request_id))["one"]
    assert task.state is TaskState.STUCK
    await carry_due(office)
    assert len(one.works) == MOST_ATTEMPTS
    one.answers[:] = [Done({})]
    async with office.database.tx() as tx:
        await deciding.retry_task(
            tx, request.request_id, task.task_id, actor=TEST, office=office
        )
    await carry(office, request.request_id)
    assert (await request_of(office, request.request_id)).state is State.FULFILLED


async def test_a_worker_that_died_is_followed_by_another(
    candor: Candor, clock: FixedClock
) -> None:
    """It dies in the step: nothing is written. After the lease another does it again."""

    async def dies(_work: Work) -> Done:
        raise asyncio.CancelledError

    office = office_with(candor, TWO, {"one": dies, "two": done()})
    request = (await ask(office, await make_person(candor))).request
    with pytest.raises(asyncio.CancelledError):
        await carry(office, request.request_id)
    alive = office_with(candor, TWO, {"one": done(), "two": done()})
    assert await carry_due(alive) == 0
    clock.advance(LEASE)
    assert await carry_due(alive) == 1
    assert (await request_of(office, request.request_id)).state is State.FULFILLED


async def test_a_worker_that_always_dies_is_noticed(candor: Candor, clock: FixedClock) -> None:
    async def dies(_work: Work) -> Done:
        raise asyncio.CancelledError

    office = office_with(candor, (Planned("one"),), {"one": dies})
    request = (await ask(office, await make_person(candor))).request
    for _ in range(MOST_ATTEMPTS):
        with pytest.raises(asyncio.CancelledError):
            await carry(office, request.request_id)
        clock.advance(LEASE)
    await carry(office, request.request_id)
    task = (await tasks_of(office, request.request_id))["one"]
    assert (task.state, task.problem) == (TaskState.STUCK, "worker_died")


async def test_who_comes_back_too_late_writes_nothing(
    candor: Candor, clock: FixedClock
) -> None:
    """A worker that hung for longer than its lease must not overwrite what another found."""
    other = office_with(candor, (Planned("one"),), {"one": done(by="the other")})

    async def hangs(work: Work) -> Done:
        clock.advance(LEASE)
        await carry(other, work.request.request_id)
        return Done({"by": "the late one"})

    office = office_with(candor, (Planned("one"),), {"one": hangs})
    request = (await ask(office, await make_person(candor))).request
    await carry(office, request.request_id)
    tasks = await tasks_of(office, request.request_id)
    assert tasks["one"].evidence == {"by": "the other"}
    assert (await story_of(office, request.request_id)).count("task_done") == 1


async def test_many_workers_do_each_task_once(candor: Candor) -> None:
    steps = {f"s{n}": done() for n in range(6)}
    office = office_with(
        candor, [Planned(name, stage=n // 3) for n, name in enumerate(steps)], steps
    )
    request = (await ask(office, await make_person(candor))).request
    await asyncio.gather(*(carry(office, request.request_id) for _ in range(5)))
    assert [len(step.works) for step in steps.values()] == [1] * 6
    assert (await story_of(office, request.request_id)).count("fulfilled") == 1


async def test_what_takes_long_is_looked_at_again(candor: Candor, clock: FixedClock) -> None:
    now = clock.now()
    one = Answers(
        Later(now + timedelta(hours=1), {"rows": 1}, is_asked=True), Done({"rows": 2})
    )
    office = office_with(candor, (Planned("one"),), {"one": one})
    request = (await ask(office, await make_person(candor))).request
    await carry(office, request.request_id)
    task = (await tasks_of(office, request.request_id))["one"]
    assert (task.state, task.attempts, task.evidence) == (TaskState.ASKED, 0, {"rows": 1})
    clock.advance(timedelta(hours=1))
    assert await carry_due(office) == 1
    assert (await request_of(office, request.request_id)).state is State.FULFILLED


async def test_what_comes_soon_is_waited_for(candor: Candor, clock: FixedClock) -> None:
    async def soon(work: Work) -> Later | Done:
        if work.task.evidence:
            return Done({})
        clock.advance(timedelta(seconds=1))
        return Later(clock.now(), {"rows": 1})

    office = office_with(candor, (Planned("one"),), {"one": soon})
    request = (await ask(office, await make_person(candor))).request
    await carry(office, request.request_id)
    assert (await request_of(office, request.request_id)).state is State.FULFILLED


async def test_people_do_what_no_machine_can_and_are_reminded(
    candor: Candor, clock: FixedClock
) -> None:
    office = office_with(
        candor, (Planned("one"), Planned("gone")), {"one": Answers(ByHand("paper"))}
    )
    request = (await ask(office, await make_person(candor))).request
    await carry(office, request.request_id)
    stand = await tasks_of(office, request.request_id)
    assert {t.problem for t in stand.values()} == {"paper", "no_machine_can"}
    await carry_due(office)
    await carry_due(office)
    assert (await story_of(office, request.request_id)).count("reminded") == 2  # one for each
    clock.advance(timedelta(days=2))
    await carry_due(office)
    assert (await story_of(office, request.request_id)).count("reminded") == 4
    for task in stand.values():
        async with office.database.tx() as tx:
            await deciding.settle_task(
                tx, request.request_id, task.task_id, {"paper": 7}, actor=TEST, office=office
            )
    await carry(office, request.request_id)
    assert (await request_of(office, request.request_id)).state is State.FULFILLED


async def test_a_right_without_a_plan_is_answered_by_a_person(candor: Candor) -> None:
    office = office_with(candor)
    request = (await ask(office, await make_person(candor), Right.COMPLAINT)).request
    tasks = await tasks_of(office, request.request_id)
    assert tasks["answer"].state is TaskState.MANUAL
    assert tasks["answer"].due_at == request.due_at


async def test_a_clock_that_ran_out_is_noted_once(candor: Candor, clock: FixedClock) -> None:
    office = office_with(candor)
    request = (await ask(office, await make_person(candor))).request
    await carry_due(office)
    assert "overdue" not in await story_of(office, request.request_id)
    assert request.due_at is not None
    clock.at = request.due_at
    await carry_due(office)
    await carry_due(office)
    assert (await story_of(office, request.request_id)).count("overdue") == 1
    assert (await request_of(office, request.request_id)).is_overdue(clock.now())


async def test_nothing_is_done_before_it_is_known_whose_it_is(candor: Candor) -> None:
    one = done()
    office = office_with(candor, (Planned("one"),), {"one": one})
    request = (await ask(office, await make_person(candor), proof=Proof.NONE)).request
    await carry(office, request.request_id)
    await carry(office, UUID(int=3))
    assert one.works == []


async def test_progress_is_seen_while_it_runs(candor: Candor) -> None:
    async def one(work: Work) -> Done:
        async with work.office.database.tx() as tx:
            await work.progress(tx, {"rows": 5})
        tasks = await tasks_of(work.office, work.request.request_id)
        assert tasks["one"].evidence == {"rows": 5}
        return Done({"rows": 9})

    office = office_with(candor, (Planned("one"),), {"one": one})
    request = (await ask(office, await make_person(candor))).request
    await carry(office, request.request_id)
    assert (await tasks_of(office, request.request_id))["one"].evidence == {"rows": 9}


def test_waits_grow_and_end() -> None:
    waits = [wait_after(attempt) for attempt in range(1, 30)]
    assert waits == sorted(waits)
    assert waits[0] == timedelta(seconds=2)
    assert waits[-1] == timedelta(hours=6)


def test_the_database_keeps_requests_straight(owner: psycopg.Connection[Any]) -> None:
    """A request that is over says when, a refused one why, a fulfilled one how far."""
    with pytest.raises(psycopg.errors.CheckViolation):
        owner.execute(
            "INSERT INTO rights.request (request_id, kind, channel, state, received_at)"
            " VALUES (gen_random_uuid(), 'access', 'portal', 'refused', now())"
        )
